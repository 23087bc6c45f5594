import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isEvidencePending, readSnapshot } from '../src/store/queries/correlate/is-evidence-pending.ts';
import type { HttpCarrier } from './load/http-carrier.ts';
import type { KafkaCarrier } from './load/kafka-carrier.ts';
import type { LoadPlayer } from './load/load-player.ts';
import type { Load } from './load/make-load.ts';
import type { DrillBroker } from './parts/drill-broker.ts';
import type { DrillCluster, DrillDatabase } from './parts/drill-cluster.ts';
import { findPort, Instance, type InstanceOptions, LAUNCHER } from './parts/instance.ts';

const run = promisify(execFile);

/** I13: within this time of a fault's end all must be well, without a hand. */
export const RECOVERY_WITHIN_MS = 10_000;
const GIVE_UP_AFTER_MS = 60_000;

export interface StageOptions {
  readonly seed: number;
  /** Whether it is to be over soon. */
  readonly isShort: boolean;
  readonly random: () => number;
  readonly folder: string;
  readonly cluster: DrillCluster;
  readonly database: DrillDatabase;
  readonly broker: DrillBroker | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly roles: string | undefined;
}

/** What a drill plays on: a database, processes, a load, and where it says what it saw. */
export class Stage {
  readonly options: StageOptions;
  readonly instances: Instance[] = [];
  readonly proofs: string[] = [];
  readonly breaches: string[] = [];
  readonly recoveriesMs: number[] = [];
  /** Lines of logs that this fault calls for. */
  readonly expectedLogLines: RegExp[] = [];
  /** Whether processes died whose counts are gone with them. */
  hasLostCounts = false;
  load!: Load;
  player!: LoadPlayer;
  http!: HttpCarrier;
  kafka: KafkaCarrier | null = null;

  constructor(options: StageOptions) {
    this.options = options;
  }

  get cluster(): DrillCluster {
    return this.options.cluster;
  }

  get database(): DrillDatabase {
    return this.options.database;
  }

  /** The broker of a drill whose carrier is Kafka. */
  get broker(): DrillBroker {
    if (this.options.broker === null) throw new Error('this drill has no broker');
    return this.options.broker;
  }

  /** The first process. */
  get first(): Instance {
    return this.instances[0] as Instance;
  }

  /** Processes that can be asked. */
  get running(): readonly Instance[] {
    return this.instances.filter((instance) => instance.isRunning);
  }

  /** A number of this seed's, from `from` up to `to`. */
  between(from: number, to: number): number {
    return from + this.options.random() * (to - from);
  }

  /** Starts one process more. */
  async startInstance(changes: Partial<InstanceOptions> = {}): Promise<Instance> {
    const name = `serve-${this.instances.length + 1}`;
    const instance = await Instance.start({
      name,
      folder: this.options.folder,
      port: await findPort(),
      roles: this.options.roles,
      environment: { DATABASE_URL: this.database.url, ...this.options.environment },
      onUnexpectedEnd: (how) => this.breaches.push(`${name} ended by itself: ${how}`),
      ...changes,
    });
    this.instances.push(instance);
    return instance;
  }

  /** Starts a process again in the place of one that has ended, as a service manager does. */
  async startAgain(gone: Instance, changes: Partial<InstanceOptions> = {}): Promise<Instance> {
    const instance = await gone.startAgain(changes);
    this.instances[this.instances.indexOf(gone)] = instance;
    return instance;
  }

  /** How a command of `lastgasp` is called with Node. */
  commandLine(args: readonly string[]): string[] {
    return [LAUNCHER, ...args];
  }

  /** Runs a command to its end, on this drill's database unless told; throws where its exit code is none of `codes`. */
  async runCommand(
    args: readonly string[],
    codes: readonly number[],
    url = this.database.url,
  ): Promise<string> {
    const env = { PATH: process.env.PATH, DATABASE_URL: url };
    const ended = await run(process.execPath, this.commandLine(args), { env }).then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        text: error.stdout + error.stderr,
      }),
    );
    if (!codes.includes(ended.code))
      throw new Error(`${args.join(' ')} ended with ${ended.code}: ${ended.text}`);
    return ended.text;
  }

  /** Notes that the fault really happened, and by what that was seen. */
  prove(what: string): void {
    this.proofs.push(what);
  }

  /** Notes what must not be. */
  breach(what: string): void {
    this.breaches.push(what);
  }

  /** Waits until something is so; throws after `withinMs`. */
  async until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    while (!(await isSo())) {
      if (performance.now() > giveUpAt) throw new Error(`${what}: not within ${withinMs / 1000} s`);
      await sleep(20);
    }
  }

  /**
   * To be called at the fault's end: measures how long it takes until every process says that it is ready and takes a message,
   * and what was known at that moment is correlated.
   */
  async healed(): Promise<void> {
    const healedAt = performance.now();
    const isOver = () => performance.now() - healedAt > GIVE_UP_AFTER_MS;
    const missing: string[] = [];
    const wait = async (what: string, isSo: () => Promise<boolean>) => {
      while (!(await isSo().catch(() => false))) {
        if (isOver()) {
          missing.push(what);
          return;
        }
        await sleep(20);
      }
    };
    let snapshot = '';
    await wait('the database answers', async () => {
      snapshot = await readSnapshot(this.database.pool);
      return true;
    });
    const put = this.kafka?.put ?? 0;
    await Promise.all([
      ...this.running.map(async (instance) => {
        await wait(`${instance.name} is ready`, () => instance.isReady());
        await wait(`${instance.name} takes a message`, () => this.#takesMessage(instance));
      }),
      wait('evidence is correlated', async () => !(await isEvidencePending(this.database.pool, snapshot))),
      wait(
        'Kafka is read',
        async () => this.kafka === null || (await this.kafka.countRead(this.database.pool)) >= put,
      ),
    ]);
    const tookMs = performance.now() - healedAt;
    this.recoveriesMs.push(tookMs);
    if (missing.length > 0)
      this.breach(`I13 not well a minute after the fault: not so: ${missing.join('; ')}`);
    else if (tookMs > RECOVERY_WITHIN_MS)
      this.breach(`I13 well only ${(tookMs / 1000).toFixed(1)} s after the fault`);
  }

  /** One more copy of a message of the load. */
  async #takesMessage(instance: Instance): Promise<boolean> {
    const message = this.load.messages.find(({ poisonSha256 }) => poisonSha256 === null);
    if (message === undefined) throw new Error('the load is empty');
    const [result] = [await this.http.send(instance, message)];
    if (result.kind === 'taken') {
      const sum = this.player.counted[message.provider];
      sum.stored += result.counted.stored;
      sum.duplicate += result.counted.duplicate;
    } else if (result.kind === 'again' && !result.isAnswered) this.player.unanswered++;
    return result.kind === 'taken';
  }
}
