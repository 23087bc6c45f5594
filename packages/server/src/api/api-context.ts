import type { ProviderHealth } from '@lastgasp/model';
import type { KeyRing } from '../access/key-ring.ts';
import type { InboundMessage, Receipt } from '../ingest/inbound-message.ts';
import type { IngestCounts } from '../ingest/ingest-counts.ts';
import type { NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import type { SiteTotals } from '../store/queries/reads/read-site-totals.ts';
import type { Metrics } from './metrics.ts';
import type { OutageStream } from './outage-stream.ts';

/** What a server does: answer operators, take provider messages, correlate. */
export const SERVER_ROLES = ['api', 'ingest', 'correlate'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

/** Where the gateway hands messages in. */
export interface MessageReceiver {
  readonly receive: (message: InboundMessage) => Promise<Receipt>;
  /** Keeps what is not read as a dead letter; gives its id after the commit. */
  readonly setAside: (letter: NewDeadLetter) => Promise<number>;
}

/** Everything that routes work with, made once. */
export interface ApiContext {
  readonly roles: readonly ServerRole[];
  /** The operators' own connections, with a deadline: ingest cannot keep them waiting. */
  readonly reads: Queryable;
  /** Connections for keys and probes alone, with the same deadline: neither reads nor ingest can keep them waiting. */
  readonly control: Queryable;
  readonly ingest: MessageReceiver;
  readonly ingestCounts: IngestCounts;
  readonly stream: OutageStream;
  readonly metrics: Metrics;
  readonly keyRing: KeyRing;
  /** The totals of the site, read at most every few seconds however many ask. */
  readonly siteTotals: () => Promise<SiteTotals>;
  /** How the providers do, read at most every few seconds. */
  readonly providerHealth: () => Promise<ProviderHealth[]>;
  /** True where the server can be reached from this machine only: open for trying out, without keys. */
  readonly onLoopback: boolean;
  readonly siteTimeZone: string;
  readonly startedAt: Date;
  /** The folder of the page that is served at `/`. */
  readonly consoleFolder: string;
}
