import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

export const LAUNCHER = resolve(import.meta.dirname, '../../bin/lastgasp.mjs');
const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 20_000;

export interface InstanceOptions {
  readonly name: string;
  /** Holds its log. */
  readonly folder: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roles?: string | undefined;
  /** Most file handles that it may have; the system's own limit unless told. */
  readonly fileHandles?: number | undefined;
  /** Told where it ends and nobody asked it to. */
  readonly onUnexpectedEnd: (how: string) => void;
}

/** One process of `serve`, as an operator's service manager starts it. */
export class Instance {
  readonly name: string;
  readonly url: string;
  readonly options: InstanceOptions;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #ended: Promise<string>;
  #isEndExpected = false;
  #isFrozen = false;

  private constructor(options: InstanceOptions, child: ChildProcess, logFile: string) {
    this.name = options.name;
    this.options = options;
    this.url = `http://127.0.0.1:${options.port}`;
    this.#child = child;
    this.#logFile = logFile;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      const how = String(signal ?? code);
      if (!this.#isEndExpected) options.onUnexpectedEnd(how);
      return how;
    });
  }

  /** Starts one and resolves once it listens. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const logFile = join(options.folder, `${options.name}.log`);
    const log = openSync(logFile, 'a');
    const call = [LAUNCHER, 'serve', ...(options.roles === undefined ? [] : ['--roles', options.roles])];
    const [program, args] =
      options.fileHandles === undefined
        ? [process.execPath, call]
        : [
            '/bin/sh',
            ['-c', `ulimit -n ${options.fileHandles} && exec "$0" "$@"`, process.execPath, ...call],
          ];
    const child = spawn(program, args, {
      env: {
        PATH: process.env.PATH,
        LASTGASP_LOG_LEVEL: 'info',
        ...options.environment,
        PORT: String(options.port),
      },
      // The channel carries no messages: its end tells the process that the drill is gone, however it died.
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    closeSync(log);
    const instance = new Instance(options, child, logFile);
    const isListening = new Promise<boolean>((listening) => {
      child.stdout?.once('data', () => listening(true));
      const timer = setTimeout(() => listening(false), START_WITHIN_MS);
      void instance.#ended.then(() => listening(false)).finally(() => clearTimeout(timer));
    });
    if (!(await isListening)) {
      await instance.kill();
      throw new Error(`${options.name} did not start:\n${instance.log().slice(-2_000)}`);
    }
    return instance;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it can be asked anything now. */
  get isRunning(): boolean {
    return this.isAlive && !this.#isFrozen;
  }

  /** What it has written to standard error since it was first started. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<string> {
    this.#isEndExpected = true;
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  /** Asks it to end, and gives how it did; 0 is right. One that does not is killed. */
  async stop(): Promise<string> {
    this.thaw();
    this.#isEndExpected = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    const how = await this.#ended;
    clearTimeout(timer);
    return how;
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#child.kill('SIGCONT');
  }

  /** Another process in the place of this one, which has ended. */
  startAgain(changes: Partial<InstanceOptions> = {}): Promise<Instance> {
    return Instance.start({ ...this.options, ...changes });
  }

  /** An answer to a GET, or null where none came within two seconds. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string } | null> {
    try {
      const answer = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_500) });
      return { status: answer.status, text: await answer.text() };
    } catch {
      return null;
    }
  }

  async isReady(): Promise<boolean> {
    const answer = await this.get('/health/ready');
    return answer?.status === 200 && (JSON.parse(answer.text) as { status: string }).status === 'ready';
  }

  /** The values of a metric by the text of its labels, which is empty where it has none. */
  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    const text = (await this.get('/metrics'))?.text ?? '';
    const lines = text.matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, 'gm'));
    return new Map(Array.from(lines, (line) => [line[1] ?? '', Number(line[2])]));
  }
}

/** A port that nothing listens on, below those that systems give to outgoing connections. */
export async function findPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((told) => {
      server.once('error', () => told(false));
      server.listen(port, '127.0.0.1', () => server.close(() => told(true)));
    });
    if (isFree) return port;
  }
}
