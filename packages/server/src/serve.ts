import { fileURLToPath } from 'node:url';
import { OmsError } from '@lastgasp/model';
import type { Logger } from 'pino';
import { KeyRing } from './access/key-ring.ts';
import { isLoopback } from './access/site-boundary.ts';
import { SERVER_ROLES, type ServerRole } from './api/api-context.ts';
import { buildApp } from './api/app.ts';
import type { App } from './api/app-types.ts';
import { withQueryDeadline } from './api/deadline.ts';
import { createMetrics } from './api/metrics.ts';
import { OutageStream } from './api/outage-stream.ts';
import { toProviderHealth } from './api/provider-health.ts';
import { remember } from './api/remember.ts';
import { UnusedConnections } from './api/unused-connections.ts';
import type { Config } from './config.ts';
import { startCorrelatorThread } from './correlate/correlator-thread.ts';
import { startProviderWatch } from './health/provider-watch.ts';
import { IngestQueue } from './ingest/ingest-queue.ts';
import { connectionOptions } from './kafka/connection-options.ts';
import { KafkaSource } from './kafka/kafka-source.ts';
import { type DirectReceiver, PublishingReceiver } from './kafka/publishing-receiver.ts';
import { TopicPublisher } from './kafka/topic-publisher.ts';
import { readPolicy } from './read-policy.ts';
import { type Database, openDatabase } from './store/connect.ts';
import { migrateDatabase } from './store/migrate.ts';
import { createPool } from './store/pool.ts';
import { readEvidenceLag } from './store/queries/correlate/read-evidence-lag.ts';
import { readProviderHealth } from './store/queries/health/read-provider-health.ts';
import { countLiveApiKeys } from './store/queries/keys/count-live-api-keys.ts';
import type { Queryable } from './store/queries/queryable.ts';
import { listOutageRevisions, listRevisionsToResume } from './store/queries/reads/list-outage-revisions.ts';
import { listOutagesByNumber } from './store/queries/reads/list-outages-by-number.ts';
import { OutageListener } from './store/queries/reads/outage-listener.ts';
import { readRevisionRange } from './store/queries/reads/read-revision.ts';
import { readSiteTotals } from './store/queries/reads/read-site-totals.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  /** What this process does; everything unless told. */
  readonly roles?: readonly ServerRole[];
}

export interface RunningServer {
  /** Address of the console, with the port that was taken. */
  readonly url: string;
  /** Takes no more requests, writes what was taken, lets go of everything. Calling twice does no harm. */
  readonly close: () => Promise<void>;
}

const CONSOLE_FOLDER = fileURLToPath(new URL('../../console/public', import.meta.url));

// Two lanes of ingest, as many slices of Kafka's partitions, and two to spare; the correlator has its own.
const WRITING_CONNECTIONS = 6;
const READING_CONNECTIONS = 4;
// Keys and probes: whoever reads too much must neither keep a provider's key from being looked up nor make the server look dead.
const CONTROL_CONNECTIONS = 2;
const READ_WITHIN_MS = 5_000;
const TOTALS_REMEMBERED_MS = 2_000;
// A transaction is cut off after 60 s; twice that covers whatever was under way.
const RESUME_OVERLAP_SECONDS = 120;
const LET_GO_EVERY_MS = 50;
// Every request is answered within 5 s; what is open after twice that is not a request.
const CUT_OFF_AFTER_MS = 10_000;

/**
 * Starts the parts that `roles` name on the configured database, brought to the current schema, and listens.
 * Throws `OMS_KEY_REQUIRED` where other machines could reach it and no key was made, and `OMS_PORT_TAKEN`,
 * `OMS_PORT_FORBIDDEN` or `OMS_ADDRESS_UNKNOWN` where it cannot listen; then nothing is left running.
 */
export async function startServer({
  config,
  log,
  roles = SERVER_ROLES,
}: ServerOptions): Promise<RunningServer> {
  // What was opened last is closed first.
  const closers: (() => Promise<unknown>)[] = [];
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= closeInTurn(closers.splice(0).reverse(), log);
    return closing;
  };
  try {
    const database = await openDatabase(config, {
      applicationName: 'lastgasp serve',
      max: WRITING_CONNECTIONS,
      log: (text) => log.info(text),
      onIdleError: (error) => log.warn({ err: error }, 'an idle connection was ended by the database'),
    });
    closers.push(() => database.close());
    await migrateDatabase(database.url, { log: (text) => log.info(text) });
    await requireKeys(config, database);
    const app = await startParts({ config, log, roles, database, closers });
    return { url: await listen(app, config, roles), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts extends Required<ServerOptions> {
  readonly database: Database;
  readonly closers: (() => Promise<unknown>)[];
}

/** Opens everything but the port; each part adds how it is closed to `closers`. */
async function startParts({ config, log, roles, database, closers }: Parts): Promise<App> {
  const warn = (message: string) => (error: unknown) => log.warn({ err: error }, message);
  const readPool = createPool(database.url, {
    applicationName: 'lastgasp api',
    max: READING_CONNECTIONS,
    statementTimeoutMs: READ_WITHIN_MS,
    onIdleError: warn('an idle connection was ended by the database'),
  });
  closers.push(() => readPool.end());
  const reads = withQueryDeadline(readPool, READ_WITHIN_MS);
  const controlPool = createPool(database.url, {
    applicationName: 'lastgasp control',
    max: CONTROL_CONNECTIONS,
    statementTimeoutMs: READ_WITHIN_MS,
    onIdleError: warn('an idle connection was ended by the database'),
  });
  closers.push(() => controlPool.end());
  const control = withQueryDeadline(controlPool, READ_WITHIN_MS);

  if (roles.includes('correlate')) {
    const policy = await readPolicy(config.policyFile);
    const correlator = startCorrelatorThread({ url: database.url, policy }, log);
    closers.push(() => correlator.stop());
    const watch = startProviderWatch(database.pool, policy.providers, log);
    closers.push(() => watch.stop());
  }

  const queue = new IngestQueue({
    pool: database.pool,
    onBatch: (report) => {
      metrics.observeBatch(report);
      for (const { message, figures } of report.lines) log.info(figures, message);
    },
  });
  closers.push(() => queue.close());

  const source =
    roles.includes('ingest') && config.kafka.brokers.length > 0
      ? await KafkaSource.start({ config: config.kafka, receiver: queue, pool: database.pool, log })
      : null;
  if (source !== null) closers.push(() => source.close());
  const ingest = roles.includes('ingest')
    ? await buildGatewayReceiver({ config, log, queue, closers })
    : queue;

  const stream = buildStream(reads, log);
  const listener = new OutageListener(database.url, {
    onWake: () => stream.wake(),
    onError: warn('the notification of outages was interrupted'),
  });
  if (roles.includes('api')) {
    stream.start();
    closers.push(() => stream.stop());
    await listener.start();
    closers.push(() => listener.close());
  }

  const siteTotals = remember(() => readSiteTotals(reads), TOTALS_REMEMBERED_MS);
  const kafkaReading = { state: () => source?.state ?? null, topics: config.kafka.topics };
  const providerHealth = remember(
    async () => toProviderHealth(await readProviderHealth(control), new Date(), kafkaReading),
    TOTALS_REMEMBERED_MS,
  );
  const metrics = createMetrics({
    ingestCounts: queue.counts,
    waitingEvents: () => queue.waiting,
    pools: { ingest: database.pool, api: readPool, control: controlPool },
    streamClients: () => stream.size,
    evidenceLag: () => readEvidenceLag(control),
    kafka: kafkaReading.state,
    siteTotals,
    providerHealth,
  });
  const onLoopback = isLoopback(config.host);
  const app = await buildApp(
    {
      roles,
      reads,
      control,
      ingest,
      ingestCounts: queue.counts,
      stream,
      metrics,
      keyRing: new KeyRing(control, { onError: warn('the last use of a key was not noted') }),
      siteTotals,
      providerHealth,
      onLoopback,
      siteTimeZone: config.siteTimeZone,
      startedAt: new Date(),
      consoleFolder: CONSOLE_FOLDER,
    },
    log,
  );
  const unused = new UnusedConnections(app.server);
  closers.push(() => closeApp(app, unused));
  return app;
}

/** Where the gateways hand messages in: the database, Kafka's topics, or both. */
async function buildGatewayReceiver({
  config: { kafka },
  log,
  queue,
  closers,
}: Pick<Parts, 'config' | 'log' | 'closers'> & { readonly queue: IngestQueue }): Promise<DirectReceiver> {
  if (kafka.gatewayTarget === 'database') return queue;
  const publisher = new TopicPublisher(await connectionOptions(kafka, 'lastgasp-gateway'));
  closers.push(() => publisher.close());
  return new PublishingReceiver({
    target: kafka.gatewayTarget,
    topics: kafka.topics,
    direct: queue,
    publisher,
    onTooLarge: (provider) =>
      log.warn({ provider }, 'a message is too large for the Kafka brokers; it is taken into the database'),
  });
}

function buildStream(reads: Queryable, log: Logger): OutageStream {
  return new OutageStream(
    {
      readRange: () => readRevisionRange(reads),
      listRevisions: (after, missing, limit) => listOutageRevisions(reads, { after, missing, limit }),
      listToResume: (after, limit) => listRevisionsToResume(reads, after, RESUME_OVERLAP_SECONDS, limit),
      listOutages: (numbers) => listOutagesByNumber(reads, numbers),
    },
    { onError: (error) => log.warn({ err: error }, 'the changes of outages could not be read') },
  );
}

/**
 * Stops listening and waits for the answers under way. A connection that was answered meanwhile stays open for
 * the client's next request, so those are let go of again and again, like those that nothing came on; a client that
 * dribbles is cut off.
 */
async function closeApp(app: App, unused: UnusedConnections): Promise<void> {
  const letGo = setInterval(() => {
    app.server.closeIdleConnections();
    unused.close();
  }, LET_GO_EVERY_MS);
  const cutOff = setTimeout(() => app.server.closeAllConnections(), CUT_OFF_AFTER_MS);
  try {
    await app.close();
  } finally {
    clearInterval(letGo);
    clearTimeout(cutOff);
  }
}

async function requireKeys(config: Config, database: Database): Promise<void> {
  if (isLoopback(config.host) || (await countLiveApiKeys(database.pool)) > 0) return;
  throw new OmsError(
    'OMS_KEY_REQUIRED',
    `HOST=${config.host} can be reached from other machines, but no key has been made. Make one first, for ` +
      'example: lastgasp keys create --name "control room" --scope read --scope ingest',
  );
}

async function listen(app: App, config: Config, roles: readonly ServerRole[]): Promise<string> {
  try {
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (address) => `listening at ${address}: ${roles.join(', ')}`,
    });
  } catch (cause) {
    throw explainListenError(cause, config);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  // The address that stands for all of them is none that a browser can open.
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function explainListenError(cause: unknown, { host, port }: Config): unknown {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new OmsError(
        'OMS_PORT_TAKEN',
        `Another program listens on ${host} port ${port}. Set PORT to another one; PORT=0 takes any that is free.`,
        { cause },
      );
    case 'EACCES':
      return new OmsError(
        'OMS_PORT_FORBIDDEN',
        `This user may not listen on ${host} port ${port}. Set PORT to one above 1023.`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OmsError('OMS_ADDRESS_UNKNOWN', `HOST=${host} is no address of this machine.`, { cause });
    default:
      return cause;
  }
}

/** Closes all of them, also where one fails. */
async function closeInTurn(closers: readonly (() => Promise<unknown>)[], log: Logger): Promise<void> {
  for (const closeOne of closers) {
    await closeOne().catch((error: unknown) => log.warn({ err: error }, 'a part did not close cleanly'));
  }
}
