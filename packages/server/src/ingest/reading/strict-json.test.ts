import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

const refusal = (text: string) => {
  const parsed = parseStrictJson(text);
  return parsed.ok ? 'accepted' : `${parsed.error.code} ${parsed.error.field}`;
};
const written = (text: string) => {
  const parsed = parseStrictJson(text);
  return parsed.ok ? JSON.stringify(parsed.value) : parsed.error.reason;
};

describe('a JSON text', () => {
  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":"x","a":"x"}', 'a'],
    ['{"b":[1,{"c":[],"c":{}}]}', 'b[1].c'],
    ['{"\\u0061":1,"a":2}', 'a'],
    ['{"":1,"":2}', '""'],
    ['{"a":"\\\\\\"","a":"\\""}', 'a'],
    ['[[],{"k":{"k":1,"k":1}}]', '[1].k.k'],
  ])('with a key given twice is refused with the path of the key: %s', (text, field) => {
    expect(refusal(text)).toBe(`invalid_json ${field}`);
  });

  test.each(['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"\\"a\\":1"}', '{"a\\"":1,"a":2}'])(
    'with the same key in different objects, or within a text, is taken: %s',
    (text) => {
      expect(refusal(text)).toBe('accepted');
    },
  );

  test('is taken at 32 levels and refused at 33, or at half a million', () => {
    expect(refusal('['.repeat(32) + ']'.repeat(32))).toBe('accepted');
    expect(refusal('['.repeat(33) + ']'.repeat(33))).toBe('unsafe_content null');
    expect(refusal(`${'{"a":'.repeat(33)}0${'}'.repeat(33)}`)).toBe('unsafe_content null');
    expect(refusal('['.repeat(500_000) + ']'.repeat(500_000))).toBe('unsafe_content null');
  });

  test.each([
    ['{"__proto__":{"admin":true}}', '__proto__'],
    ['{"a":{"\\u005f_proto__":1}}', 'a.__proto__'],
    ['{"a":[{"constructor":{"prototype":{"x":1}}}]}', 'a[0].constructor'],
  ])('with a key that reaches for a prototype is refused: %s', (text, field) => {
    expect(refusal(text)).toBe(`unsafe_content ${field}`);
  });

  test('with a harmless key named constructor is taken', () => {
    expect(refusal('{"constructor":"ACME","b":{"constructor":{"x":1}}}')).toBe('accepted');
  });

  test.each([
    ['{"a":"x\\u0000y"}', 'a'],
    ['{"a":"\\ud800"}', 'a'],
    ['{"a":["\\udc00\\ud800"]}', 'a[0]'],
    ['{"k\\u0000":1}', 'k\\u0000'],
  ])('with a NUL character or half of a surrogate pair is refused: %s', (text, field) => {
    expect(refusal(text)).toBe(`invalid_json ${field}`);
  });

  test('with a number beyond a double is refused', () => {
    expect(refusal('{"a":[1e400]}')).toBe('invalid_json a[0]');
    expect(refusal('{"a":-1e400}')).toBe('invalid_json a');
    expect(refusal('[1e308,1e-400,-0]')).toBe('accepted');
  });

  test('keeps whole numbers beyond 2^53 digit for digit', () => {
    expect(written('{"serial":12345678901234567890,"n":-9007199254740993,"x":1e22}')).toBe(
      '{"serial":12345678901234567890,"n":-9007199254740993,"x":1e+22}',
    );
  });

  test.each([
    '',
    '{',
    '{"a":}',
    '{"a":1,}',
    "{'a':1}",
    'nul',
    '01',
    '{} x',
    '"\u0000"',
    '\u0000',
    '💥',
    '\ufeff{}',
  ])('that is none is refused with a reason in printable characters: %j', (text) => {
    const parsed = parseStrictJson(text);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'invalid_json', field: null } });
    expect(!parsed.ok && parsed.error.reason).toMatch(/^The message is not JSON: [ -~]+\.$/);
  });

  test('gives what JSON.parse gives, for every value that JSON can write', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__'));
        expect(written(text)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('with any one key repeated, wherever it is, is refused', () => {
    const key = fc
      .string({ unit: 'grapheme', maxLength: 5 })
      .filter((name) => name !== '__proto__' && !name.includes('\0'));
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 6 }),
        fc.nat(),
        (object, at) => {
          const keys = Object.keys(object);
          const again = keys[at % keys.length]!;
          const text = JSON.stringify(object);
          fc.pre(!text.includes('__proto__'));
          const twice = `{"outer":[${text.slice(0, -1)},${JSON.stringify(again)}:null}]}`;
          expect(parseStrictJson(twice)).toMatchObject({ ok: false, error: { code: 'invalid_json' } });
        },
      ),
    );
  });
});
