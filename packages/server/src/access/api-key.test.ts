import { describe, expect, it } from 'vitest';
import { formatApiKey, generateApiKey, hashSecret, matchesSecret, parseApiKey } from './api-key.ts';
import { reaches } from './scopes.ts';

describe('a key', () => {
  it('is read back from the form it is handed out in', () => {
    const key = generateApiKey();
    expect(parseApiKey(formatApiKey(key))).toEqual(key);
  });

  it('is never made twice and carries 256 bits', () => {
    const keys = Array.from({ length: 200 }, generateApiKey);
    expect(new Set(keys.map((key) => key.keyId)).size).toBe(200);
    expect(new Set(keys.map((key) => key.secret)).size).toBe(200);
    expect(Buffer.from((keys[0] as { secret: string }).secret, 'base64url')).toHaveLength(32);
  });

  it.each(['', 'lgk_', 'lgk_abc_def', 'Bearer lgk_abc_def', `lgk_aaaaaaaaaaaa_${'x'.repeat(42)}`])(
    'is refused in another form: %j',
    (text) => expect(parseApiKey(text)).toBeNull(),
  );

  it('is compared by the hash of its secret', () => {
    const { secret } = generateApiKey();
    expect(matchesSecret(secret, hashSecret(secret))).toBe(true);
    expect(matchesSecret(`${secret.slice(1)}A`, hashSecret(secret))).toBe(false);
    expect(matchesSecret(secret, Buffer.alloc(4))).toBe(false);
  });
});

describe('the scopes of a key', () => {
  it('reach the routes of their provider only', () => {
    expect(reaches(['ingest:kaifa'], ['ingest:kaifa'])).toBe(true);
    expect(reaches(['ingest:kaifa'], ['ingest:scada'])).toBe(false);
    expect(reaches(['ingest:kaifa'], ['read'])).toBe(false);
  });

  it('reach every gateway with ingest, and reading only with read', () => {
    expect(reaches(['ingest'], ['ingest:onu'])).toBe(true);
    expect(reaches(['ingest'], ['read'])).toBe(false);
    expect(reaches(['read'], ['read'])).toBe(true);
    expect(reaches(['read'], ['ingest:onu'])).toBe(false);
    expect(reaches(['ingest:call-center'], ['read', 'ingest:call-center'])).toBe(true);
  });
});
