import type { CallShare, DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import type { Zone } from './zone.ts';
import { type HeardSources, ZoneSilence } from './zone-silence.ts';

/** A pair of rates at which a cell may deliver gasps and restores. */
export interface DeliveryRates {
  readonly gasp: number;
  readonly restore: number;
  /** log P(delivered) and log P(not delivered) of both. */
  readonly logGasp: number;
  readonly logRestore: number;
  readonly logNoGasp: number;
  readonly logNoRestore: number;
}

/** The rates with their logarithms. */
export function deliveryRates({ gasp, restore }: DeliveryState): DeliveryRates {
  return {
    gasp,
    restore,
    logGasp: Math.log(gasp),
    logRestore: Math.log(restore),
    logNoGasp: Math.log1p(-gasp),
    logNoRestore: Math.log1p(-restore),
  };
}

/** How the sources of a site may do for the time being, with the silence of a zone under it. */
export interface Regime {
  readonly weight: number;
  /** Qualities that a cell may have: which of the rates, and the log of how common it is. */
  readonly delivery: readonly { readonly rate: number; readonly logWeight: number }[];
  readonly callShares: readonly CallShare[];
  readonly silence: ZoneSilence;
}

/** A quality that a cell may have under one regime. */
export interface Quality {
  /** Index of the regime. */
  readonly regime: number;
  /** Index of its rates, and the log of how common it is under the regime. */
  readonly rate: number;
  readonly logWeight: number;
}

/** Regimes that are weighed against each other. */
export interface Regimes {
  /** All rates that occur in any regime of the zone. */
  readonly rates: readonly DeliveryRates[];
  readonly all: readonly Regime[];
  /** The qualities of all regimes, regime by regime. */
  readonly qualities: readonly Quality[];
}

/** The regimes of a zone: of its meters' delivery, and, for where no meter is heard of, of how many customers call. */
export interface ZoneRegimes {
  /** The first of those by delivery alone. */
  readonly usual: Regimes;
  readonly byDelivery: Regimes;
  readonly byCalls: Regimes;
}

/** Makes the regimes of a zone; what they hold is filled when it is asked for. */
export function zoneRegimes(zone: Zone, policy: TrackingPolicy): ZoneRegimes {
  const usual = policy.deliveryRegimes[0]?.meterDelivery ?? [];
  const byDelivery = policy.deliveryRegimes.map(({ weight, meterDelivery }) => ({
    weight,
    delivery: meterDelivery,
    callShares: policy.callShares,
  }));
  const byCalls = policy.callShares.map(({ weight, share }) => ({
    weight,
    delivery: usual,
    callShares: [{ share, weight: 1 }],
  }));
  const rates: DeliveryRates[] = [];
  const rateOf = (state: DeliveryState): number => {
    const known = rates.findIndex(({ gasp, restore }) => gasp === state.gasp && restore === state.restore);
    return known >= 0 ? known : rates.push(deliveryRates(state)) - 1;
  };
  const regimes = (drafts: readonly RegimeDraft[]): Regimes => {
    const all = drafts.map(({ weight, delivery, callShares }) => ({
      weight,
      delivery: delivery.map((state) => ({ rate: rateOf(state), logWeight: Math.log(state.weight) })),
      callShares,
      silence: new ZoneSilence(zone, policy, delivery, callShares),
    }));
    const qualities = all.flatMap(({ delivery }, regime) => delivery.map((one) => ({ regime, ...one })));
    return { rates, all, qualities };
  };
  return {
    usual: regimes(byDelivery.slice(0, 1)),
    byDelivery: regimes(byDelivery),
    byCalls: regimes(byCalls),
  };
}

/** The regimes to weigh where these sources were heard. */
export function regimesFor({ usual, byDelivery, byCalls }: ZoneRegimes, heard: HeardSources): Regimes {
  if (heard.meters) return byDelivery;
  return heard.calls ? byCalls : usual;
}

interface RegimeDraft {
  readonly weight: number;
  readonly delivery: readonly DeliveryState[];
  readonly callShares: readonly CallShare[];
}
