import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SoapEvent, type SoapPrefixes, soapEnvelope } from '../../testing/example-messages.ts';
import { readMessage } from '../read-message.ts';

const read = (body: string | object) => {
  const { events, rejected } = readMessage('kaifa', body);
  return {
    events: events.map((text) => JSON.parse(text)),
    rejections: rejected.map(({ rejection }) => rejection),
  };
};
const fault = (event: SoapEvent, header?: string) => {
  const { events, rejections } = read(soapEnvelope([event], header === undefined ? {} : { header }));
  expect(events.length + rejections.length).toBe(1);
  return rejections[0] ?? 'accepted';
};

describe('a SOAP envelope of the head-end', () => {
  test('gives one event for each EndDeviceEvent, in order, each with the header', () => {
    const { events } = read(
      soapEnvelope([{ asset: 'A1' }, { asset: 'A2', type: 'PowerRestored' }, { asset: 'A3' }]),
    );
    expect(events.map(({ payload }) => payload.assets['ns2:mRID'])).toEqual(['A1', 'A2', 'A3']);
    expect(events.map(({ payload }) => payload.event_type['@ref'])).toEqual([
      '3.26.0.85',
      'PowerRestored',
      '3.26.0.85',
    ]);
    expect(events.map(({ header }) => header.message_id)).toEqual(['m-1', 'm-1', 'm-1']);
  });

  test('keeps every field of the message in the spelling of the existing converter', () => {
    const header =
      '<ns1:Header><ns1:Verb>created</ns1:Verb><ns1:Noun>EndDeviceEvents</ns1:Noun><ns1:Revision>2.0</ns1:Revision>' +
      '<ns1:Timestamp>2025-09-24T10:51:36Z</ns1:Timestamp><ns1:Source>HES</ns1:Source><ns1:AsyncReplyFlag>TRUE</ns1:AsyncReplyFlag>' +
      '<ns1:AckRequired>0</ns1:AckRequired><ns1:User><ns1:UserID>u</ns1:UserID><ns1:Organization>o</ns1:Organization></ns1:User>' +
      '<ns1:MessageID>m</ns1:MessageID><ns1:CorrelationID>c</ns1:CorrelationID><ns1:Comment>hello</ns1:Comment></ns1:Header>';
    const more =
      '<ns2:issuerID>i</ns2:issuerID><ns2:issuerTrackingID>t</ns2:issuerTrackingID><ns2:reason>r &amp; s</ns2:reason>' +
      '<ns2:severity>hIGH</ns2:severity><ns2:userID>e</ns2:userID>' +
      '<ns2:EndDeviceEventDetails><ns2:name>Voltage</ns2:name><ns2:value>0</ns2:value></ns2:EndDeviceEventDetails>' +
      '<ns2:EndDeviceEventDetails><ns2:name>Phase</ns2:name><ns2:value>A</ns2:value></ns2:EndDeviceEventDetails>' +
      '<ns2:Names><ns2:name>n</ns2:name><ns2:NameType><ns2:description>d</ns2:description><ns2:name>nt</ns2:name></ns2:NameType></ns2:Names>' +
      '<ns2:status><ns2:dateTime>2025-09-24T10:51:35Z</ns2:dateTime><ns2:reason>sr</ns2:reason><ns2:remark>sm</ns2:remark><ns2:value>sv</ns2:value></ns2:status>';
    expect(read(soapEnvelope([{ usagePoint: 'U1', more }], { header })).events).toEqual([
      {
        message_type: 'EndDeviceEvents',
        header: {
          verb: 'created',
          noun: 'EndDeviceEvents',
          revision: '2.0',
          timestamp: '2025-09-24T10:51:36Z',
          source: 'HES',
          async_reply_flag: true,
          ack_required: false,
          user: { user_id: 'u', organization: 'o' },
          message_id: 'm',
          correlation_id: 'c',
          comment: 'hello',
        },
        payload: {
          mrid: 'evt-1',
          created_date_time: '2025-09-24T13:51:30+03:00',
          issuer_id: 'i',
          issuer_tracking_id: 't',
          reason: 'r & s',
          severity: 'hIGH',
          user_id: 'e',
          assets: { 'ns2:mRID': 'KFM1' },
          details: [
            { name: 'Voltage', value: '0' },
            { name: 'Phase', value: 'A' },
          ],
          event_type: { '@ref': '3.26.0.85' },
          names: [{ name: 'n', name_type: 'nt', description: 'd' }],
          status: { date_time: '2025-09-24T10:51:35Z', reason: 'sr', remark: 'sm', value: 'sv' },
          usage_point: { 'ns2:mRID': 'U1' },
        },
      },
    ]);
  });

  test('with one bad event of three gives the other two, and the bad one alone to be mended and sent again', () => {
    const { events, rejected } = readMessage(
      'kaifa',
      soapEnvelope([{ asset: 'A1' }, { asset: 'A2', createdAt: '2025-09-24T13:51:30' }, { asset: 'A3' }]),
    );
    expect(events).toHaveLength(2);
    expect(rejected.map(({ rejection }) => rejection)).toEqual([
      {
        code: 'invalid_field',
        field: 'EndDeviceEvent[1].createdDateTime',
        reason: 'must carry its offset from UTC (Z or ±hh:mm), got the text "2025-09-24T13:51:30"',
      },
    ]);
    const mended = rejected[0]!.payload.replace('13:51:30"', '13:51:30+03:00"');
    expect(readMessage('kaifa', mended)).toEqual({ events: [mended], subjects: ['A2'], rejected: [] });
  });

  test.each([
    [{ asset: null, usagePoint: 'U1' }],
    [{ createdAt: null }],
    [{ mrid: null }],
    [{ type: 'Power Outage' }],
    [{ type: 'CoverOpened' }],
    [{ more: '<ns2:severity>anything at all</ns2:severity>' }],
  ])('with an event of %j is taken', (event) => {
    expect(fault(event)).toBe('accepted');
  });

  test('without any header is taken', () => {
    expect(read(soapEnvelope([{ createdAt: null }], { header: '' })).events).toMatchObject([{ header: {} }]);
  });

  test.each<[SoapEvent, string, string]>([
    [{ type: null }, 'missing_field', 'EndDeviceEvent[0].EndDeviceEventType.ref'],
    [{ type: '' }, 'missing_field', 'EndDeviceEvent[0].EndDeviceEventType.ref'],
    [
      { type: null, more: '<ns2:EndDeviceEventType>PowerOutage</ns2:EndDeviceEventType>' },
      'missing_field',
      'EndDeviceEvent[0].EndDeviceEventType.ref',
    ],
    [{ asset: null }, 'missing_field', 'EndDeviceEvent[0].Assets.mRID'],
    [{ asset: ' ' }, 'missing_field', 'EndDeviceEvent[0].Assets.mRID'],
    [{ createdAt: 'yesterday' }, 'invalid_field', 'EndDeviceEvent[0].createdDateTime'],
    [{ asset: 'x'.repeat(129) }, 'invalid_field', 'EndDeviceEvent[0].Assets.mRID'],
    [
      { more: '<ns2:status><ns2:dateTime>x</ns2:dateTime></ns2:status>' },
      'invalid_field',
      'EndDeviceEvent[0].status.dateTime',
    ],
    [
      { more: '<ns2:createdDateTime>2025-09-24T00:00:00Z</ns2:createdDateTime>' },
      'invalid_field',
      'EndDeviceEvent[0].createdDateTime',
    ],
    [
      {
        more: `<ns2:EndDeviceEventDetails><ns2:value>${'x'.repeat(2001)}</ns2:value></ns2:EndDeviceEventDetails>`,
      },
      'invalid_field',
      'EndDeviceEvent[0].EndDeviceEventDetails[0].value',
    ],
  ])('with an event of %j has it set aside: %s %s', (event, code, field) => {
    expect(fault(event)).toMatchObject({ code, field });
  });

  test.each([
    ['<ns1:Header><ns1:Timestamp>2025-09-24T13:51:36</ns1:Timestamp></ns1:Header>', 'Header.Timestamp'],
    ['<ns1:Header><ns1:AckRequired>perhaps</ns1:AckRequired></ns1:Header>', 'Header.AckRequired'],
    [`<ns1:Header><ns1:MessageID>${'x'.repeat(129)}</ns1:MessageID></ns1:Header>`, 'Header.MessageID'],
  ])('with a fault in its header is set aside whole: %s', (header, field) => {
    const text = soapEnvelope([{ asset: 'A1' }, { asset: 'A2' }], { header });
    expect(readMessage('kaifa', text)).toMatchObject({
      events: [],
      rejected: [{ rejection: { code: 'invalid_field', field }, payload: text }],
    });
  });

  test('with a field of its header given twice is set aside whole', () => {
    const header =
      '<ns1:Header><ns1:MessageID>a</ns1:MessageID><ns1:MessageID>b</ns1:MessageID></ns1:Header>';
    const text = soapEnvelope([{ asset: 'A1' }, { asset: 'A2' }], { header });
    expect(readMessage('kaifa', text)).toMatchObject({
      events: [],
      rejected: [{ rejection: { field: 'Header.MessageID' }, payload: text }],
    });
  });

  test('with elements that are no part of the standard, given any number of times, is taken', () => {
    const more = '<ns2:vendorCode>1</ns2:vendorCode><ns2:vendorCode>2</ns2:vendorCode>';
    expect(fault({ more })).toBe('accepted');
  });

  test('of several Assets in one event is one event for each meter', () => {
    const more =
      '<ns2:Assets><ns2:mRID>A2</ns2:mRID></ns2:Assets><ns2:UsagePoint><ns2:mRID>U1</ns2:mRID></ns2:UsagePoint>';
    const { events } = read(soapEnvelope([{ asset: 'A1', more, usagePoint: 'U2' }]));
    expect(
      events.map(({ payload }) => [
        payload.assets['ns2:mRID'],
        payload.usage_point['ns2:mRID'],
        payload.mrid,
      ]),
    ).toEqual([
      ['A1', 'U1', 'evt-1'],
      ['A2', 'U2', 'evt-1'],
    ]);
    const alone = read(
      soapEnvelope([{ asset: 'A1', more: '<ns2:Assets><ns2:mRID>A2</ns2:mRID></ns2:Assets>' }]),
    );
    expect(alone.events.map(({ payload }) => payload.assets['ns2:mRID'])).toEqual(['A1', 'A2']);
  });

  test('is about its asset, else about its usage point, and each of several assets is one of its own', () => {
    const more = '<ns2:Assets><ns2:mRID>A2</ns2:mRID></ns2:Assets>';
    const envelope = soapEnvelope([
      { asset: 'A1', usagePoint: 'U1' },
      { asset: null, usagePoint: 'U2' },
      { asset: 'A3', createdAt: 'yesterday' },
      { asset: 'A1', more },
    ]);
    const { subjects, rejected } = readMessage('kaifa', envelope);
    expect(rejected).toHaveLength(1);
    expect(subjects).toEqual(['A1', 'U2', 'A1', 'A2']);
  });

  test('with many ambiguous events keeps each by itself, so that it is as ambiguous when it is sent again', () => {
    const twice = '<ns2:mRID>another</ns2:mRID><x:y xmlns:x="urn:other">z</x:y>';
    const { events, rejected } = readMessage(
      'kaifa',
      soapEnvelope([{}, ...Array.from({ length: 2000 }, (_, at) => ({ asset: `A${at}`, more: twice }))]),
    );
    expect(events).toHaveLength(1);
    expect(rejected).toHaveLength(2000);
    expect(rejected[1999]?.payload).toContain('A1999');
    expect(rejected.every(({ payload }) => payload.length < 2000)).toBe(true);
    const again = readMessage('kaifa', rejected[1999]!.payload);
    expect(again).toMatchObject({
      events: [],
      rejected: [{ rejection: { ...rejected[1999]!.rejection, field: 'EndDeviceEvent[0].mRID' } }],
    });
    const mended = JSON.parse(rejected[1999]!.payload);
    mended.payload.mrid = 'evt-1';
    const [event] = readMessage('kaifa', mended).events;
    expect(JSON.parse(event!).payload).toEqual({
      ...JSON.parse(events[0]!).payload,
      mrid: 'evt-1',
      assets: { 'ns2:mRID': 'A1999' },
    });
  });

  test('of several Assets that do not fit its usage points is set aside as ambiguous', () => {
    const more = '<ns2:UsagePoint><ns2:mRID>U1</ns2:mRID></ns2:UsagePoint>';
    expect(fault({ more, usagePoint: 'U2' })).toEqual({
      code: 'invalid_field',
      field: 'EndDeviceEvent[0].UsagePoint',
      reason: '1 Assets and 2 UsagePoint do not say which belongs to which',
    });
  });

  test('is read by namespace: whatever the prefixes, and past elements of other namespaces', () => {
    const prefix = fc.constantFrom('ns1', 'ns2', 'ns', 'a', 'SOAP-ENV', '');
    const prefixes = fc.record<SoapPrefixes>({ soap: prefix, message: prefix, events: prefix });
    const expected = readMessage('kaifa', soapEnvelope([{ usagePoint: 'U1' }, { asset: 'A2' }]));
    expect(expected.events).toHaveLength(2);
    fc.assert(
      fc.property(prefixes, (chosen) => {
        // Prefixes of three namespaces that are in force together must differ, or the inner would hide the outer's.
        fc.pre(new Set(Object.values(chosen)).size === 3);
        const foreign = '<x:createdDateTime xmlns:x="urn:other">never</x:createdDateTime>';
        const envelope = soapEnvelope([{ usagePoint: 'U1', more: foreign }, { asset: 'A2' }], {
          prefixes: chosen,
        });
        expect(readMessage('kaifa', envelope)).toEqual(expected);
      }),
    );
  });

  test('with the elements of another namespace in their place holds no event', () => {
    const text = soapEnvelope([{}]).replace('2011/EndDeviceEvents#', '2013/MeterReadings#');
    expect(read(text).rejections).toMatchObject([{ code: 'missing_field', field: 'EndDeviceEvent' }]);
  });

  test.each([
    ['another root', '<a/>', null],
    [
      'SOAP 1.2',
      soapEnvelope([{}]).replace(
        'http://schemas.xmlsoap.org/soap/envelope/',
        'http://www.w3.org/2003/05/soap-envelope',
      ),
      null,
    ],
    ['no body', '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>', 'Envelope.Body'],
    [
      'no EventMessage',
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>',
      'Envelope.Body.EventMessage',
    ],
  ])('with %s is set aside whole', (_what, text, field) => {
    expect(readMessage('kaifa', text)).toMatchObject({
      events: [],
      rejected: [{ rejection: { code: 'invalid_envelope', field }, payload: text }],
    });
  });

  test('without an event is set aside whole', () => {
    const text = soapEnvelope([]);
    expect(readMessage('kaifa', text)).toMatchObject({
      events: [],
      rejected: [{ rejection: { code: 'missing_field', field: 'EndDeviceEvent' }, payload: text }],
    });
  });

  test('of more than 2 MB is set aside, and of less is not', () => {
    const text = soapEnvelope([{ more: ' '.repeat(2_000_000) }]);
    expect(read(text.replace(' '.repeat(2_000_000), `<!--${' '.repeat(2_000_000)}-->`)).events).toHaveLength(
      1,
    );
    expect(
      read(text.replace('</ns2:EndDeviceEvents>', `<!--${' '.repeat(100_000)}-->$&`)).rejections,
    ).toMatchObject([{ code: 'too_large' }]);
  });

  test('that would become gigabytes is set aside whole', () => {
    const more = `${'<ns2:Assets><ns2:mRID>A</ns2:mRID></ns2:Assets>'.repeat(20_000)}<ns2:reason>${'x'.repeat(60_000)}</ns2:reason>`;
    const many = Array.from({ length: 10_001 }, () => ({ mrid: null, createdAt: null }));
    for (const text of [soapEnvelope([{ more }]), soapEnvelope(many)]) {
      expect(readMessage('kaifa', text)).toMatchObject({
        events: [],
        rejected: [{ rejection: { code: 'too_large' }, payload: text }],
      });
    }
  });

  test('is read to the end at a thousand events', () => {
    const many = Array.from({ length: 1000 }, (_, at) => ({ asset: `A${at}` }));
    expect(read(soapEnvelope(many)).events).toHaveLength(1000);
  });
});

describe("an event in the JSON of the head-end's converter", () => {
  const canonical = () =>
    readMessage('kaifa', soapEnvelope([{ usagePoint: 'U1', more: DETAILS }])).events[0]!;
  const DETAILS =
    '<ns2:EndDeviceEventDetails><ns2:name>Phase</ns2:name><ns2:value>A</ns2:value></ns2:EndDeviceEventDetails>' +
    '<ns2:status><ns2:value>Active</ns2:value></ns2:status><ns2:Names><ns2:name>n</ns2:name></ns2:Names>';

  test('that is canonical already is handed on as it is', () => {
    expect(readMessage('kaifa', canonical())).toMatchObject({ events: [canonical()], rejected: [] });
  });

  test('is the same event in any spelling and order of its keys', () => {
    const spellings = [
      (key: string) => key,
      (key: string) => `ns2:${key}`,
      (key: string) => key.toUpperCase(),
      (key: string) => key.replaceAll('_', '-'),
      (key: string) => key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      (key: string) => `ns1:${key.charAt(0).toUpperCase()}${key.slice(1).replaceAll('_', '')}`,
    ];
    const respell = (value: unknown, choose: () => number): unknown => {
      if (Array.isArray(value)) return value.map((item) => respell(item, choose));
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).map(([key, inner]) => {
        const bare = key.replace('ns2:', '');
        const spelt = bare.startsWith('@') ? bare : spellings[choose() % spellings.length]!(bare);
        return [choose() % 2, spelt, respell(inner, choose)] as const;
      });
      const ordered = entries.toSorted(([a], [b]) => a - b);
      return Object.fromEntries(ordered.map(([, key, inner]) => [key, inner]));
    };
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 100, maxLength: 100 }), (choices) => {
        let at = 0;
        const variant = respell(JSON.parse(canonical()), () => choices[at++ % choices.length]!);
        expect(readMessage('kaifa', variant as object)).toMatchObject({
          events: [canonical()],
          rejected: [],
        });
      }),
    );
  });

  test.each([
    ['type', { EndDeviceEventType: { ref: 'PowerOutage' } }],
    ['type as a text', { eventType: 'PowerOutage' }],
    ['asset as a text', { assets: 'KFM1', event_type: { '@ref': 'PowerOutage' } }],
  ])("with another converter's %s is taken", (_what, changes) => {
    const message = {
      header: {},
      payload: { assets: { mRID: 'KFM1' }, ...changes },
    };
    expect(read(message).events).toMatchObject([
      { payload: { assets: { 'ns2:mRID': 'KFM1' }, event_type: { '@ref': 'PowerOutage' } } },
    ]);
  });

  test('with an array as its payload is one event for each', () => {
    const { header, payload } = JSON.parse(canonical());
    const { events, rejections } = read({
      header,
      payload: [payload, { ...payload, event_type: null }, payload],
    });
    expect(events).toHaveLength(2);
    expect(rejections).toMatchObject([
      { code: 'missing_field', field: 'EndDeviceEvent[1].EndDeviceEventType.ref' },
    ]);
  });

  test('that is XML turned into JSON as it stands is taken', () => {
    const event = { mRID: 'e', Assets: { mRID: 'A1' }, EndDeviceEventType: { '@ref': '3.26.0.85' } };
    const message = {
      Header: { MessageID: 'm' },
      Payload: { EndDeviceEvents: { EndDeviceEvent: [event, event] } },
    };
    expect(read(message).events).toMatchObject([
      { header: { message_id: 'm' }, payload: { mrid: 'e' } },
      { payload: { assets: { 'ns2:mRID': 'A1' } } },
    ]);
  });

  test('with one field in two spellings is set aside', () => {
    const { header, payload } = JSON.parse(canonical());
    expect(read({ header, payload: { ...payload, mRID: 'another' } }).rejections).toMatchObject([
      { code: 'invalid_field', field: 'EndDeviceEvent[0].mRID' },
    ]);
    expect(read({ header, payload: { ...payload, mRID: '' } }).events).toHaveLength(1);
  });

  test('without a payload, or with an empty one, is set aside as incomplete', () => {
    expect(read({ header: {} }).rejections).toMatchObject([
      { code: 'missing_field', field: 'EndDeviceEvent' },
    ]);
    expect(read({ header: {}, payload: [] }).rejections).toMatchObject([{ code: 'missing_field' }]);
  });
});
