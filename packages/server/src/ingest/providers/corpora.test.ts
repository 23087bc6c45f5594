import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Provider } from '@lastgasp/model';
import { describe, expect, test } from 'vitest';
import { type CorpusCase, corpusCases, NO_CORPORA } from '../testing/corpus-cases.ts';
import { callCenterMessage, scadaMessage, soapEnvelope } from '../testing/example-messages.ts';
import { readMessage } from './read-message.ts';

/** Refusals for what a text is, as opposed to what a provider's message must hold. */
const SYNTAX_CODES: readonly string[] = ['not_text', 'invalid_json', 'invalid_xml', 'unsafe_content'];

/** Well-formed by the suites, and refused here by decision: keys given twice, NUL characters, processing instructions. */
const REFUSED_BY_DECISION: readonly string[] = [
  'y_object_duplicated_key.json',
  'y_object_duplicated_key_and_value.json',
  'y_object_escaped_null_in_key.json',
  'y_string_null_escape.json',
  'defusedxml/simple-ns.xml',
];

const codesOf = (provider: Provider, { bytes }: CorpusCase) =>
  readMessage(provider, bytes).rejected.map(({ rejection }) => rejection.code);

describe.each<[string, Provider]>([
  ['json', 'scada'],
  ['json', 'kaifa'],
  ['proto-pollution', 'call-center'],
  ['proto-pollution', 'onu'],
  ['xml-attacks', 'kaifa'],
])('of the public test suite %s, read as a message of %s', (name, provider) => {
  const cases = corpusCases(name);

  test('what must be refused is refused for what it is', (context) => {
    if (cases === null) return context.skip(NO_CORPORA);
    const refused = cases.filter(({ expect: wanted }) => wanted === 'reject');
    expect(refused.length).toBeGreaterThan(50);
    const wrong = refused.filter((one) => {
      const codes = codesOf(provider, one);
      return codes.length === 0 || !codes.every((code) => SYNTAX_CODES.includes(code));
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('what is well-formed is refused only for not being a message of the provider', (context) => {
    if (cases === null) return context.skip(NO_CORPORA);
    const wrong = cases
      .filter(({ expect: wanted, id }) => wanted === 'accept' && !REFUSED_BY_DECISION.includes(id))
      .filter((one) => codesOf(provider, one).some((code) => SYNTAX_CODES.includes(code)));
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('nothing gives an event, fails the reader or touches Object.prototype', (context) => {
    if (cases === null) return context.skip(NO_CORPORA);
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const one of cases) {
      const { events, rejected } = readMessage(provider, one.bytes);
      expect(events, one.id).toEqual([]);
      expect(rejected.length, one.id).toBeGreaterThan(0);
      for (const { rejection } of rejected) expect(rejection.code, one.id).not.toBe('unreadable');
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('of the attacks on XML parsers', () => {
  test('none inside the field of a SOAP envelope is expanded, fetched or read', async (context) => {
    const cases = corpusCases('xml-attacks');
    if (cases === null) return context.skip(NO_CORPORA);
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.end('<!ENTITY x "fetched">');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url =
      typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/x.dtd` : '';
    const passwords = readFileSync('/etc/passwd', 'utf8').split('\n')[0]!;
    const attacks = [
      `<!DOCTYPE x SYSTEM "${url}">${soapEnvelope([{}]).replace(/^<\?xml.*\n/, '')}`,
      `<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>${soapEnvelope([{ asset: '&y;' }]).replace(/^<\?xml.*\n/, '')}`,
      ...cases.map(({ text }) => soapEnvelope([{ asset: text }])),
      ...cases.map(({ text }) => text),
    ];
    const outcome = attacks.map((attack) => JSON.stringify(readMessage('kaifa', attack).events)).join('');
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.close();
    expect(requests).toBe(0);
    expect(outcome).not.toContain(passwords);
  });
});

describe('of the naughty strings', () => {
  const storable = (text: string) => text.isWellFormed() && !text.includes('\0');

  test.for<[string, (text: string) => object, (event: Record<string, unknown>) => unknown]>([
    ['reason', (reason) => scadaMessage({ reason }), (event) => event.reason],
    ['field that nobody reads', (x) => scadaMessage({ x }), (event) => event.x],
  ])('each comes out of a SCADA %s as it went in', ([, make, take], context) => {
    const cases = corpusCases('strings');
    if (cases === null) return context.skip(NO_CORPORA);
    for (const { text, id } of cases.filter((one) => one.text.length <= 2000)) {
      const { events } = readMessage('scada', JSON.stringify(make(text)));
      expect(events.length, id).toBe(storable(text) ? 1 : 0);
      if (storable(text)) expect(take(JSON.parse(events[0]!)), id).toBe(text);
    }
  });

  test('each comes out of a trouble call as it went in, as text and as a key', (context) => {
    const cases = corpusCases('strings');
    if (cases === null) return context.skip(NO_CORPORA);
    expect(cases.length).toBeGreaterThan(900);
    for (const { text, id } of cases.filter((one) => one.text.length <= 2000 && storable(one.text))) {
      if (text === '__proto__') continue;
      const message = callCenterMessage({ notes: text, extra: { [text]: 1 } });
      expect(readMessage('call-center', message).events, id).toEqual([JSON.stringify(message)]);
    }
  });

  test('each comes out of a meter event as it went in, but for blanks around it', (context) => {
    const cases = corpusCases('strings');
    if (cases === null) return context.skip(NO_CORPORA);
    const escaped = (text: string) =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    // Characters that XML 1.0 cannot hold, and line ends, which it unifies.
    const fits = (text: string) =>
      /^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]{0,2000}$/u.test(text);
    const fitting = cases.filter(({ text }) => fits(text));
    expect(fitting.length).toBeGreaterThan(900);
    for (const { text, id } of fitting) {
      const { events } = readMessage(
        'kaifa',
        soapEnvelope([{ more: `<ns2:reason>${escaped(text)}</ns2:reason>` }]),
      );
      expect(JSON.parse(events[0]!).payload.reason ?? '', id).toBe(text.trim());
    }
  });
});
