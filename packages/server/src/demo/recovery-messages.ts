import type { Instant } from '@lastgasp/engine';
import type { SimulatedMessage } from '@lastgasp/engine/simulate';
import { messageComposer } from '../simulation/compose-message.ts';
import type { BundleSite } from '../simulation/read-bundle-site.ts';
import type { LeftByStorm } from '../store/queries/demo/read-left-by-storm.ts';
import { concernsTeller, type StormMessage } from './storm-message.ts';

/** Clocks of meters are seconds off: what is told of the storm that begins must be stamped after this, and what was told of the last one before. */
const BEFORE_START_MS = 2_000;

/** Reason that SCADA gives for what it tells. */
const REASON = 'Protection Trip';

/** Ends what an earlier storm, cut off in the middle, left without supply: by the words that would have ended it, just before the next one starts. */
export function recoveryMessages(
  bundle: BundleSite,
  startAt: Date,
  mark: string,
  left: LeftByStorm,
): StormMessage[] {
  const { site, identities } = bundle;
  const eventAt = (startAt.getTime() - BEFORE_START_MS) * 1_000;
  const out = new Set(left.meterNumbers);
  const meters = identities.flatMap(({ meterNumber }, meter) => (out.has(meterNumber) ? [meter] : []));
  const compose = messageComposer(bundle, `${mark}-R`);
  const concernsOf = concernsTeller(bundle);
  let number = 0;
  const messages = [
    ...returningFeeders(bundle, eventAt, left),
    ...groupBy(
      meters.filter((meter) => site.meters.isSmart[meter] === 1),
      site.meters.cell,
    ).map(([, told]) => ({
      source: 'kaifa' as const,
      sentAt: eventAt,
      usesCodes: false,
      events: told.map((meter) => ({
        number: ++number,
        meter,
        kind: 'power_on' as const,
        eventAt,
        causedAt: eventAt,
      })),
    })),
    ...groupBy(
      meters.filter((meter) => (site.meters.terminal[meter] as number) >= 0),
      site.meters.terminal,
    ).map(([terminal]) => ({
      source: 'onu' as const,
      terminal,
      kind: 'power_on' as const,
      eventAt,
      causedAt: eventAt,
    })),
  ];
  return messages.map((part, index) => {
    const message: SimulatedMessage = { ...part, number: index + 1, receivedAt: eventAt, isBroken: false };
    return { atOffsetSeconds: 0, concerns: concernsOf(message), ...compose(message) };
  });
}

/** Breakers that close, and voltage that is there again: on feeders, and on whole substations by their first feeder. */
function returningFeeders({ site }: BundleSite, eventAt: Instant, { feederIds, substationIds }: LeftByStorm) {
  const tell = (feeder: number, isWholeSubstation: boolean, kind: 'switch_closed' | 'voltage_present') => ({
    source: 'scada' as const,
    feeder,
    isWholeSubstation,
    kind,
    reason: REASON,
    eventAt,
    causedAt: eventAt,
  });
  return [
    ...site.feeders.flatMap(({ code }, feeder) =>
      feederIds.includes(code)
        ? [tell(feeder, false, 'switch_closed'), tell(feeder, false, 'voltage_present')]
        : [],
    ),
    ...substationIds.flatMap((id) => {
      const first = site.feeders.findIndex(({ substationCode }) => substationCode === id);
      return first < 0 ? [] : [tell(first, true, 'voltage_present')];
    }),
  ];
}

/** The meters by a column of the site, in order. */
function groupBy(meters: readonly number[], column: Int32Array): (readonly [number, readonly number[]])[] {
  const groups = new Map<number, number[]>();
  for (const meter of meters) {
    const key = column[meter] as number;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [meter]);
    else group.push(meter);
  }
  return [...groups];
}
