import {
  type DeviceRecord,
  diffOutages,
  type Instant,
  judgeOutage,
  type Network,
  type OutageDiff,
  type OutageState,
  type Policy,
} from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import { insertDecisions, setDecisionClock } from '../store/queries/correlate/insert-decisions.ts';
import { insertOutages } from '../store/queries/correlate/insert-outages.ts';
import { insertTimelineEntries } from '../store/queries/correlate/insert-timeline-entries.ts';
import { loadOutageMeters } from '../store/queries/correlate/load-outage-meters.ts';
import type { StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import {
  cancelOutages,
  endOutages,
  linkReplacedOutages,
  releaseDismissedOutages,
} from '../store/queries/correlate/settle-outages.ts';
import { updateOutages } from '../store/queries/correlate/update-outages.ts';
import { writeEventSources } from '../store/queries/correlate/write-event-sources.ts';
import { writeOutageMeters } from '../store/queries/correlate/write-outage-meters.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { describeReason, describeReopened, nameTarget } from './describe-outage.ts';
import type { Judgement, StandingOutage } from './judged-outage.ts';
import {
  addMemberChanges,
  type GrowingChanges,
  membersOf,
  summed,
  type WrittenMembers,
} from './outage-members.ts';
import { type ToldOutage, writeTimeline } from './write-timeline.ts';

const OPERATORS_WORDS: ReadonlySet<OutageStatus> = new Set(['confirmed', 'in_progress']);

/** A smaller change of confidence is not worth a line in a history. */
const CONFIDENCE_STEP = 0.01;

/** What judging and writing share. */
export interface ApplyContext {
  readonly client: Queryable;
  readonly network: Network;
  readonly policy: Policy;
  readonly policyVersion: string;
  /** What was written of each outage's meters, by its key; may lack any, is right for those it has. */
  readonly written: Map<number, WrittenMembers>;
}

/** An outage whose row is there, with what stands beside it. */
interface WrittenOutage extends StandingOutage {
  readonly key: number;
  readonly device: DeviceRecord;
  readonly members: WrittenMembers;
}

/**
 * Brings the stored outages to a judgement, set-based, and gives what that changed; the caller commits it with the position in the
 * evidence log. An outage that is confirmed or in progress keeps that word until it ends.
 */
export async function applyJudgement(context: ApplyContext, judgement: Judgement): Promise<OutageDiff> {
  const { client, network, policy, written: cache } = context;
  const { standing, replaced, withdrawn, now } = judgement;
  const gone = [...replaced.map(({ known }) => known), ...withdrawn];
  const before = [...gone, ...standing.flatMap(({ known }) => (known === null ? [] : [known]))];
  await loadWritten(client, cache, before);
  const outBefore = new Map(before.map(({ key }) => [key, cache.get(key)?.customersOut ?? 0]));

  await setDecisionClock(client, now);
  const dismissed = keysOf(judgement.dismissed.filter(({ hasMeters }) => hasMeters));
  await releaseDismissedOutages(client, dismissed);
  for (const key of dismissed) cache.delete(key);
  // What ends or goes frees its device and its meters for what begins.
  await cancelOutages(client, keysOf(gone), keysOf(withdrawn), now);
  for (const { key } of gone) cache.delete(key);
  const written = await writeOutageRows(context, standing, now);
  await writeMembers(client, cache, written);
  const newSources = await writeEventSources(
    client,
    written.flatMap(({ key, id }) =>
      (judgement.sources.get(id) ?? []).map((source) => ({ ...source, outageKey: key })),
    ),
    {
      whole: keysOf(written.filter(({ isWhole }) => isWhole)),
      scadaEvents: judgement.scadaEvents,
      kept: keysOf(gone),
    },
  );

  const statesBefore: OutageState[] = [];
  const told: ToldOutage[] = [];
  const takenOver = rowsTakenOver(judgement);
  for (const outage of written) {
    const { known, key, device } = outage;
    const state = stateOf(outage, policy, operatorsWord(outage, takenOver));
    const wasGone = known !== null && known.status === 'cancelled';
    told.push({
      key,
      device,
      meterNumber: outage.meterNumber,
      state,
      wasGone,
      isTold: known?.isTold === true,
    });
    if (known?.isTold === true) statesBefore.push(toState(known, outBefore.get(known.key) ?? 0));
  }
  const takerOf = new Map(replaced.map(({ known, by }) => [known.key, by]));
  for (const known of gone) {
    const from = toState(known, outBefore.get(known.key) ?? 0);
    const by = takerOf.get(known.key) ?? null;
    const state: OutageState = { ...from, status: 'cancelled', customersOutNow: 0, replacedBy: by };
    statesBefore.push(from);
    told.push({
      key: known.key,
      device: deviceOf(network, known.deviceKey),
      meterNumber: null,
      state,
      wasGone: false,
      isTold: known.isTold,
    });
  }
  const diff = diffOutages(
    statesBefore,
    told.map(({ state }) => state),
  );

  await writeChanges(
    context,
    diff,
    written,
    told,
    new Set(newSources.map(({ outageKey }) => outageKey)),
    now,
  );
  const keyOf = new Map(told.map(({ key, state }) => [state.id, key]));
  const stateNow = new Map(told.map(({ key, state }) => [key, state]));
  const replacedBy = new Map(replaced.map(({ known, by }) => [known.key, keyOf.get(by) as number]));
  await linkReplacedOutages(
    client,
    [...replacedBy].map(([key, byKey]) => ({ key, byKey })),
  );
  await insertDecisions(
    client,
    gone.map((known) => ({
      outageKey: known.key,
      deviceKey: known.deviceKey,
      meterKey: known.meterKey,
      state: stateNow.get(known.key) as OutageState,
      customersInterval: [known.customersLow, known.customersHigh],
      unverifiedCustomers: known.unverifiedCustomers,
      isPlanned: known.isPlanned,
      description: null,
      explanation: null,
      replacedByKey: replacedBy.get(known.key) ?? null,
    })),
    context.policyVersion,
    now,
  );
  const entries = writeTimeline(diff, told, newSources);
  await insertTimelineEntries(client, entries, now);
  if (entries.length > 0) await client.query(`select pg_notify('lastgasp_outages', '')`);
  return diff;
}

/** Makes sure that it is known what is written of the meters of these outages. */
async function loadWritten(
  client: Queryable,
  cache: Map<number, WrittenMembers>,
  known: readonly StoredOutage[],
): Promise<void> {
  const unknown = known.filter(({ key, hasMeters }) => hasMeters && !cache.has(key));
  for (const [key, columns] of await loadOutageMeters(client, keysOf(unknown)))
    cache.set(key, summed(columns, null));
}

/** Writes what differs between the meters that are written and those that outages have. */
async function writeMembers(
  client: Queryable,
  cache: Map<number, WrittenMembers>,
  written: readonly WrittenOutage[],
): Promise<void> {
  const changes: GrowingChanges = { gone: [], back: [], outAgain: [], added: [] };
  for (const { key, members } of written) {
    const before = cache.get(key);
    if (before === members) continue;
    addMemberChanges(changes, key, before?.columns ?? null, members.columns);
    cache.set(key, members);
  }
  await writeOutageMeters(client, changes);
}

/** Ends the rows that end and inserts the new ones; the rest of each row is written when it is known. */
async function writeOutageRows(
  { client, network, written: cache }: ApplyContext,
  standing: readonly StandingOutage[],
  now: Instant,
): Promise<readonly WrittenOutage[]> {
  await endOutages(
    client,
    standing.flatMap(({ known, judged: { endedAt } }) =>
      known !== null && known.status !== 'restored' && endedAt !== null ? [{ key: known.key, endedAt }] : [],
    ),
  );
  const inserted = await insertOutages(
    client,
    standing
      .filter(({ known }) => known === null)
      .map(({ id, deviceKey, judged: { meterKey, startedAt, endedAt } }) => ({
        id,
        deviceKey,
        meterKey,
        startedAt,
        endedAt,
        detectedAt: now,
      })),
  );
  return standing.map((outage) => {
    const key = outage.known?.key ?? inserted.get(outage.id);
    if (key === undefined) throw new Error(`outage ${outage.id} was not written: its device is gone`);
    const device = deviceOf(network, outage.deviceKey);
    return { ...outage, key, device, members: membersOf(network, outage.judged.meters, cache.get(key)) };
  });
}

async function writeChanges(
  { client, policyVersion }: ApplyContext,
  diff: OutageDiff,
  written: readonly WrittenOutage[],
  told: readonly ToldOutage[],
  withNewSources: ReadonlySet<number>,
  now: Instant,
): Promise<void> {
  const changed = new Set([
    ...diff.opened,
    ...[...diff.changed, ...diff.closed, ...diff.reopened, ...diff.replaced].map(([, to]) => to),
  ]);
  const stateOf = new Map(told.map(({ key, state }) => [key, state]));
  const reopened = new Map(diff.reopened.map(([from, to]) => [to, from]));
  const updated = written.filter(
    ({ key, known, judged }) =>
      changed.has(stateOf.get(key) as OutageState) ||
      withNewSources.has(key) ||
      known?.unverifiedCustomers !== judged.unverifiedCustomers ||
      known?.customersLow !== judged.customersInterval[0] ||
      known?.customersHigh !== judged.customersInterval[1],
  );
  const explained = updated.map((outage) => ({ ...outage, explanation: outage.judged.explain() }));
  const decided = explained.map(({ key, deviceKey, device, meterNumber, judged, explanation }) => {
    const { meterKey, customersInterval, unverifiedCustomers } = judged;
    const state = stateOf.get(key) as OutageState;
    const reason = describeReason({ device, meterNumber }, state, explanation.sources);
    const closed = reopened.get(state);
    const description =
      closed === undefined
        ? reason
        : `${describeReopened(nameTarget({ device, meterNumber }), closed, state).description} ${reason}`;
    return {
      key,
      deviceKey,
      meterKey,
      state,
      customersInterval,
      unverifiedCustomers,
      isPlanned: state.isPlanned,
      description,
      explanation,
    };
  });
  await updateOutages(
    client,
    decided.map(({ state, ...outage }) => ({ ...state, ...outage })),
  );
  await insertDecisions(
    client,
    decided.map(({ key, ...decision }) => ({ ...decision, outageKey: key, replacedByKey: null })),
    policyVersion,
    now,
  );
}

/** The outages that each standing one takes the place of, by its id. */
function rowsTakenOver({ replaced }: Judgement): ReadonlyMap<string, readonly StoredOutage[]> {
  const rows = new Map<string, StoredOutage[]>();
  for (const { known, by } of replaced) {
    const own = rows.get(by);
    if (own === undefined) rows.set(by, [known]);
    else own.push(known);
  }
  return rows;
}

/** Confirmed or in progress, where an operator said so of the outage or of one whose place it takes. */
function operatorsWord(
  { known, id }: StandingOutage,
  takenOver: ReadonlyMap<string, readonly StoredOutage[]>,
): OutageStatus | null {
  const rows = [known, ...(takenOver.get(id) ?? [])];
  return rows.find((row) => row !== null && OPERATORS_WORDS.has(row.status))?.status ?? null;
}

function stateOf(
  { id, known, judged, members: { customers, customersOut, metersBack } }: WrittenOutage,
  policy: Policy,
  operatorStatus: OutageStatus | null,
): OutageState {
  const { startedAt, endedAt, isPlanned } = judged;
  const { status, isMomentary } = judgeOutage({ startedAt, endedAt, metersBack }, policy);
  return {
    id,
    status: endedAt === null ? (operatorStatus ?? status) : status,
    startedAt,
    endedAt,
    isMomentary,
    confidence: confidenceOf(known, judged),
    customers,
    customersOutNow: customersOut,
    isPlanned,
    replacedBy: null,
  };
}

/** The last value while open stays when it has ended; what hardly moves is left as it was. */
function confidenceOf(known: StoredOutage | null, { confidence, endedAt }: StandingOutage['judged']): number {
  if (known === null || !known.isTold) return confidence;
  if (endedAt !== null && known.confidence > 0) return known.confidence;
  return Math.abs(known.confidence - confidence) < CONFIDENCE_STEP ? known.confidence : confidence;
}

function toState(stored: StoredOutage, customersOutNow: number): OutageState {
  const { id, status, startedAt, endedAt, isMomentary, confidence, customers, isPlanned, replacedBy } =
    stored;
  return {
    id,
    status,
    startedAt,
    endedAt,
    isMomentary,
    confidence,
    customers,
    customersOutNow,
    isPlanned,
    replacedBy,
  };
}

function deviceOf(network: Network, deviceKey: number): DeviceRecord {
  return network.devices[network.deviceOfKey.get(deviceKey) as number] as DeviceRecord;
}

function keysOf(rows: readonly { readonly key: number }[]): readonly number[] {
  return rows.map((row) => row.key);
}
