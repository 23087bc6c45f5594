import { expect, test } from 'vitest';
import type { InboundMessage, Receipt } from '../ingest/inbound-message.ts';
import { readMessage } from '../ingest/providers/read-message.ts';
import {
  callCenterMessage,
  onuMessage,
  scadaMessage,
  soapEnvelope,
} from '../ingest/testing/example-messages.ts';
import type { NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import { PublishingReceiver } from './publishing-receiver.ts';
import { type OutboundMessage, PublishTooLarge, PublishUnavailable } from './topic-publisher.ts';

const TOPICS = { scada: 's', onu: 'o', kaifa: 'k', 'call-center': 'c' };
const DIRECT: Receipt = {
  events: [{ id: 7, outcome: 'stored', metersMatched: 1, detail: null }],
  rejected: [],
};

function open(target: 'kafka' | 'both', publish: () => Promise<void> = async () => undefined) {
  const published: OutboundMessage[] = [];
  const direct: InboundMessage[] = [];
  const letters: NewDeadLetter[] = [];
  const tooLarge: string[] = [];
  const receiver = new PublishingReceiver({
    target,
    topics: TOPICS,
    direct: {
      receive: async (message) => {
        direct.push(message);
        return DIRECT;
      },
      setAside: async (letter) => letters.push(letter),
    },
    publisher: {
      publish: async (message) => {
        await publish();
        published.push(message);
      },
    },
    onTooLarge: (provider) => tooLarge.push(provider),
  });
  const send = (provider: InboundMessage['provider'], body: object | string, sender?: string) =>
    receiver.receive({
      provider,
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      receivedAt: new Date('2025-09-24T10:52:00Z'),
      transport: 'http',
      ...(sender === undefined ? {} : { sender }),
    });
  return { send, published, direct, letters, tooLarge };
}

test.each([
  ['scada', scadaMessage(), 's'],
  ['onu', onuMessage(), 'o'],
  ['kaifa', soapEnvelope([{ mrid: 'a' }, { mrid: 'b' }]), 'k'],
  ['call-center', callCenterMessage(), 'c'],
] as const)(
  'a %s message that was published is read from its topic as it was sent',
  async (provider, message, topic) => {
    const { send, published, direct } = open('kafka');
    await send(provider, message);
    expect(direct).toEqual([]);
    expect(published.map((one) => one.topic)).toEqual([topic]);
    const bare = readMessage(provider, typeof message === 'string' ? message : JSON.stringify(message));
    const carried = readMessage(provider, published[0]?.value ?? '');
    const withoutIntake = (events: readonly string[]) =>
      events.map((json) => ({ ...(JSON.parse(json) as object), intake: undefined }));
    expect(carried.rejected).toEqual([]);
    expect(withoutIntake(carried.events)).toEqual(withoutIntake(bare.events));
    expect(published[0]?.key).toBe(bare.subjects[0]);
  },
);

test('the envelopes are those of the topics', async () => {
  const { send, published } = open('kafka');
  await send('scada', scadaMessage({ voltage: 11000 }), 'RTU-7');
  await send('onu', onuMessage());
  await send('kaifa', soapEnvelope([{}]));
  await send('call-center', callCenterMessage());
  const [scada, onu, kaifa, call] = published.map(({ value }) => JSON.parse(value));
  for (const [envelope, topic] of [
    [scada, 's'],
    [onu, 'o'],
    [kaifa, 'k'],
    [call, 'c'],
  ] as const) {
    expect(envelope).toMatchObject({ timestamp: '2025-09-24T10:52:00.000Z', source: 'lastgasp', topic });
    expect(Number.isNaN(Date.parse(envelope.processed_at))).toBe(false);
  }
  expect(scada.event).toMatchObject({ voltage: 11000, source: 'RTU-7' });
  expect(onu).toMatchObject({ event_type: 'ONU_Event', event: { onuId: 3230316 } });
  expect(kaifa.request).toMatchObject({ method: 'POST', content_type: 'text/xml', body: soapEnvelope([{}]) });
  expect(call.intake).toEqual({
    intakeId: 'INT-TC-2025-09-24-000117',
    omsEventId: 'OMS-TC-2025-09-24-000117',
  });
});

test('numbers are published to the last digit', async () => {
  const { send, published } = open('kafka');
  await send('scada', JSON.stringify(scadaMessage()).replace('"voltage":0', '"voltage":33.50'));
  expect(JSON.parse(published[0]?.value ?? '').event.voltage).toBe(33.5);
});

test('each event of an array goes alone, what cannot be read is set aside at once', async () => {
  const { send, published, letters } = open('kafka');
  const receipt = await send('onu', [onuMessage(), onuMessage({ onuId: 'x' }), onuMessage({ onuId: 5 })]);
  expect(published.map(({ key }) => key)).toEqual(['3230316', '5']);
  expect(letters).toMatchObject([{ transport: 'http', rejection: { field: '[1].onuId' } }]);
  expect(receipt).toMatchObject({ events: [], rejected: [{ deadLetterId: 1 }], published: { events: 2 } });
});

test('a message of which nothing can be read is answered as ever, and not published', async () => {
  const { send, published, direct } = open('kafka');
  expect(await send('onu', 'no message')).toBe(DIRECT);
  expect([published.length, direct.length]).toEqual([0, 1]);
});

test('with both, it is in the database before it is on the topic, and the answer is that of the database', async () => {
  const { send, published, direct } = open('both');
  expect(await send('onu', onuMessage())).toMatchObject({ events: [{ id: 7 }], published: { events: 1 } });
  expect([published.length, direct.length]).toEqual([1, 1]);
});

test.each(['kafka', 'both'] as const)(
  'where no broker takes it, a sender of %s is told to come again',
  async (target) => {
    const { send } = open(target, () => Promise.reject(new PublishUnavailable(new Error('away'))));
    await expect(send('onu', onuMessage())).rejects.toBeInstanceOf(PublishUnavailable);
  },
);

test.each(['kafka', 'both'] as const)(
  'what is too large for the brokers is taken directly, once, with %s',
  async (target) => {
    const { send, direct, tooLarge } = open(target, () => Promise.reject(new PublishTooLarge()));
    expect(await send('kaifa', soapEnvelope([{}]))).toBe(DIRECT);
    expect([direct.length, tooLarge]).toEqual([1, ['kaifa']]);
  },
);
