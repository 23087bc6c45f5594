import type { DeviceRecord, OutageDiff, OutageState } from '@lastgasp/engine';
import type { SourceType } from '@lastgasp/model';
import type { TimelineEntry } from '../store/queries/correlate/insert-timeline-entries.ts';
import type { NewSources } from '../store/queries/correlate/write-event-sources.ts';
import {
  type ChangeDescription,
  describeChanged,
  describeClosed,
  describeJoined,
  describeOpened,
  describeReopened,
  describeReplaced,
  describeWithdrawn,
  nameTarget,
} from './describe-outage.ts';

/** An outage that a timeline is written for. */
export interface ToldOutage {
  /** Key of its row. */
  readonly key: number;
  readonly device: DeviceRecord;
  /** Number of a service's meter. */
  readonly meterNumber: string | null;
  readonly state: OutageState;
  /** True where another outage had taken its place before, or evidence had taken it back. */
  readonly wasGone: boolean;
  /** False where the trip that opened it is all that is known: its timeline has yet to begin. */
  readonly isTold: boolean;
}

/** The entries that tell a diff in the timelines of its outages, each with the evidence that came with it. */
export function writeTimeline(
  diff: OutageDiff,
  outages: readonly ToldOutage[],
  newSources: readonly NewSources[],
): readonly TimelineEntry[] {
  const outageOf = new Map(outages.map((outage) => [outage.state.id, outage]));
  const eventsOf = new Map<number, Partial<Record<SourceType, number>>>();
  for (const { outageKey, sourceType, events } of newSources) {
    eventsOf.set(outageKey, { ...eventsOf.get(outageKey), [sourceType]: events });
  }

  const entries: TimelineEntry[] = [];
  const told = new Set<number>();
  const tell = (
    from: OutageState | null,
    to: OutageState,
    describe: (outage: ToldOutage) => readonly ChangeDescription[],
  ) => {
    const outage = outageOf.get(to.id) as ToldOutage;
    const outageKey = outage.key;
    const evidence = eventsOf.get(outageKey);
    told.add(outageKey);
    const beginning =
      from === null || outage.isTold
        ? []
        : describeOpened(nameTarget(outage), { ...from, endedAt: null }, false);
    for (const { type, description } of [...beginning, ...describe(outage)]) {
      entries.push({
        outageKey,
        type,
        status: type === 'detected' && isOver(to) ? 'detected' : to.status,
        description,
        metadata: { ...changedFields(from, to), ...(evidence === undefined ? {} : { evidence }) },
      });
    }
  };
  for (const to of diff.opened) {
    tell(null, to, (outage) => describeOpened(nameTarget(outage), to, outage.wasGone));
  }
  for (const [from, to] of diff.changed) {
    tell(from, to, () => [to.status === 'cancelled' ? describeWithdrawn() : describeChanged(from, to)]);
  }
  for (const [from, to] of diff.closed) {
    tell(from, to, (outage) => [describeClosed(nameTarget(outage), to)]);
  }
  for (const [from, to] of diff.reopened) {
    tell(from, to, (outage) => [describeReopened(nameTarget(outage), from, to)]);
  }
  for (const [from, to] of diff.replaced) tell(from, to, () => [describeReplaced(to)]);

  for (const { key, state } of outages) {
    const evidence = eventsOf.get(key);
    if (evidence === undefined || told.has(key)) continue;
    entries.push({
      outageKey: key,
      ...describeJoined(evidence),
      status: state.status,
      metadata: { evidence },
    });
  }
  return entries;
}

const isOver = ({ endedAt, status }: OutageState): boolean => endedAt !== null || status === 'cancelled';

/** The fields that differ, as they were and as they are. */
function changedFields(from: OutageState | null, to: OutageState): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const field of [
    'status',
    'endedAt',
    'confidence',
    'customers',
    'customersOutNow',
    'isPlanned',
    'replacedBy',
  ] as const) {
    if (from === null ? to[field] !== null : from[field] !== to[field]) {
      changed[field] = from === null ? to[field] : { from: from[field], to: to[field] };
    }
  }
  return changed;
}
