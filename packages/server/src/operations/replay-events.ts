import { defaultPolicy, equivalentDevices, formatInstant, type Network } from '@lastgasp/engine';
import { type OutageStatus, PROVIDERS, type Provider } from '@lastgasp/model';
import type { PoolClient } from 'pg';
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

/**
 * Replays a recording on a database that has the network and nothing else, and that nobody else uses. The time of receipt is
 * the recorded one, so no clock decides anything, and the same recording gives the same result.
 */
export async function replayEvents(
  database: Pick<Database, 'pool'>,
  recording: Recording,
  until: Date | null,
): Promise<Replay> {
  const correlation = new Correlation(defaultPolicy);
  const events = {
    received: recording.rejected.length,
    stored: 0,
    duplicate: 0,
    rejected: recording.rejected.length,
  };
  const outages = await withClient(database.pool, async (client) => {
    await prepareSession(client);
    let waiting = newBatches();
    let count = 0;
    const step = async () => {
      for (const provider of PROVIDERS) await store(database, provider, waiting[provider], events);
      await correlateAll(client, correlation);
      waiting = newBatches();
      count = 0;
    };
    for (const { text } of recording.lines) {
      const record = readRecordedEvent(text);
      if (!record.ok) continue;
      const { provider, body, receivedAt } = record.value;
      const read = readMessage(provider, body);
      events.received += read.events.length + read.rejected.length;
      events.rejected += read.rejected.length;
      for (const json of read.events) {
        waiting[provider].push({ json, receivedAt });
        if (++count === EVENTS_BETWEEN_STEPS) await step();
      }
    }
    await step();
    const network = await loadNetwork(client);
    return (await listOutagesWithMeters(client)).map((outage) => toReplayed(network, outage));
  });
  const asOf = until ?? recording.lines.at(-1)?.receivedAt ?? null;
  return { asOf: asOf === null ? null : formatInstant(asOf.getTime() * 1000), events, outages };
}

function newBatches(): Record<Provider, ArrivedEvent[]> {
  return { scada: [], onu: [], kaifa: [], 'call-center': [] };
}

async function store(
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

async function correlateAll(client: PoolClient, correlation: Correlation): Promise<void> {
  let isFull = true;
  while (isFull) ({ isFull } = await correlateChunk(client, correlation, CHUNK_ROWS));
}

function toReplayed(network: Network, outage: OutageWithMeters): ReplayedOutage {
  const device = network.deviceOfKey.get(outage.deviceKey) as number;
  const { scada = 0, onu = 0, kaifa = 0, call_center = 0 } = outage.sources;
  return {
    id: outage.id,
    status: outage.status,
    device: {
      id: outage.deviceCode,
      kind: outage.deviceKind,
      equivalent: equivalentDevices(network, device)
        .map((other) => network.devices[other]?.code as string)
        .sort(),
    },
    confidence: outage.confidence,
    customersOut: outage.customers,
    // Who is below a device that telemetry names is known from the registry: nothing about the number is uncertain.
    customersOutInterval: [outage.customers, outage.customers],
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
