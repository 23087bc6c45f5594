import { metersByTerminal, type SimulatedMessage } from '@lastgasp/engine/simulate';
import type { ProviderMessage } from '../simulation/provider-messages.ts';
import type { BundleSite } from '../simulation/read-bundle-site.ts';

/** What a message says something of, by the utility's codes; nothing where it can change nobody else's outage. */
export interface Concerns {
  readonly feederIds: readonly string[];
  readonly meterNumbers: readonly string[];
}

/** A message with the time at which it is sent, in seconds after the storm's start. */
export interface StormMessage extends ProviderMessage {
  readonly atOffsetSeconds: number;
  readonly concerns: Concerns;
}

/** What concerns nobody. */
export const NOTHING: Concerns = { feederIds: [], meterNumbers: [] };

/** Tells what the messages of a storm on `bundle` concern. */
export function concernsTeller({ site, identities }: BundleSite): (message: SimulatedMessage) => Concerns {
  const buildings = metersByTerminal(site);
  const feederOf = feederCodes(site);
  const ofMeters = (meters: readonly number[]): Concerns => ({
    feederIds: [...new Set(meters.flatMap((meter) => feederOf(meter) ?? []))],
    meterNumbers: meters.flatMap((meter) => identities[meter]?.meterNumber ?? []),
  });
  return (message) => {
    // Nobody can read it, so it changes nothing.
    if (message.isBroken) return NOTHING;
    switch (message.source) {
      case 'kaifa':
        return ofMeters(message.events.map(({ meter }) => meter).filter((meter) => meter >= 0));
      case 'onu':
        return ofMeters(buildings[message.terminal] ?? []);
      case 'scada': {
        const named = site.feeders[message.feeder];
        const told = message.isWholeSubstation
          ? site.feeders.filter(({ substationCode }) => substationCode === named?.substationCode)
          : site.feeders.filter((feeder) => feeder === named);
        return { feederIds: told.map(({ code }) => code), meterNumbers: [] };
      }
      case 'call_center':
        // A call of lost supply joins the outage of its meter, whoever made that; others join none.
        return message.says === 'no_supply' && message.identity !== 'wrong_number'
          ? { ...ofMeters([message.meter]), meterNumbers: [] }
          : NOTHING;
    }
  };
}

/** The code of the feeder that a meter, by its position, hangs on; null above all feeders. */
function feederCodes({ network, feeders }: BundleSite['site']): (meter: number) => string | null {
  const codeOf = new Array<string | null>(network.meterCount).fill(null);
  for (const { code, head } of feeders) {
    const end = network.firstMeter[network.subtreeEnd[head] as number] as number;
    codeOf.fill(code, network.firstMeter[head], end);
  }
  return (meter) => codeOf[meter] ?? null;
}
