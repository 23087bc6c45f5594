import { createHash } from 'node:crypto';
import { PROVIDERS, type Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import { awaitCorrelated } from '../../src/correlate/await-correlated.ts';
import { readMessage } from '../../src/ingest/providers/read-message.ts';
import { type ArrivedEvent, insertEvents } from '../../src/store/queries/ingest/insert-events.ts';
import { readCanonicalState } from '../../test/correlation-story.ts';
import type { Load } from '../load/make-load.ts';
import type { DrillCluster } from '../parts/drill-cluster.ts';

const BATCH = 500;

const RAW_EVENTS: Readonly<Record<Provider, string>> = {
  scada: 'scada_events',
  onu: 'onu_events',
  kaifa: 'kaifa_events',
  'call-center': 'callcenter_ticket_messages',
};

type Events = Readonly<Record<Provider, readonly ArrivedEvent[]>>;

/** How two canonical states differ, in a line; null where they are the same. */
export function findDifference(state: string, other: string): string | null {
  if (state === other) return null;
  const only = without(state, other);
  const lacking = without(other, state);
  return (
    `${shortHash(state)} and ${shortHash(other)} differ: ${only.length} lines that the other has not (${only[0]?.slice(0, 400)}), ` +
    `${lacking.length} that it has besides (${lacking[0]?.slice(0, 400)})`
  );
}

/** Lines of a state that another has not, or not as often. */
function without(state: string, other: string): readonly string[] {
  const left = other.split('\n');
  return state.split('\n').filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const shortHash = (state: string): string => createHash('sha256').update(state).digest('hex').slice(0, 12);

/** I5: the state that the stored raw events lead to in a database that knows nothing else. */
export async function rebuildFromRaw(cluster: DrillCluster, pool: Pool, name: string): Promise<string> {
  const events = {} as Record<Provider, readonly ArrivedEvent[]>;
  for (const provider of PROVIDERS) {
    const { rows } = await pool.query<{ json: string; received_at: Date }>(
      `select raw_payload::text as json, received_at from ${RAW_EVENTS[provider]} order by id`,
    );
    events[provider] = rows.map(({ json, received_at }) => ({ json, receivedAt: received_at }));
  }
  return stateAfter(cluster, name, events);
}

/** I4: the state of a load whose messages come once, in order and undisturbed; what is stamped beyond belief is left out. */
export function buildInOrder(cluster: DrillCluster, load: Load, name: string): Promise<string> {
  const receivedAt = new Date();
  const events = {} as Record<Provider, ArrivedEvent[]>;
  for (const provider of PROVIDERS) {
    events[provider] = load.messages
      .filter((one) => one.provider === provider && one.poisonSha256 === null && !one.isFromNowhere)
      .flatMap(({ body }) => readMessage(provider, body).events.map((json) => ({ json, receivedAt })));
  }
  return stateAfter(cluster, name, events);
}

async function stateAfter(cluster: DrillCluster, name: string, events: Events): Promise<string> {
  const database = await cluster.createDatabase(name);
  try {
    for (const provider of PROVIDERS) {
      for (let begin = 0; begin < events[provider].length; begin += BATCH) {
        await insertEvents(database.pool, provider, events[provider].slice(begin, begin + BATCH));
      }
    }
    await awaitCorrelated(database);
    return await readCanonicalState(database.pool);
  } finally {
    await database.drop();
  }
}
