import {
  type DeviceRecord,
  detectedAt,
  diffOutages,
  type EpisodeStep,
  judgeOutage,
  type Network,
  type OutageDiff,
  type OutageState,
  type Policy,
} from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import { insertOutages } from '../store/queries/correlate/insert-outages.ts';
import { insertTimelineEntries } from '../store/queries/correlate/insert-timeline-entries.ts';
import { lockOutages, type StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import { readOutageFacts, type StoredOutageFacts } from '../store/queries/correlate/read-outage-facts.ts';
import {
  cancelReplacedOutages,
  endOutages,
  linkReplacedOutages,
  releaseCancelledOutages,
} from '../store/queries/correlate/settle-outages.ts';
import { updateOutages } from '../store/queries/correlate/update-outages.ts';
import { writeEventSources } from '../store/queries/correlate/write-event-sources.ts';
import { type OutageMeter, writeOutageMeters } from '../store/queries/correlate/write-outage-meters.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { explainOutage } from './describe-outage.ts';
import type { JudgedOutage, Judgement } from './judged-outage.ts';
import { listSources } from './outage-sources.ts';
import { type ToldOutage, writeTimeline } from './write-timeline.ts';

const OPEN: ReadonlySet<OutageStatus> = new Set([
  'detected',
  'confirmed',
  'in_progress',
  'partially_restored',
]);
const OPERATORS_WORDS: ReadonlySet<OutageStatus> = new Set(['confirmed', 'in_progress']);

/** What judging and writing share. */
export interface ApplyContext {
  readonly client: Queryable;
  readonly network: Network;
  readonly policy: Policy;
}

/** An outage whose row is there, with what stands beside it. */
interface WrittenOutage {
  readonly judged: JudgedOutage;
  readonly key: number;
  readonly device: DeviceRecord;
  /** As it was stored before, null where it was not. */
  readonly before: StoredOutage | null;
}

/** A stored outage that is part of another one. */
interface ReplacedOutage {
  readonly row: StoredOutage;
  readonly by: string;
}

/**
 * Brings the stored outages to a judgement, set-based, and gives what that changed; the caller commits it with the position in the
 * evidence log. Adopts what a trip opened in the database. An outage that an operator cancelled stays as it is, and
 * one confirmed or in progress keeps that word until it ends.
 */
export async function applyJudgement(context: ApplyContext, judgement: Judgement): Promise<OutageDiff> {
  const { client, network, policy } = context;
  const stored = await lockOutages(
    client,
    [...judgement.outages.map((outage) => outage.id), ...judgement.replaced.map(({ id }) => id)],
    judgement.outages.filter(isOpen).map((outage) => outage.deviceKey),
  );
  const cancelled = stored.filter((row) => row.status === 'cancelled' && row.replacedBy === null);
  await releaseCancelledOutages(client, keysOf(cancelled));

  const storedById = new Map(stored.map((row) => [row.id, row]));
  const outages = judgement.outages.filter((outage) => {
    const row = storedById.get(outage.id);
    return row === undefined ? outage.meters.position.length > 0 : !cancelled.includes(row);
  });
  const replaced = listReplacedOutages(judgement, outages, stored);
  const replacedFacts = await readOutageFacts(client, keysOf(replaced.map(({ row }) => row)));

  // What ends or goes frees its device and its meters for what begins.
  await cancelReplacedOutages(client, keysOf(replaced.map(({ row }) => row)));
  const written = await writeOutageRows(context, outages, storedById);
  const wholeKeys = written.filter(({ judged }) => judged.isWhole).map(({ key }) => key);
  const moreOut = await writeOutageMeters(
    client,
    written.flatMap((outage) => listMeters(network, outage)),
    {
      whole: wholeKeys,
      withMeters: new Set(written.filter(({ before }) => before?.hasMeters === true).map(({ key }) => key)),
    },
  );
  const newSources = await writeEventSources(
    client,
    written.flatMap(({ key, judged }) => listSources(key, judged, policy)),
    {
      whole: wholeKeys,
      scadaEvents: judgement.scadaEvents,
      kept: keysOf(replaced.map(({ row }) => row)),
    },
  );
  const facts = await readOutageFacts(client, keysOf(written));

  const before: OutageState[] = [];
  const told: ToldOutage[] = [];
  for (const outage of written) {
    const fact = facts.get(outage.key) as StoredOutageFacts;
    const state = judgeWritten(outage, fact, policy, operatorsWord(outage, replaced));
    told.push({ ...outage, state, wasReplaced: outage.before !== null && outage.before.replacedBy !== null });
    const outBefore = fact.customersOutNow - (moreOut.get(outage.key) ?? 0);
    if (outage.before?.isTold === true) before.push(toState(outage.before, outBefore));
  }
  for (const { row, by } of replaced) {
    const from = toState(row, replacedFacts.get(row.key)?.customersOutNow ?? 0);
    const state: OutageState = { ...from, status: 'cancelled', customersOutNow: 0, replacedBy: by };
    before.push(from);
    told.push({ key: row.key, device: deviceOf(network, row.deviceKey), state, wasReplaced: false });
  }
  const diff = diffOutages(
    before,
    told.map(({ state }) => state),
  );

  await writeChanges(context, {
    diff,
    written,
    told,
    facts,
    newSources: new Set(newSources.map((s) => s.outageKey)),
  });
  const keyOf = new Map(told.map(({ key, state }) => [state.id, key]));
  await linkReplacedOutages(
    client,
    replaced.map(({ row, by }) => ({ key: row.key, byKey: keyOf.get(by) as number })),
  );
  const entries = writeTimeline(diff, told, newSources);
  await insertTimelineEntries(client, entries, judgement.learntAt);
  if (entries.length > 0) await client.query(`select pg_notify('lastgasp_outages', '')`);
  return diff;
}

/**
 * Stored outages to take off the list: those whose opening belongs to another one now, and those open on a device that has
 * another open one, which a trip opened whose evidence is still to come.
 */
function listReplacedOutages(
  judgement: Judgement,
  outages: readonly JudgedOutage[],
  stored: readonly StoredOutage[],
): readonly ReplacedOutage[] {
  const present = new Set(outages.map((outage) => outage.id));
  const byId = new Map(judgement.replaced.map(({ id, by }) => [id, by]));
  const openOn = new Map(outages.filter(isOpen).map((outage) => [outage.deviceKey, outage.id]));
  return stored.flatMap((row) => {
    if (present.has(row.id) || row.status === 'cancelled') return [];
    const by = byId.get(row.id) ?? (OPEN.has(row.status) ? openOn.get(row.deviceKey) : undefined);
    return by !== undefined && present.has(by) ? [{ row, by }] : [];
  });
}

/** Ends the rows that end and inserts the new ones; the rest of each row is written when it is known. */
async function writeOutageRows(
  { client, network }: ApplyContext,
  outages: readonly JudgedOutage[],
  storedById: ReadonlyMap<string, StoredOutage>,
): Promise<readonly WrittenOutage[]> {
  await endOutages(
    client,
    outages.flatMap(({ id, episode: { endedAt } }) => {
      const row = storedById.get(id);
      return row !== undefined && row.status !== 'restored' && endedAt !== null
        ? [{ key: row.key, endedAt }]
        : [];
    }),
  );
  const inserted = await insertOutages(
    client,
    outages
      .filter((outage) => !storedById.has(outage.id))
      .map(({ id, deviceKey, episode: { startedAt, endedAt }, steps }) => ({
        id,
        deviceKey,
        startedAt,
        endedAt,
        detectedAt: detectedAt(steps),
        openedBy: firstStep(steps).signal.source.eventKey,
      })),
  );
  return outages.map((judged) => {
    const before = storedById.get(judged.id) ?? null;
    const key = before?.key ?? inserted.get(judged.id);
    if (key === undefined) throw new Error(`outage ${judged.id} was not written: its device is gone`);
    return { judged, key, device: deviceOf(network, judged.deviceKey), before };
  });
}

interface Changes {
  readonly diff: OutageDiff;
  readonly written: readonly WrittenOutage[];
  readonly told: readonly ToldOutage[];
  readonly facts: ReadonlyMap<number, StoredOutageFacts>;
  /** Keys of outages that got evidence. */
  readonly newSources: ReadonlySet<number>;
}

async function writeChanges({ client }: ApplyContext, changes: Changes): Promise<void> {
  const { diff, written, told, facts, newSources } = changes;
  const changed = new Set([...diff.opened, ...[...diff.changed, ...diff.closed].map(([, to]) => to)]);
  const stateOf = new Map(told.map(({ key, state }) => [key, state]));
  await updateOutages(
    client,
    written.flatMap(({ key, judged: { steps }, device, before }) => {
      const state = stateOf.get(key) as OutageState;
      const isDetectedOtherwise = before?.detectedAt !== detectedAt(steps);
      if (!changed.has(state) && !newSources.has(key) && !isDetectedOtherwise) return [];
      const { supportingSources } = facts.get(key) as StoredOutageFacts;
      const description = explainOutage(device, firstStep(steps).signal, supportingSources);
      return [{ ...state, key, detectedAt: detectedAt(steps), description }];
    }),
  );
}

function listMeters(network: Network, { key, judged }: WrittenOutage): readonly OutageMeter[] {
  const { position, from, until } = judged.meters;
  return position.map((at, i) => ({
    outageKey: key,
    meterKey: network.meterKey[at] as number,
    customers: network.customers[at] as number,
    from: from[i] as number,
    until: until[i] as number | null,
  }));
}

/** Confirmed or in progress, where an operator said so of the outage or of one whose place it takes. */
function operatorsWord(outage: WrittenOutage, replaced: readonly ReplacedOutage[]): OutageStatus | null {
  const rows = [outage.before, ...replaced.filter(({ by }) => by === outage.judged.id).map(({ row }) => row)];
  return rows.find((row) => row !== null && OPERATORS_WORDS.has(row.status))?.status ?? null;
}

function judgeWritten(
  { judged }: WrittenOutage,
  facts: StoredOutageFacts,
  policy: Policy,
  operatorStatus: OutageStatus | null,
): OutageState {
  const { startedAt, endedAt } = judged.episode;
  const { status, confidence, isMomentary } = judgeOutage({ startedAt, endedAt, ...facts }, policy);
  return {
    id: judged.id,
    status: endedAt === null ? (operatorStatus ?? status) : status,
    startedAt,
    endedAt,
    isMomentary,
    confidence,
    customers: facts.customers,
    customersOutNow: facts.customersOutNow,
    replacedBy: null,
  };
}

function toState(stored: StoredOutage, customersOutNow: number): OutageState {
  const { id, status, startedAt, endedAt, isMomentary, confidence, customers, replacedBy } = stored;
  return { id, status, startedAt, endedAt, isMomentary, confidence, customers, customersOutNow, replacedBy };
}

function isOpen(outage: JudgedOutage): boolean {
  return outage.episode.endedAt === null;
}

function firstStep(steps: readonly EpisodeStep[]): EpisodeStep {
  return steps[0] as EpisodeStep;
}

function deviceOf(network: Network, deviceKey: number): DeviceRecord {
  return network.devices[network.deviceOfKey.get(deviceKey) as number] as DeviceRecord;
}

function keysOf(rows: readonly { readonly key: number }[]): readonly number[] {
  return rows.map((row) => row.key);
}
