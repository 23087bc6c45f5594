import { PROVIDER_CONDITIONS, PROVIDERS, type ProviderHealth } from '@lastgasp/model';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { IngestCounts } from '../ingest/ingest-counts.ts';
import type { BatchReport } from '../ingest/report-batch.ts';
import type { KafkaSourceState } from '../kafka/kafka-source.ts';
import type { EvidenceLag } from '../store/queries/correlate/read-evidence-lag.ts';
import type { SiteTotals } from '../store/queries/reads/read-site-totals.ts';

/** A pool of connections as metrics show it. */
export interface PoolState {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Where the figures come from that are read when `/metrics` is asked. */
export interface MetricsSources {
  /** What became of the provider events that this process took. */
  readonly ingestCounts: IngestCounts;
  /** Events that wait to be written. */
  readonly waitingEvents: () => number;
  readonly pools: Readonly<Record<string, PoolState>>;
  readonly streamClients: () => number;
  /** How far the correlator is behind. Fails where the database is away. */
  readonly evidenceLag: () => Promise<EvidenceLag>;
  readonly siteTotals: () => Promise<SiteTotals>;
  readonly providerHealth: () => Promise<readonly ProviderHealth[]>;
  /** What this process reads of Kafka; null where it reads none. */
  readonly kafka: () => KafkaSourceState | null;
}

/** The counters of one process and the page that Prometheus reads. */
export interface Metrics {
  readonly observeBatch: (report: BatchReport) => void;
  readonly observeRequest: (route: string, method: string, status: number, seconds: number) => void;
  readonly contentType: string;
  readonly render: () => Promise<string>;
}

// From a memory answer to the longest that a request may take.
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics on a registry of their own, so that two servers in one process do not share counters. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  new Counter({
    name: 'oms_events_received_total',
    help: 'Provider events received, by what became of them: stored, duplicate, rejected (set aside)',
    labelNames: ['provider', 'result'],
    registers,
    collect() {
      this.reset();
      for (const provider of PROVIDERS) {
        const counts = sources.ingestCounts[provider];
        for (const result of ['stored', 'duplicate', 'rejected'] as const) {
          this.inc({ provider, result }, counts[result]);
        }
      }
    },
  });
  const batchEvents = new Histogram({
    name: 'oms_ingest_batch_events',
    help: 'Provider events in one transaction',
    labelNames: ['provider'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'oms_ingest_batch_duration_seconds',
    help: 'Time to write and commit one batch',
    labelNames: ['provider'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const requests = new Histogram({
    name: 'oms_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['route', 'method', 'status'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  registerKafka(registry, sources.kafka);
  const refresh = registerGauges(registry, sources);

  return {
    observeBatch: (report) => {
      batchEvents.observe({ provider: report.provider }, report.events);
      batchSeconds.observe({ provider: report.provider }, report.milliseconds / 1000);
    },
    observeRequest: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    contentType: registry.contentType,
    render: async () => {
      await refresh();
      return registry.metrics();
    },
  };
}

/** Where no topic is read, nothing is told. */
function registerKafka(registry: Registry, state: MetricsSources['kafka']): void {
  const registers = [registry];
  new Gauge({
    name: 'oms_kafka_member',
    help: '1 where this process is a member of the consumer group',
    registers,
    collect() {
      const now = state();
      if (now === null) this.remove();
      else this.set(now.isMember ? 1 : 0);
    },
  });
  new Gauge({
    name: 'oms_kafka_lag_messages',
    help: "Messages of this process's partitions that are not stored yet",
    labelNames: ['topic', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const { topic, partition, lag } of state()?.partitions ?? []) {
        if (lag !== null) this.set({ topic, partition: String(partition) }, lag);
      }
    },
  });
  new Gauge({
    name: 'oms_kafka_paused_partitions',
    help: 'Partitions that nothing more is fetched of until what was fetched is stored',
    registers,
    collect() {
      const now = state();
      if (now === null) this.remove();
      else this.set(now.partitions.filter(({ isPaused }) => isPaused).length);
    },
  });
  new Counter({
    name: 'oms_kafka_overtaken_total',
    help: 'Slices that were not written because another process had taken the same messages',
    registers,
    collect() {
      this.reset();
      const now = state();
      if (now === null) this.remove();
      else this.inc(now.overtaken);
    },
  });
}

/** Adds the gauges; gives what reads those that the database tells, all from one look at it. */
function registerGauges(registry: Registry, sources: MetricsSources): () => Promise<void> {
  const registers = [registry];
  new Gauge({
    name: 'oms_db_pool_connections',
    help: 'Connections of a pool: total, idle, and requests waiting for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, state] of Object.entries(sources.pools)) {
        this.set({ pool, state: 'total' }, state.totalCount);
        this.set({ pool, state: 'idle' }, state.idleCount);
        this.set({ pool, state: 'waiting' }, state.waitingCount);
      }
    },
  });
  new Gauge({
    name: 'oms_ingest_waiting',
    help: 'Provider events that wait to be written',
    registers,
    collect() {
      this.set(sources.waitingEvents());
    },
  });
  new Gauge({
    name: 'oms_sse_clients',
    help: 'Open live streams',
    registers,
    collect() {
      this.set(sources.streamClients());
    },
  });
  const up = new Gauge({
    name: 'oms_database_up',
    help: '1 where the database answered this scrape',
    registers,
  });
  const lag = new Gauge({
    name: 'oms_evidence_lag_seconds',
    help: 'Age of the oldest evidence that the correlator has not read',
    registers,
  });
  const waiting = new Gauge({
    name: 'oms_evidence_waiting',
    help: 'Evidence that the correlator has not read',
    registers,
  });
  const open = new Gauge({
    name: 'oms_outages_open',
    help: 'Open outages that no announced work explains',
    labelNames: ['state'],
    registers,
  });
  const planned = new Gauge({
    name: 'oms_outages_planned',
    help: 'Open outages that announced work explains',
    registers,
  });
  const customersOut = new Gauge({
    name: 'oms_customers_out',
    help: 'Customers held to be out now',
    registers,
  });
  const letters = new Gauge({
    name: 'oms_dlq_size',
    help: 'Messages set aside and not yet dealt with; provider unknown where not even that could be told',
    labelNames: ['provider'],
    registers,
  });
  const unmatched = new Gauge({
    name: 'oms_unmatched_identifiers',
    help: 'Identifiers of stored events that the registry does not know',
    labelNames: ['provider'],
    registers,
  });
  const tellProviders = registerProviders(registry);
  return async () => {
    for (const gauge of [open, letters, unmatched]) gauge.reset();
    tellProviders([]);
    try {
      const [totals, evidence, health] = await Promise.all([
        sources.siteTotals(),
        sources.evidenceLag(),
        sources.providerHealth(),
      ]);
      up.set(1);
      lag.set(evidence.ageSeconds);
      waiting.set(evidence.rows);
      customersOut.set(totals.customersOutNow);
      planned.set(totals.plannedOutages);
      for (const [state, outages] of Object.entries(totals.openOutages)) open.set({ state }, outages);
      letters.set({ provider: 'unknown' }, totals.unknownDeadLetters);
      for (const provider of PROVIDERS) {
        const { deadLetters, unmatched: identifiers } = totals.providers[provider];
        letters.set({ provider }, deadLetters);
        unmatched.set({ provider }, identifiers);
      }
      tellProviders(health);
    } catch {
      // What is not known is left out: an old figure would look like a calm site.
      up.set(0);
      lag.remove();
      waiting.remove();
      customersOut.remove();
      planned.remove();
    }
  };
}

/** Adds the gauges of the providers' health; gives what sets them. What is not known of a provider is left out. */
function registerProviders(registry: Registry): (health: readonly ProviderHealth[]) => void {
  const gauge = (name: string, help: string, ...labels: readonly string[]) =>
    new Gauge({ name, help, labelNames: ['provider', ...labels], registers: [registry] });
  const conditions = gauge(
    'oms_provider_condition',
    '1 where a provider is silent, late, duplicating or unreliable now',
    'condition',
  );
  const delays = gauge(
    'oms_provider_delay_seconds',
    'Receipt less the time of the event, of the last quarter of an hour',
    'quantile',
  );
  const plain: readonly [Gauge, (health: ProviderHealth) => number | null][] = [
    [
      gauge('oms_provider_silence_seconds', "Time since a provider's newest message was received"),
      (health) => health.silenceSeconds,
    ],
    [
      gauge(
        'oms_provider_silent_after_seconds',
        'Silence from which on a provider is silent, by its own past',
      ),
      (health) => health.silentAfterSeconds,
    ],
    [
      gauge('oms_provider_messages_per_minute', 'Messages of the last half hour, a minute'),
      (health) => health.messagesPerMinute,
    ],
    [
      gauge('oms_provider_usual_messages_per_minute', 'Messages a minute in the median comparable hour'),
      (health) => health.usualMessagesPerMinute,
    ],
    [
      gauge(
        'oms_provider_duplicate_share',
        'Share of what was taken in the last half hour that was known, 0 to 1',
      ),
      (health) => health.duplicateShare,
    ],
    [
      gauge(
        'oms_provider_reject_share',
        'Share of what came in the last half hour that was set aside, 0 to 1',
      ),
      (health) => health.rejectShare,
    ],
  ];
  return (all) => {
    for (const one of [conditions, delays, ...plain.map(([each]) => each)]) one.reset();
    for (const health of all) {
      const { provider, delay } = health;
      for (const condition of PROVIDER_CONDITIONS) {
        const lasts = health.conditions.some((one) => one.condition === condition);
        conditions.set({ provider, condition }, lasts ? 1 : 0);
      }
      for (const [one, value] of plain) {
        const known = value(health);
        if (known !== null) one.set({ provider }, known);
      }
      if (delay === null) continue;
      delays.set({ provider, quantile: '0.1' }, delay.lowSeconds);
      delays.set({ provider, quantile: '0.5' }, delay.medianSeconds);
      delays.set({ provider, quantile: '0.9' }, delay.highSeconds);
    }
  };
}
