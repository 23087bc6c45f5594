import {
  defaultPolicy,
  equivalentDevices,
  formatInstant,
  type Instant,
  type Network,
} from '@lastgasp/engine';
import { type OutageStatus, PROVIDERS, type Provider } from '@lastgasp/model';
import { correlateChunk } from '../correlate/correlate-chunk.ts';
import { Correlation } from '../correlate/correlation.ts';
import { readMessage } from '../ingest/providers/read-message.ts';
import { readRecordedEvent } from '../ingest/reading/recorded-event.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import type { Database } from '../store/connect.ts';
import { withClient } from '../store/pool.ts';
import {
  listOutagesWithMeters,
  type OutageWithMeters,
} from '../store/queries/correlate/list-outages-with-meters.ts';
import { loadNetwork } from '../store/queries/correlate/load-network.ts';
import { prepareSession } from '../store/queries/correlate/prepare-session.ts';
import type { ArrivedEvent } from '../store/queries/ingest/insert-events.ts';
import type { Recording } from './read-recording.ts';

/** One outage as `replay --json` prints it. */
export interface ReplayedOutage {
  readonly id: string;
  readonly status: OutageStatus;
  readonly device: { readonly id: string; readonly kind: string; readonly equivalent: readonly string[] };
  readonly confidence: number;
  readonly customersOut: number;
  readonly customersOutInterval: readonly [low: number, high: number];
  readonly customersOutNow: number;
  readonly meters: readonly string[];
  readonly startedAt: string;
  readonly detectedAt: string;
  readonly endedAt: string | null;
  readonly momentary: boolean;
  readonly sources: {
    readonly scada: number;
    readonly onu: number;
    readonly kaifa: number;
    readonly call_center: number;
  };
  readonly replacedBy: string | null;
}

/** What `replay --json` prints. */
export interface Replay {
  /** Where the clock stands at the end; null where it was never set. */
  readonly asOf: string | null;
  /** Provider events; an unreadable message counts as one. */
  readonly events: {
    readonly received: number;
    readonly stored: number;
    readonly duplicate: number;
    readonly rejected: number;
  };
  readonly outages: readonly ReplayedOutage[];
}

/** Evidence is correlated each time so many events are stored, wherever the clock stands: the same at every run. */
const EVENTS_BETWEEN_STEPS = 1_000;
const CHUNK_ROWS = 20_000;

/** After the last message the clock runs on for so many microseconds at most: everything that waits for time has been told by then. */
const RUNS_ON = 24 * 3_600_000_000;

/**
 * Replays a recording on a database that has the network and nothing else, and that nobody else uses. The clock is that of the
 * recording: between two messages it stands wherever the engine waits for it, so the same recording gives the same result.
 */
export async function replayEvents(
  database: Pick<Database, 'pool'>,
  recording: Recording,
  until: Date | null,
  policy = defaultPolicy,
): Promise<Replay> {
  const correlation = new Correlation(policy);
  const events = {
    received: recording.rejected.length,
    stored: 0,
    duplicate: 0,
    rejected: recording.rejected.length,
  };
  const end = until === null ? Number.POSITIVE_INFINITY : until.getTime() * 1000;
  let clock: Instant | null = null;
  const outages = await withClient(database.pool, async (client) => {
    await prepareSession(client);
    let waiting = newBatches();
    let count = 0;
    const correlateAt = async (at: Instant): Promise<void> => {
      clock = at;
      let isFull = true;
      while (isFull)
        ({ isFull } = await correlateChunk(
          client,
          correlation,
          CHUNK_ROWS,
          async () => undefined,
          () => ({ at, isNews: true }),
        ));
    };
    const store = async (): Promise<void> => {
      for (const provider of PROVIDERS) await storeWaiting(database, provider, waiting[provider], events);
      waiting = newBatches();
      count = 0;
    };
    /** Lets the clock run to an instant, and stops it wherever time alone changes something. */
    const runTo = async (instant: Instant): Promise<void> => {
      for (;;) {
        const due: Instant | null = clock === null ? null : correlation.nextDueAt();
        if (due === null || due >= instant) return;
        await correlateAt(due);
      }
    };
    let receivedLast: Instant | null = null;
    for (const { text } of recording.lines) {
      const record = readRecordedEvent(text);
      if (!record.ok) continue;
      const { provider, body, receivedAt } = record.value;
      const at = receivedAt.getTime() * 1000;
      const due = clock === null ? null : correlation.nextDueAt();
      const isApart = receivedLast !== null && at - receivedLast > TOGETHER;
      if (count > 0 && (count >= EVENTS_BETWEEN_STEPS || isApart || (due !== null && at > due))) {
        await store();
        await correlateAt(receivedLast as Instant);
      }
      await runTo(at);
      receivedLast = at;
      const read = readMessage(provider, body);
      events.received += read.events.length + read.rejected.length;
      events.rejected += read.rejected.length;
      for (const json of read.events) {
        waiting[provider].push({ json, receivedAt });
        count++;
      }
    }
    if (receivedLast !== null) {
      await store();
      await correlateAt(receivedLast);
      await runTo(Math.min(end, receivedLast + RUNS_ON));
      if (until !== null) await correlateAt(end);
    }
    const network = await loadNetwork(client);
    return (await listOutagesWithMeters(client)).map((outage) => toReplayed(network, outage));
  });
  const asOf = until === null ? clock : end;
  return { asOf: asOf === null ? null : formatInstant(asOf), events, outages };
}

/** Messages received within so many microseconds of each other are taken in one step. */
const TOGETHER = 1_000_000;

function newBatches(): Record<Provider, ArrivedEvent[]> {
  return { scada: [], onu: [], kaifa: [], 'call-center': [] };
}

async function storeWaiting(
  { pool }: Pick<Database, 'pool'>,
  provider: Provider,
  batch: readonly ArrivedEvent[],
  counts: { stored: number; duplicate: number; rejected: number },
): Promise<void> {
  if (batch.length === 0) return;
  for (const outcome of await storeBatch(pool, provider, batch)) {
    counts[outcome.ok ? outcome.value.outcome : 'rejected']++;
  }
}

function toReplayed(network: Network, outage: OutageWithMeters): ReplayedOutage {
  const { scada = 0, onu = 0, kaifa = 0, call_center = 0 } = outage.sources;
  return {
    id: outage.id,
    status: outage.status,
    device:
      outage.serviceOf === null
        ? toDevice(network, outage)
        : { id: outage.serviceOf, kind: 'service', equivalent: [] },
    confidence: outage.confidence,
    customersOut: outage.customers,
    customersOutInterval: [outage.customersLow, outage.customersHigh],
    customersOutNow: outage.customersOutNow,
    meters: outage.meterNumbers,
    startedAt: formatInstant(outage.startedAt),
    detectedAt: formatInstant(outage.detectedAt),
    endedAt: outage.endedAt === null ? null : formatInstant(outage.endedAt),
    momentary: outage.isMomentary,
    sources: { scada, onu, kaifa, call_center },
    replacedBy: outage.replacedBy,
  };
}

function toDevice(
  network: Network,
  { deviceKey, deviceCode, deviceKind }: OutageWithMeters,
): ReplayedOutage['device'] {
  const device = network.deviceOfKey.get(deviceKey) as number;
  return {
    id: deviceCode,
    kind: deviceKind,
    equivalent: equivalentDevices(network, device)
      .map((other) => network.devices[other]?.code as string)
      .sort(),
  };
}
