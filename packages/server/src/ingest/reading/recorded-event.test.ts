import { describe, expect, test } from 'vitest';
import { readRecordedEvent } from './recorded-event.ts';

const line = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({ receivedAt: '2025-09-24T10:51:32.25Z', source: 'scada', body: { a: 1 }, ...changes });
const refusal = (text: string) => {
  const read = readRecordedEvent(text);
  return read.ok ? 'accepted' : [read.error.code, read.error.field];
};

describe('a recorded event', () => {
  test('gives the time of receipt, the provider and its message', () => {
    expect(readRecordedEvent(line())).toEqual({
      ok: true,
      value: { receivedAt: new Date('2025-09-24T10:51:32.250Z'), provider: 'scada', body: { a: 1 } },
    });
  });

  test.each(['scada', 'onu', 'kaifa', 'call-center'])(
    'is of the provider %s as the contract spells it',
    (source) => {
      expect(readRecordedEvent(line({ source }))).toMatchObject({ ok: true, value: { provider: source } });
    },
  );

  test('is of the call center also in the spelling that the registry stores', () => {
    expect(readRecordedEvent(line({ source: 'call_center' }))).toMatchObject({
      value: { provider: 'call-center' },
    });
  });

  test('has a SOAP envelope or an array of messages as its body', () => {
    expect(readRecordedEvent(line({ body: '<a/>' }))).toMatchObject({ value: { body: '<a/>' } });
    expect(readRecordedEvent(line({ body: [{ a: 1 }] }))).toMatchObject({ value: { body: [{ a: 1 }] } });
  });

  test.each([
    ['no JSON', 'x', ['invalid_json', null]],
    ['an array', '[]', ['invalid_json', null]],
    ['a key given twice', '{"source":"onu","source":"scada"}', ['invalid_json', 'source']],
    ['no time of receipt', line({ receivedAt: undefined }), ['missing_field', 'receivedAt']],
    ['no source', line({ source: null }), ['missing_field', 'source']],
    ['no body', line({ body: undefined }), ['missing_field', 'body']],
    ['a time without offset', line({ receivedAt: '2025-09-24T10:51:32' }), ['invalid_field', 'receivedAt']],
    ['a time that is a number', line({ receivedAt: 1758711092 }), ['invalid_field', 'receivedAt']],
    ['another source', line({ source: 'weather' }), ['unknown_source', 'source']],
    ['a source named as a method of objects', line({ source: 'constructor' }), ['unknown_source', 'source']],
    ['a source that is no text', line({ source: ['scada'] }), ['unknown_source', 'source']],
    ['a body that is a number', line({ body: 5 }), ['invalid_field', 'body']],
  ])('with %s is refused, naming the field', (_what, text, expected) => {
    expect(refusal(text)).toEqual(expected);
  });
});
