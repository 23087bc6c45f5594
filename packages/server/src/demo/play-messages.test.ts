import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { onuMessage, scadaMessage } from '../simulation/provider-messages.ts';
import { playMessages } from './play-messages.ts';
import { NOTHING, type StormMessage } from './storm-message.ts';

interface Received {
  readonly url: string;
  readonly type: string;
  readonly source: string | undefined;
}

/** A gateway that answers with `statuses` in turn, then with 202. */
async function withGateway(
  statuses: number[],
  use: (url: string, received: Received[]) => Promise<void>,
): Promise<void> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const source = request.headers['x-scada-source'];
    received.push({
      url: request.url ?? '',
      type: request.headers['content-type'] ?? '',
      source: Array.isArray(source) ? source[0] : source,
    });
    request.resume();
    request.on('end', () => response.writeHead(statuses.shift() ?? 202).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, received);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const at = new Date('2026-01-05T18:00:00Z');
const alarm = (atOffsetSeconds: number): StormMessage => ({
  atOffsetSeconds,
  concerns: NOTHING,
  ...scadaMessage({
    eventType: 'BreakerTrip',
    alarmType: 'breaker_trip',
    substationId: 'S',
    feederId: 'F',
    mainStationId: '1',
    at,
    voltage: 0,
    severity: 'critical',
    reason: '',
    lat: null,
    lng: null,
  }),
});
const gasp: StormMessage = {
  atOffsetSeconds: 0,
  concerns: { feederIds: ['F'], meterNumbers: ['M1'] },
  ...onuMessage({
    eventId: 'DEMO-1',
    type: 'ONU_LastGaspAlert',
    onuId: 1,
    onuSerial: null,
    buildingId: 'B',
    meterNumbers: ['M1'],
    at,
    lat: null,
    lng: null,
  }),
};

const playAll = async (
  url: string,
  messages: readonly StormMessage[],
  isHeld: (message: StormMessage) => Promise<boolean> = async () => false,
): Promise<string[]> => {
  const undelivered: string[] = [];
  const signal = new AbortController().signal;
  const onUndelivered = (_: StormMessage, reason: string) => undelivered.push(reason);
  await playMessages(messages, { url, startAt: new Date(), signal, isHeld, onUndelivered });
  return undelivered;
};

test('messages go to the routes of their providers', async () => {
  await withGateway([], async (url, received) => {
    expect(await playAll(url, [alarm(0), gasp])).toEqual([]);
    expect(received.sort((a, b) => (a.url < b.url ? -1 : 1))).toEqual([
      { url: '/onu-event', type: 'application/json', source: undefined },
      { url: '/scada-mock-generator', type: 'application/json', source: 'demo' },
    ]);
  });
});

test('a message that the gateway sets aside is delivered, and one that it cannot take just now is sent again', async () => {
  await withGateway([422], async (url, received) => {
    expect(await playAll(url, [gasp])).toEqual([]);
    expect(received).toHaveLength(1);
  });
  await withGateway([503], async (url, received) => {
    expect(await playAll(url, [gasp])).toEqual([]);
    expect(received).toHaveLength(2);
  });
});

test('a message that would speak of somebody else’s outage is not sent, nor one of which that cannot be told', async () => {
  await withGateway([], async (url, received) => {
    expect(await playAll(url, [gasp, alarm(0)], async ({ concerns }) => concerns !== NOTHING)).toEqual([]);
    expect(received.map((one) => one.url)).toEqual(['/scada-mock-generator']);
    expect(await playAll(url, [gasp], () => Promise.reject(new Error('database away')))).toEqual([
      'database away',
    ]);
    expect(received).toHaveLength(1);
  });
});

test('the signal ends the playing at once, with what is still to come unsent', async () => {
  await withGateway([], async (url, received) => {
    const stop = new AbortController();
    const playing = playMessages([alarm(0), alarm(3_600)], {
      url,
      startAt: new Date(),
      signal: stop.signal,
      isHeld: async () => false,
      onUndelivered: () => undefined,
    });
    while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await playing;
    expect(received).toHaveLength(1);
  });
});
