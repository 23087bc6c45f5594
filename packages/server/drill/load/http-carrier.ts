import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '@lastgasp/model';
import type { Instance } from '../parts/instance.ts';
import type { Carried, Carrier, Counted } from './carrier.ts';
import type { Delivery, LoadMessage } from './make-load.ts';

const ROUTES: Readonly<Record<Provider, string>> = {
  scada: '/scada-mock-generator',
  onu: '/onu-event',
  kaifa: '/hes-mock-generator',
  'call-center': '/trouble-call/intake',
};

/** A sender that gets no answer for so long sends again. */
const PATIENCE_MS = 12_000;
const LOOK_EVERY_MS = 20;
const NOTHING: Counted = { stored: 0, duplicate: 0, rejected: 0 };

/** What was seen of the server's answers. */
export interface Answers {
  /** Answers by status. */
  readonly byStatus: Map<number, number>;
  /** Milliseconds of each answer. */
  readonly tookMs: number[];
}

/** Sends by HTTP to one of the processes that are there, or to all of them at once. */
export class HttpCarrier implements Carrier, Answers {
  readonly byStatus = new Map<number, number>();
  readonly tookMs: number[] = [];
  readonly #targets: () => readonly Instance[];
  readonly #toAll: boolean;
  #isClosed = false;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

  constructor(targets: () => readonly Instance[], toAll: boolean) {
    this.#targets = targets;
    this.#toAll = toAll;
  }

  async carry({ message, chance }: Delivery): Promise<readonly Carried[]> {
    const targets = await this.#awaitTargets();
    const chosen = this.#toAll ? targets : targets.slice(Math.floor(chance * targets.length)).slice(0, 1);
    return Promise.all(chosen.map((target) => this.send(target, message)));
  }

  /** Waits while no process is there, as a sender behind a load balancer does; an error of the drill ends that. */
  async #awaitTargets(): Promise<readonly Instance[]> {
    for (;;) {
      const targets = this.#targets();
      if (targets.length > 0 || this.#isClosed) return targets;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** One message to one process. */
  async send(target: Instance, message: LoadMessage): Promise<Carried> {
    const begunAt = performance.now();
    let answer: { status: number; text: string; hasRetryAfter: boolean };
    try {
      answer = await this.#post(`${target.url}${ROUTES[message.provider]}`, message);
    } catch {
      return { kind: 'again', isAnswered: false };
    }
    this.tookMs.push(performance.now() - begunAt);
    this.byStatus.set(answer.status, (this.byStatus.get(answer.status) ?? 0) + 1);
    return judge(message, answer);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  #post(
    url: string,
    message: LoadMessage,
  ): Promise<{ status: number; text: string; hasRetryAfter: boolean }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method: 'POST', agent: this.#agent, headers: { 'content-type': message.contentType } },
        (reply) => {
          let text = '';
          reply.setEncoding('utf8');
          reply.on('data', (part: string) => {
            text += part;
          });
          reply.on('error', reject);
          reply.on('end', () =>
            resolve({
              status: reply.statusCode ?? 0,
              text,
              hasRetryAfter: reply.headers['retry-after'] !== undefined,
            }),
          );
        },
      );
      sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(message.body);
    });
  }
}

function judge(
  message: LoadMessage,
  { status, text, hasRetryAfter }: { status: number; text: string; hasRetryAfter: boolean },
): Carried {
  const isPoison = message.poisonSha256 !== null;
  const fault = (what: string): Carried => ({
    kind: 'fault',
    text: `${message.provider} ${what}: ${status} ${text.slice(0, 300)}`,
  });
  if (status === 503 || status === 429) {
    return hasRetryAfter ? { kind: 'again', isAnswered: true } : fault('was refused without Retry-After');
  }
  if (status === 200 || status === 202) {
    if (isPoison) return fault('took poison');
    const body = JSON.parse(text) as { stored: number; duplicate: number; rejected: readonly unknown[] };
    if (body.rejected.length > 0) return fault('set a part of a good message aside');
    return { kind: 'taken', counted: { stored: body.stored, duplicate: body.duplicate, rejected: 0 } };
  }
  if (status >= 400 && status < 500 && isPoison) {
    return { kind: 'refused', counted: { ...NOTHING, rejected: 1 } };
  }
  return fault('got a wrong answer');
}
