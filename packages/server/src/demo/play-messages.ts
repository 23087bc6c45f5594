import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '@lastgasp/model';
import type { StormMessage } from './storm-message.ts';

/** The routes that the utility's providers send to. */
const ROUTES: Readonly<Record<Provider, string>> = {
  scada: '/scada-mock-generator',
  onu: '/onu-event',
  kaifa: '/hes-mock-generator',
  'call-center': '/call-center-ticket-generator',
};

/** Requests under way at a time: as many as a few dozen concentrators would have. */
const MAX_UNDER_WAY = 24;

/** A message that the server cannot take just now is sent again after this time, so often. */
const RETRY_AFTER_MS = 1_000;
const ATTEMPTS = 5;

/** How messages are played. */
export interface PlayOptions {
  /** Address of the server. */
  readonly url: string;
  /** The instant of offset 0. */
  readonly startAt: Date;
  /** Ends the playing; what is under way is let go. */
  readonly signal: AbortSignal;
  /** Whether a message whose time has come must not be sent, because it would speak of somebody else's outage. */
  readonly isHeld: (message: StormMessage) => Promise<boolean>;
  /** Told what could not be delivered in the end. */
  readonly onUndelivered: (message: StormMessage, reason: string) => void;
}

/**
 * Sends messages, sorted by their offsets, to the gateways of a server, each when its time has come. What the
 * gateway refuses is delivered: it set the message aside. Ends with the messages or the signal.
 */
export async function playMessages(messages: Iterable<StormMessage>, options: PlayOptions): Promise<void> {
  const { startAt, signal, onUndelivered } = options;
  const underWay = new Set<Promise<void>>();
  for (const message of messages) {
    const wait = startAt.getTime() + message.atOffsetSeconds * 1_000 - Date.now();
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
    while (underWay.size >= MAX_UNDER_WAY && !signal.aborted) await Promise.race(underWay);
    if (signal.aborted) break;
    const sending: Promise<void> = send(message, options)
      .catch((error: unknown) => {
        if (!signal.aborted) onUndelivered(message, error instanceof Error ? error.message : String(error));
      })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  }
  await Promise.all(underWay);
}

async function send(message: StormMessage, { url, signal, isHeld }: PlayOptions): Promise<void> {
  if (await isHeld(message)) return;
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${url}${ROUTES[message.provider]}`, {
      method: 'POST',
      headers: {
        'content-type': message.contentType,
        ...(message.provider === 'scada' ? { 'x-scada-source': 'demo' } : {}),
      },
      body: message.body,
      signal,
    });
    await response.arrayBuffer();
    if (response.status < 500 && response.status !== 429) return;
    if (attempt === ATTEMPTS) throw new Error(`the gateway answered ${response.status}`);
    await sleep(RETRY_AFTER_MS, undefined, { signal });
  }
}
