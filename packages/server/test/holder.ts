import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Another process that uses the embedded server of a folder. */
export interface Holder {
  readonly url: string;
  readonly process: ChildProcess;
  /** Lets it go as a command that is done, and waits for its end. */
  readonly release: () => Promise<void>;
  /** Ends it as `kill -9` does, with everything in its process group. */
  readonly kill: () => Promise<void>;
}

export interface HolderAccount {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a process that joins the server of `dataFolder`; throws with its words where it cannot. */
export async function startHolder(dataFolder: string, account?: HolderAccount): Promise<Holder> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-server.ts'), dataFolder], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    detached: true,
    ...account,
  });
  const ended = once(child, 'exit');
  let notes = '';
  child.stderr.on('data', (data) => {
    notes += data;
  });
  const told = once(createInterface(child.stdout), 'line');
  const first = await Promise.race([told, ended]);
  if (typeof first[0] !== 'string') throw new Error(`the holder ended early: ${notes}`);
  return {
    url: (JSON.parse(first[0]) as { url: string }).url,
    process: child,
    release: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}
