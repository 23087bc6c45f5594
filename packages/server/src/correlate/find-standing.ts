import {
  type FoundOutage,
  type Instant,
  type KnownOutage,
  matchOutages,
  meterPosition,
  metersBelow,
  type Network,
  type OutageMeters,
  outageEventId,
} from '@lastgasp/engine';
import type { StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import type { JudgedOutage, StandingOutage } from './judged-outage.ts';

/** Outages of one zone as its evidence has them. */
export interface ZoneJudgement {
  /** Meters of the zone: `from` belongs to it, `to` no longer. */
  readonly from: number;
  readonly to: number;
  /** Outages that began before it are final, unless they last. */
  readonly since: Instant;
  readonly outages: readonly JudgedOutage[];
}

/** What becomes of the stored outages of some zones. */
export interface StandingOutages {
  readonly standing: readonly StandingOutage[];
  readonly replaced: readonly { readonly known: StoredOutage; readonly by: string }[];
  readonly withdrawn: readonly StoredOutage[];
  readonly dismissed: readonly StoredOutage[];
}

interface PlacedOutage extends KnownOutage {
  readonly stored: StoredOutage;
}

/** Tells which stored outages the judged ones are, and gives the new ones their ids. `meterNumbers` names the services' meters by key. */
export function findStanding(
  network: Network,
  zones: readonly ZoneJudgement[],
  stored: readonly StoredOutage[],
  meterNumbers: ReadonlyMap<number, string>,
): StandingOutages {
  const standing: StandingOutage[] = [];
  const replaced: { known: StoredOutage; by: string }[] = [];
  const withdrawn: StoredOutage[] = [];
  const dismissed: StoredOutage[] = [];
  const places = stored.flatMap((row) => place(network, row));
  for (const { from, to, since, outages } of zones) {
    const known = places.filter(
      (one) =>
        one.from >= from &&
        one.to <= to &&
        (one.startedAt >= since || one.standing === 'open' || one.standing === 'locked'),
    );
    const matching = matchOutages(known, outages);
    const idOf = new Map<FoundOutage, string>();
    const own: StandingOutage[] = [];
    const locked = known.filter((one) => one.standing === 'locked');
    for (const match of matching.standing) {
      const judged = keepOperatorsWord(match.found, match.known, locked);
      const row = match.known?.stored ?? null;
      const meterNumber = judged.meterKey === null ? null : (meterNumbers.get(judged.meterKey) as string);
      const deviceKey =
        row !== null && (match.known?.standing === 'locked' || judged.deviceKeys.includes(row.deviceKey))
          ? row.deviceKey
          : (judged.deviceKeys[0] as number);
      const code =
        meterNumber ?? (network.devices[network.deviceOfKey.get(deviceKey) as number]?.code as string);
      const id = row?.id ?? outageEventId(code, judged.startedAt);
      idOf.set(match.found, id);
      own.push({ judged, known: row, id, deviceKey, meterNumber, isWhole: isNews(row, judged) });
    }
    const news = own.filter(({ isWhole }) => isWhole);
    standing.push(
      ...own.map((outage) => ({ ...outage, isWhole: news.some((other) => sharesEvidence(outage, other)) })),
    );
    for (const { known: one, by } of matching.replaced)
      replaced.push({ known: one.stored, by: idOf.get(by) as string });
    withdrawn.push(...matching.withdrawn.map((one) => one.stored));
    dismissed.push(...known.filter((one) => one.standing === 'dismissed').map((one) => one.stored));
  }
  return { standing, replaced, withdrawn, dismissed };
}

/** A stored outage where the network has its device or meter; an outage of what is gone from the registry stays as it is. */
function place(network: Network, stored: StoredOutage): readonly PlacedOutage[] {
  const { id, startedAt, endedAt, meterKey, deviceKey } = stored;
  const device = network.deviceOfKey.get(deviceKey);
  const meter = meterKey === null ? -1 : meterPosition(network, meterKey);
  if (meterKey === null ? device === undefined : meter < 0) return [];
  const range = meterKey === null ? metersBelow(network, device as number) : { from: meter, to: meter + 1 };
  if (range.from === range.to) return [];
  return [
    { ...range, id, startedAt, endedAt, isService: meterKey !== null, standing: standingOf(stored), stored },
  ];
}

function standingOf({ status, replacedBy, isWithdrawn }: StoredOutage): KnownOutage['standing'] {
  switch (status) {
    case 'confirmed':
    case 'in_progress':
      return 'locked';
    case 'restored':
      return 'ended';
    case 'cancelled':
      return replacedBy !== null ? 'replaced' : isWithdrawn ? 'withdrawn' : 'dismissed';
    default:
      return 'open';
  }
}

/** Evidence may go from one outage to another that interrupts the same meters within so long: ten minutes. */
const NEAR = 600_000_000;

/** Whether evidence of the one may be evidence of the other; an outage shares with itself. */
function sharesEvidence({ judged: a }: StandingOutage, { judged: b }: StandingOutage): boolean {
  const endOf = (one: JudgedOutage): Instant => one.endedAt ?? Number.POSITIVE_INFINITY;
  const isNear = a.startedAt <= endOf(b) + NEAR && b.startedAt <= endOf(a) + NEAR;
  return a.from < b.to && b.from < a.to && isNear;
}

/** Whether all of an outage's evidence is to be looked at, not only what is new. */
function isNews(row: StoredOutage | null, judged: JudgedOutage): boolean {
  return (
    row === null ||
    !row.isTold ||
    row.status === 'cancelled' ||
    row.startedAt !== judged.startedAt ||
    row.endedAt !== judged.endedAt ||
    !judged.deviceKeys.includes(row.deviceKey)
  );
}

/**
 * A confirmed outage has everybody below its device, each until he is back as far as the evidence tells; what stands above one
 * has only the others.
 */
function keepOperatorsWord(
  judged: JudgedOutage,
  known: PlacedOutage | null,
  locked: readonly PlacedOutage[],
): JudgedOutage {
  if (known?.standing === 'locked') {
    if (known.from === judged.from && known.to === judged.to) return judged;
    return { ...judged, from: known.from, to: known.to, meters: everybody(known, judged) };
  }
  const near = locked.filter((lock) => lock.from < judged.to && lock.to > judged.from);
  if (near.length === 0) return judged;
  const { position, from, until } = judged.meters;
  const kept = position
    .map((_, i) => i)
    .filter(
      (i) => !near.some((lock) => (position[i] as number) >= lock.from && (position[i] as number) < lock.to),
    );
  if (kept.length === position.length) return judged;
  const pick = <T>(column: readonly T[]): readonly T[] => kept.map((i) => column[i] as T);
  return { ...judged, meters: { position: pick(position), from: pick(from), until: pick(until) } };
}

function everybody(
  { from, to }: { readonly from: number; readonly to: number },
  judged: JudgedOutage,
): OutageMeters {
  const told = new Map(judged.meters.position.map((at, i) => [at, i]));
  const position = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    position,
    from: position.map((at) =>
      told.has(at) ? (judged.meters.from[told.get(at) as number] as number) : judged.startedAt,
    ),
    until: position.map((at) =>
      told.has(at) ? (judged.meters.until[told.get(at) as number] as number | null) : judged.endedAt,
    ),
  };
}
