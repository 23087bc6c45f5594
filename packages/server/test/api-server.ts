import type { ServerRole } from '../src/api/api-context.ts';
import type { Config } from '../src/config.ts';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { type RunningServer, startServer } from '../src/serve.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** A real server on a free port with a database of its own that holds the small network. */
export interface ApiServer extends RunningServer {
  readonly database: TestDatabase;
  readonly config: Config;
  /** Everything that the server logged, a JSON object a line. */
  readonly logged: () => string;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  readonly post: (
    path: string,
    body: string | Uint8Array | object,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members it looks at
  readonly json: any;
}

export interface ApiServerOptions {
  readonly roles?: readonly ServerRole[];
  readonly host?: string;
  /** What else the server's environment sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs on the database before the server starts. */
  readonly prepare?: (database: TestDatabase) => Promise<void>;
}

/** The environment of a server on `url`, with what a test wants different. */
export function configFor(url: string, environment: Record<string, string> = {}): Config {
  const read = readConfig({ DATABASE_URL: url, PORT: '0', ...environment });
  if (!read.ok) throw new Error('the environment of the test is not valid');
  return read.value;
}

/** Starts a server without a correlator, unless told; what it logs is kept, not printed. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  await options.prepare?.(database);
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  const config = configFor(database.url, {
    ...options.environment,
    ...(options.host === undefined ? {} : { HOST: options.host }),
  });
  const server = await startServer({ config, log, roles: options.roles ?? ['api', 'ingest'] });
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const answer = await fetch(new URL(path, server.url), init);
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : null,
    };
  };
  return {
    ...server,
    database,
    config,
    logged: () => lines.join(''),
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as NonNullable<RequestInit['body']>)
            : JSON.stringify(body),
        headers,
      }),
    stop: async () => {
      await server.close();
      await database.drop();
    },
  };
}
