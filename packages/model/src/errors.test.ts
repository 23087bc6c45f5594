import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorEntry, OmsError, problemType } from './errors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const entries: [string, ErrorEntry][] = Object.entries(ERRORS);

interface Documented {
  readonly httpStatus: number | null;
  readonly sqlstate: string | null;
  readonly retryable: boolean;
}

function readDocumented(): Map<string, Documented> {
  const lines = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').split('\n');
  const rows = lines.flatMap((line) => {
    const match = /^\| `(OMS_\w+)` \| (\S+) \| (\S+) \| (yes|no) \| \S.* \|$/.exec(line);
    return match === null ? [] : [match];
  });
  return new Map(
    rows.map(([, code, status, sqlstate, again]) => [
      code as string,
      {
        httpStatus: status === '–' ? null : Number(status),
        sqlstate: sqlstate === '–' ? null : (sqlstate as string),
        retryable: again === 'yes',
      },
    ]),
  );
}

function readRaisedStates(): Set<string> {
  const folder = join(ROOT, 'sql/functions');
  const text = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  return new Set([...text.matchAll(/errcode = '(LG\w{3})'/g)].map((match) => match[1] as string));
}

describe('the error table', () => {
  it('is documented code by code, with the same status, SQLSTATE and advice to try again', () => {
    const documented = readDocumented();
    for (const [code, { httpStatus, sqlstate, retryable }] of entries) {
      expect(documented.get(code), code).toEqual({ httpStatus, sqlstate, retryable });
    }
  });

  it('has every code that the documentation explains', () => {
    expect([...readDocumented().keys()].sort()).toEqual(entries.map(([code]) => code).sort());
  });

  it('names each of our SQLSTATEs once, and functions raise them all and no others', () => {
    const states = entries.flatMap(([, { sqlstate }]) => (sqlstate === null ? [] : [sqlstate]));
    expect(new Set(states).size).toBe(states.length);
    expect([...readRaisedStates()].sort()).toEqual([...states].sort());
  });

  it('says of each error one sentence and a status that fits trying again', () => {
    for (const [code, entry] of entries) {
      expect(entry.message, code).toMatch(/^[A-Z].*\.$/);
      if (entry.retryable) expect([429, 503], code).toContain(entry.httpStatus);
    }
  });

  it('gives each code a type of its own', () => {
    expect(problemType('OMS_METER_UNKNOWN')).toBe('urn:lastgasp:error:OMS_METER_UNKNOWN');
    expect(new OmsError('OMS_METER_UNKNOWN').message).toBe(ERRORS.OMS_METER_UNKNOWN.message);
  });
});
