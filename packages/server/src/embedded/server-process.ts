import type { ServerUser } from './server-user.ts';

/** Variables that programs of PostgreSQL need to run at all; `SystemRoot` and the rest are for Windows. */
const KEPT_VARIABLES = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'windir', 'ComSpec', 'TEMP', 'TMP'] as const;

export interface ServerProcessOptions {
  readonly cwd: string | undefined;
  readonly env: Record<string, string>;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * How every program of PostgreSQL is started. The environment is not ours: `PG…` and locale variables would
 * change what it does, and another account could read our secrets in it. The working directory is one that
 * every account can read.
 */
export function serverProcessOptions(
  user: ServerUser | null,
  extra: Record<string, string> = {},
): ServerProcessOptions {
  const env: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC', ...extra };
  for (const name of KEPT_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    cwd: process.platform === 'win32' ? undefined : '/',
    env,
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  };
}
