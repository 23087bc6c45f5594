import { readFileSync } from 'node:fs';
import { PROVIDERS, type Provider, REJECTION_CODES, type Rejection } from '@lastgasp/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callCenterMessage, onuMessage, scadaMessage, soapEnvelope } from '../testing/example-messages.ts';
import { type ReadMessage, readMessage } from './read-message.ts';

const EXAMPLES: readonly (readonly [string, Provider, number])[] = [
  ['scada.json', 'scada', 1],
  ['onu-last-gasp.json', 'onu', 1],
  ['onu-power-restored.json', 'onu', 1],
  ['kaifa-last-gasp.xml', 'kaifa', 1],
  ['kaifa-power-restored.xml', 'kaifa', 1],
  ['call-center.json', 'call-center', 1],
];
const example = (name: string) =>
  readFileSync(new URL(`../../../../../examples/messages/${name}`, import.meta.url));

/** A message of each provider that its reader takes. */
const VALID: Readonly<Record<Provider, object | string>> = {
  scada: scadaMessage(),
  onu: onuMessage(),
  kaifa: soapEnvelope([{ asset: 'A1' }, { asset: 'A2' }]),
  'call-center': callCenterMessage(),
};
const written = (message: object | string) =>
  typeof message === 'string' ? message : JSON.stringify(message);
const mirrored = (body: unknown, more: object = {}) => ({
  timestamp: '2025-09-24T13:51:31.555369',
  source: 'http-gateway',
  request: {
    method: 'POST',
    uri: '/x',
    path: '/x',
    remote_addr: '10.0.0.1',
    user_agent: 'HES/1.0',
    content_type: 'text/xml',
    content_length: 10,
    body,
    headers: { host: 'gateway' },
    ...more,
  },
  topic: 'a-topic',
  processed_at: '2025-09-24T13:51:31.600000',
});
const faults = ({ rejected }: ReadMessage) => rejected.map(({ rejection: { code, field } }) => [code, field]);

describe('a message of a provider', () => {
  test.each(EXAMPLES)('as examples/messages/%s has it is taken', (name, provider, events) => {
    const read = readMessage(provider, example(name));
    expect(read.rejected).toEqual([]);
    expect(read.events).toHaveLength(events);
  });

  test.each(PROVIDERS)('of %s is the same whatever way it came', (provider) => {
    const message = VALID[provider];
    const bare = readMessage(provider, message);
    expect(bare.events.length).toBeGreaterThan(0);
    const text = written(message);
    const ways: Record<string, unknown> = {
      text,
      bytes: Buffer.from(text),
      'a byte order mark': Buffer.from(`\ufeff${text}`),
      'blanks around it': `\r\n ${text} \n`,
      'an envelope': { timestamp: '2025-09-24T13:51:31.555369', source: 's', event: message, topic: 't' },
      'an envelope with an event type': { event_type: 'ONU_Event', event: message },
      'an envelope with a text': { event: text },
      'a mirrored request': mirrored(text),
      'a mirrored request with an object': mirrored(message),
      'a request inside an event': { event: mirrored(text).request, topic: 't' },
      'an envelope inside a mirrored request': mirrored(JSON.stringify({ event: message })),
      'a text of JSON': JSON.stringify(JSON.stringify({ event: message })),
      'an array of one': [{ event: message }],
    };
    for (const [way, body] of Object.entries(ways)) {
      const given = typeof body === 'string' || Buffer.isBuffer(body) ? body : (body as object);
      expect(readMessage(provider, given), way).toEqual(bare);
      if (!Buffer.isBuffer(given))
        expect(readMessage(provider, written(given)), `${way}, written`).toEqual(bare);
    }
  });

  test.each(PROVIDERS)(
    'of %s stays the same under another order of its keys and with other fields beside',
    (provider) => {
      const message = readMessage(provider, VALID[provider]).events[0]!;
      const entries = Object.entries(JSON.parse(message));
      const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 }), {
        maxKeys: 3,
      });
      fc.assert(
        fc.property(
          fc.shuffledSubarray(entries, { minLength: entries.length }),
          extra,
          (shuffled, beside) => {
            fc.pre(!JSON.stringify(beside).includes('__proto__'));
            const read = readMessage(
              provider,
              JSON.stringify(Object.fromEntries([...shuffled, ...Object.entries(beside)])),
            );
            expect(read.rejected).toEqual([]);
            const event = JSON.parse(read.events[0]!);
            for (const [key, value] of entries) expect(event[key]).toEqual(value);
            if (provider !== 'kaifa') expect(event).toMatchObject(JSON.parse(JSON.stringify(beside)));
          },
        ),
      );
    },
  );

  test('handed on is itself a message, with the same outcome', () => {
    for (const provider of PROVIDERS) {
      const { events, subjects } = readMessage(provider, VALID[provider]);
      for (const [at, event] of events.entries()) {
        expect(readMessage(provider, event)).toEqual({
          events: [event],
          subjects: [subjects[at]],
          rejected: [],
        });
      }
    }
  });
});

describe('what an event is about', () => {
  test.each<[string, Provider, object, readonly string[]]>([
    ['the substation of an alarm', 'scada', scadaMessage({ substationId: 'S1', feederId: 'F1' }), ['S1']],
    ['the number of a fibre terminal', 'onu', onuMessage({ onuId: 3230316 }), ['3230316']],
    ['the id of a ticket', 'call-center', callCenterMessage({ ticketId: 'T-7' }), ['T-7']],
    ['the digits of a ticket', 'call-center', callCenterMessage({ ticketId: 42 }), ['42']],
  ])('is %s', (_what, provider, message, subjects) => {
    expect(readMessage(provider, message).subjects).toEqual(subjects);
  });

  test('is told for each message of a list, and stays with its event where one between is set aside', () => {
    const substations = ['S1', null, 'S3'];
    const read = readMessage(
      'scada',
      substations.map((substationId) => scadaMessage({ substationId })),
    );
    expect(read.rejected).toHaveLength(1);
    expect(read.subjects).toEqual(['S1', 'S3']);
    expect(read.events.map((event) => JSON.parse(event).substationId)).toEqual(read.subjects);
  });
});

describe('an envelope', () => {
  test.each(['X-SCADA-Source', 'x-scada-source', 'X-Scada-SOURCE'])(
    'names the sender in its header %s',
    (name) => {
      const { events } = readMessage('scada', mirrored(scadaMessage(), { headers: { [name]: 'RTU-7' } }));
      expect(JSON.parse(events[0]!).source).toBe('RTU-7');
      const listed = readMessage(
        'scada',
        mirrored(scadaMessage(), { headers: { [name]: ['RTU-8', 'RTU-9'] } }),
      );
      expect(JSON.parse(listed.events[0]!).source).toBe('RTU-8');
    },
  );

  test('that mirrored a request of its own wins over the request that brought it', () => {
    const body = mirrored(scadaMessage(), { headers: { 'X-SCADA-Source': 'RTU-7' } });
    expect(JSON.parse(readMessage('scada', body, { source: 'mirror' }).events[0]!).source).toBe('RTU-7');
    const silent = mirrored(scadaMessage());
    expect(JSON.parse(readMessage('scada', silent, { source: 'mirror' }).events[0]!).source).toBe('mirror');
  });

  test('says nothing of when the event was: its own time without offset is not read', () => {
    expect(
      readMessage('scada', { timestamp: 'whenever', processed_at: null, event: scadaMessage() }).rejected,
    ).toEqual([]);
  });

  test.each<[string, unknown, string, string | null]>([
    ['no body in its request', { request: { method: 'POST' } }, 'missing_field', 'request.body'],
    ['an empty body', mirrored(''), 'missing_field', 'request.body'],
    ['a body that is broken JSON', mirrored('{"eventType":'), 'invalid_json', 'request.body'],
    ['a body with a key given twice', mirrored('{"a":{"b":1,"b":2}}'), 'invalid_json', 'request.body.a.b'],
    ['a body that is plain text', mirrored('hello'), 'invalid_envelope', 'request.body'],
    ['a number as its event', { event: 5 }, 'invalid_envelope', 'event'],
    ['an event without anything of the provider', { event: { a: 1 } }, 'missing_field', 'eventType'],
    [
      'more envelopes than any path has',
      [[[[[[[[scadaMessage()]]]]]]]],
      'invalid_envelope',
      '[0][0][0][0][0][0]',
    ],
  ])('with %s is set aside, naming what is missing', (_what, body, code, field) => {
    const read = readMessage('scada', body as object);
    expect(read.events).toEqual([]);
    expect(faults(read)).toEqual([[code, field]]);
  });

  test('that is none, and no message either, is set aside naming what is missing', () => {
    expect(readMessage('onu', { hello: 'world' }).rejected[0]?.rejection.reason).toBe(
      "is missing, and no envelope's event or request either",
    );
  });

  test('is told from a message that has fields named like one', () => {
    const message = scadaMessage({ event: { a: 1 }, request: 'r-1', body: 'b' });
    expect(readMessage('scada', message).events).toEqual([JSON.stringify(message)]);
  });
});

describe('an array of messages', () => {
  test('gives those that can be read, and names the others by their place', () => {
    const read = readMessage('scada', [
      scadaMessage({ voltage: 'x' }),
      { event: scadaMessage() },
      null,
      mirrored('{'),
      mirrored(scadaMessage({ coordinates: { lat: 99, lng: 0 } })),
      scadaMessage(),
    ]);
    expect(read.events).toHaveLength(2);
    expect(faults(read)).toEqual([
      ['invalid_field', '[0].voltage'],
      ['invalid_envelope', '[2]'],
      ['invalid_json', '[3].request.body'],
      ['invalid_field', '[4].coordinates.lat'],
    ]);
    expect(read.rejected[0]?.rejection.reason).toBe('must be a number, got the text "x"');
    expect(read.rejected[3]?.payload).toBe(
      JSON.stringify(scadaMessage({ coordinates: { lat: 99, lng: 0 } })),
    );
  });

  test('is taken as the body of a mirrored request too', () => {
    const texts = mirrored(JSON.stringify([onuMessage(), onuMessage({ onuId: 'x' })]));
    expect(readMessage('onu', texts).events).toHaveLength(1);
    expect(faults(readMessage('onu', texts))).toEqual([['invalid_field', '[1].onuId']]);
  });

  test('may hold SOAP envelopes as texts', () => {
    const read = readMessage('kaifa', [soapEnvelope([{}]), soapEnvelope([{ type: null }, {}]), '<a>']);
    expect(read.events).toHaveLength(2);
    expect(faults(read)).toEqual([
      ['missing_field', '[1].EndDeviceEvent[0].EndDeviceEventType.ref'],
      ['invalid_xml', '[2]'],
    ]);
  });

  test('of more than 1,000, also nested, is set aside whole', () => {
    const many = Array.from({ length: 1001 }, () => scadaMessage());
    const halves = [many.slice(0, 600), { event: JSON.stringify(many.slice(600)) }];
    expect(readMessage('scada', many.slice(1)).events).toHaveLength(1000);
    for (const batch of [many, halves]) {
      expect(readMessage('scada', batch)).toMatchObject({
        events: [],
        rejected: [{ rejection: { code: 'too_large' }, payload: JSON.stringify(batch) }],
      });
    }
  });

  test('that an envelope would repeat something large in is set aside whole', () => {
    const batch = {
      event: Array.from({ length: 1000 }, (_, at) => callCenterMessage({ ticketId: at })),
      intake: { intakeId: 'INT-1', padding: 'x'.repeat(100_000) },
    };
    expect(readMessage('call-center', batch)).toMatchObject({
      events: [],
      rejected: [{ rejection: { code: 'too_large' }, payload: JSON.stringify(batch) }],
    });
  });

  test('without messages is set aside', () => {
    expect(faults(readMessage('scada', []))).toEqual([['invalid_envelope', null]]);
  });
});

describe('what cannot be read', () => {
  test.each<[string, Provider, string | Uint8Array, string]>([
    ['nothing', 'scada', '', 'invalid_json'],
    ['blanks', 'onu', '  \n', 'invalid_json'],
    ['bytes that are no UTF-8', 'scada', Buffer.from([0x7b, 0xff, 0x7d]), 'not_text'],
    ['UTF-16', 'kaifa', Buffer.from('\ufeff<a/>', 'utf16le'), 'not_text'],
    ['a surrogate written as UTF-8', 'scada', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not_text'],
    ['a text with half of a surrogate pair', 'scada', '{"a":"\ud800"}', 'not_text'],
    ['XML from a provider that sends JSON', 'onu', '<a/>', 'invalid_json'],
    ['broken XML', 'kaifa', '<a>', 'invalid_xml'],
    ['neither XML nor JSON', 'kaifa', 'EndDeviceEvents', 'invalid_json'],
    ['SOAP with a DOCTYPE', 'kaifa', soapEnvelope([{}]).replace('?>', '?><!DOCTYPE x>'), 'unsafe_content'],
  ])('for it is %s is set aside once, with itself as the payload', (_what, provider, body, code) => {
    const { events, rejected } = readMessage(provider, body);
    expect(events).toEqual([]);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.rejection.code).toBe(code);
    expect(rejected[0]?.payload.isWellFormed()).toBe(true);
    if (typeof body === 'string' && body.isWellFormed()) expect(rejected[0]?.payload).toBe(body);
  });

  test('is kept byte for byte where it is no UTF-8', () => {
    const bytes = Buffer.from([0, 1, 0xff, 0x7b]);
    const { rejected } = readMessage('scada', bytes);
    expect(rejected[0]?.payload).toBe(`data:application/octet-stream;base64,${bytes.toString('base64')}`);
  });

  test('for its size is set aside with its beginning', () => {
    const large = JSON.stringify(scadaMessage({ padding: 'é'.repeat(600_000) }));
    for (const body of [large, Buffer.from(large), JSON.parse(large)]) {
      const { events, rejected } = readMessage('scada', body);
      expect(events).toEqual([]);
      expect(rejected[0]?.rejection).toEqual({
        code: 'too_large',
        field: null,
        reason: expect.stringMatching(/ at most 1048576 are taken\. Only the first 1048576 are kept/),
        cutFrom: Buffer.byteLength(large),
      });
      const kept = rejected[0]!.payload;
      expect(large.startsWith(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(1024 * 1024);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(1024 * 1024 - 4);
    }
    expect(readMessage('scada', scadaMessage({ padding: 'é'.repeat(500_000) })).events).toHaveLength(1);
  });

  test('for its size is measured by what is in the envelope for the head-end: SOAP of 2 MB, JSON of 1 MB', () => {
    const soap = soapEnvelope([{ more: `<!--${'x'.repeat(1_500_000)}-->` }]);
    expect(readMessage('kaifa', mirrored(soap)).events).toHaveLength(1);
    const json = JSON.parse(readMessage('kaifa', soapEnvelope([{}])).events[0]!);
    expect(faults(readMessage('kaifa', { ...json, padding: 'x'.repeat(1_500_000) }))).toEqual([
      ['too_large', null],
    ]);
  });

  test('for it is no JSON value is set aside', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    let deep: unknown = 0;
    for (let level = 0; level < 20_000; level++) deep = [deep];
    for (const body of [
      cycle,
      { n: 1n },
      deep as object,
      new Map(),
      { toJSON: () => undefined },
      null as unknown as object,
    ]) {
      const { events, rejected } = readMessage('scada', body);
      expect(events).toEqual([]);
      expect(rejected).toHaveLength(1);
    }
  });
});

describe('no input whatever', () => {
  const anyBody = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }),
    fc.json({ maxDepth: 5 }),
    fc.object({ withNullPrototype: true, withDate: true, withMap: true, withBigInt: true }),
    fc.array(fc.anything(), { maxLength: 4 }),
  );
  const broken = fc
    .tuple(fc.constantFrom(...PROVIDERS), fc.nat(), fc.nat(200), fc.string({ unit: 'binary', maxLength: 6 }))
    .map(([provider, at, length, put]) => {
      const text = written(VALID[provider]);
      const cut = at % text.length;
      return text.slice(0, cut) + put + text.slice(cut + length);
    });
  const changed = fc
    .tuple(
      fc.constantFrom(...PROVIDERS),
      fc.nat(),
      fc.anything({ withBigInt: false, withNullPrototype: true }),
    )
    .map(([provider, at, value]) => {
      const event = JSON.parse(readMessage(provider, VALID[provider]).events[0]!);
      const keys = Object.keys(event);
      return { ...event, [keys[at % keys.length]!]: value };
    });

  test('makes the reader throw or fail, or leaves a rejection without a reason', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROVIDERS), fc.oneof(anyBody, broken, changed), (provider, body) => {
        const { events, rejected } = readMessage(provider, body);
        expect(events.length + rejected.length).toBeGreaterThan(0);
        for (const event of events) expect(() => JSON.parse(event)).not.toThrow();
        for (const { rejection, payload } of rejected) {
          expect(REJECTION_CODES).toContain(rejection.code);
          expect(rejection.code).not.toBe('unreadable');
          expect(rejection.reason).toMatch(/^[^\p{Cc}\p{Cs}]{8,}$/u);
          if (rejection.field !== null)
            expect(rejection.reason.startsWith(`${rejection.field}: `)).toBe(false);
          expect(payload.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  /** An event kept alone is the first of its message. */
  const placeless = ({ code, reason }: Rejection) => [
    code,
    reason.replace(/EndDeviceEvent\[\d+\]/, 'EndDeviceEvent'),
  ];

  test('set aside is set aside for another reason when it is sent again as it was kept', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROVIDERS), changed, (provider, body) => {
        for (const { rejection, payload } of readMessage(provider, body).rejected) {
          const again = readMessage(provider, payload).rejected.map((one) => placeless(one.rejection));
          expect(again).toContainEqual(placeless(rejection));
        }
      }),
      { numRuns: 500 },
    );
  });
});
