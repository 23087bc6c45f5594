import {
  type DeviceRecord,
  diffOutages,
  type Instant,
  judgeOutage,
  type Network,
  type OutageDiff,
  type OutageMeters,
  type OutageState,
  type Policy,
} from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import { insertDecisions, setDecisionClock } from '../store/queries/correlate/insert-decisions.ts';
import { insertOutages } from '../store/queries/correlate/insert-outages.ts';
import { insertTimelineEntries } from '../store/queries/correlate/insert-timeline-entries.ts';
import type { StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import { readCustomersOut } from '../store/queries/correlate/read-customers-out.ts';
import {
  cancelOutages,
  endOutages,
  linkReplacedOutages,
  releaseDismissedOutages,
} from '../store/queries/correlate/settle-outages.ts';
import { updateOutages } from '../store/queries/correlate/update-outages.ts';
import { writeEventSources } from '../store/queries/correlate/write-event-sources.ts';
import { type OutageMeter, writeOutageMeters } from '../store/queries/correlate/write-outage-meters.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { describeReason, describeReopened, nameTarget } from './describe-outage.ts';
import type { Judgement, StandingOutage } from './judged-outage.ts';
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
  readonly written: Map<number, OutageMeters>;
}

/** An outage whose row is there, with what stands beside it. */
interface WrittenOutage extends StandingOutage {
  readonly key: number;
  readonly device: DeviceRecord;
  readonly hasNewMeters: boolean;
}

/**
 * Brings the stored outages to a judgement, set-based, and gives what that changed; the caller commits it with the position in the
 * evidence log. An outage that is confirmed or in progress keeps that word until it ends.
 */
export async function applyJudgement(context: ApplyContext, judgement: Judgement): Promise<OutageDiff> {
  const { client, network, policy, written: cache } = context;
  const { standing, replaced, withdrawn, now } = judgement;
  const gone = [...replaced.map(({ known }) => known), ...withdrawn];
  const outBefore = await readOutBefore(client, cache, network, [
    ...gone,
    ...standing.flatMap(({ known }) => (known === null ? [] : [known])),
  ]);

  await setDecisionClock(client, now);
  await releaseDismissedOutages(client, keysOf(judgement.dismissed.filter(({ hasMeters }) => hasMeters)));
  // What ends or goes frees its device and its meters for what begins.
  await cancelOutages(client, keysOf(gone), keysOf(withdrawn), now);
  for (const { key } of gone) cache.delete(key);
  const written = await writeOutageRows(context, standing, now);
  const moved = written.filter(({ hasNewMeters }) => hasNewMeters);
  await writeOutageMeters(
    client,
    moved.flatMap((outage) => listMeters(network, outage)),
    {
      whole: keysOf(moved),
      withMeters: new Set(moved.filter(({ known }) => known?.hasMeters === true).map(({ key }) => key)),
    },
  );
  for (const { key, judged } of moved) cache.set(key, judged.meters);
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

  const before: OutageState[] = [];
  const told: ToldOutage[] = [];
  for (const outage of written) {
    const { known, key, device } = outage;
    const state = stateOf(outage, network, policy, operatorsWord(outage, judgement));
    const wasGone = known !== null && known.status === 'cancelled';
    told.push({ key, device, meterNumber: outage.meterNumber, state, wasReplaced: wasGone });
    if (known?.isTold === true) before.push(toState(known, outBefore.get(known.key) ?? 0));
  }
  for (const known of gone) {
    const from = toState(known, outBefore.get(known.key) ?? 0);
    const by = replaced.find((one) => one.known === known)?.by ?? null;
    const state: OutageState = { ...from, status: 'cancelled', customersOutNow: 0, replacedBy: by };
    before.push(from);
    told.push({
      key: known.key,
      device: deviceOf(network, known.deviceKey),
      meterNumber: null,
      state,
      wasReplaced: false,
    });
  }
  const diff = diffOutages(
    before,
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
      state: told.find(({ key }) => key === known.key)?.state as OutageState,
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

/** Customers that each outage held to be out before, by key; from what was written where that is at hand. */
async function readOutBefore(
  client: Queryable,
  cache: ReadonlyMap<number, OutageMeters>,
  network: Network,
  known: readonly StoredOutage[],
): Promise<ReadonlyMap<number, number>> {
  const stored = await readCustomersOut(client, keysOf(known.filter(({ key }) => !cache.has(key))));
  return new Map(
    known.map(({ key }) => {
      const meters = cache.get(key);
      return [key, meters === undefined ? (stored.get(key) ?? 0) : countOut(network, meters)];
    }),
  );
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
    const hasNewMeters = !isSameMeters(cache.get(key), outage.judged.meters);
    return { ...outage, key, device: deviceOf(network, outage.deviceKey), hasNewMeters };
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

function isSameMeters(a: OutageMeters | undefined, b: OutageMeters): boolean {
  if (a === undefined || a.position.length !== b.position.length) return false;
  for (let i = 0; i < b.position.length; i++) {
    if (a.position[i] !== b.position[i] || a.from[i] !== b.from[i] || a.until[i] !== b.until[i]) return false;
  }
  return true;
}

/** Confirmed or in progress, where an operator said so of the outage or of one whose place it takes. */
function operatorsWord({ known, id }: StandingOutage, { replaced }: Judgement): OutageStatus | null {
  const rows = [known, ...replaced.filter(({ by }) => by === id).map((one) => one.known)];
  return rows.find((row) => row !== null && OPERATORS_WORDS.has(row.status))?.status ?? null;
}

function stateOf(
  { id, known, judged }: StandingOutage,
  network: Network,
  policy: Policy,
  operatorStatus: OutageStatus | null,
): OutageState {
  const { startedAt, endedAt, isPlanned, meters } = judged;
  const metersBack = meters.until.reduce((sum: number, until) => sum + (until === null ? 0 : 1), 0);
  const { status, isMomentary } = judgeOutage({ startedAt, endedAt, metersBack }, policy);
  return {
    id,
    status: endedAt === null ? (operatorStatus ?? status) : status,
    startedAt,
    endedAt,
    isMomentary,
    confidence: confidenceOf(known, judged),
    customers: meters.position.reduce((sum, at) => sum + (network.customers[at] as number), 0),
    customersOutNow: countOut(network, meters),
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

function countOut(network: Network, { position, until }: OutageMeters): number {
  return position.reduce(
    (sum, at, i) => (until[i] === null ? sum + (network.customers[at] as number) : sum),
    0,
  );
}

function deviceOf(network: Network, deviceKey: number): DeviceRecord {
  return network.devices[network.deviceOfKey.get(deviceKey) as number] as DeviceRecord;
}

function keysOf(rows: readonly { readonly key: number }[]): readonly number[] {
  return rows.map((row) => row.key);
}
