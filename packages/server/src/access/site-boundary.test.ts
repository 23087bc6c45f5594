import { describe, expect, it } from 'vitest';
import { isLoopback, type RequestOrigin, refuseForeign } from './site-boundary.ts';

const request = (given: Partial<RequestOrigin>): RequestOrigin => ({
  method: 'POST',
  host: '127.0.0.1:8080',
  origin: undefined,
  fetchSite: undefined,
  isStream: false,
  ...given,
});

describe('the boundary of the site', () => {
  it.each(['127.0.0.1:8080', '127.0.0.1', 'localhost:8080', 'LOCALHOST', '[::1]:8080', '127.8.8.8:1'])(
    'lets a request for %s through on loopback',
    (host) => expect(refuseForeign(request({ host, method: 'GET' }), true)).toBeNull(),
  );

  it.each([
    'attacker.example',
    'attacker.example:8080',
    '127.0.0.1.attacker.example',
    '192.168.1.10:8080',
    '[::2]:8080',
    '',
    undefined,
  ])('refuses a name that was pointed at this machine: %s', (host) =>
    expect(refuseForeign(request({ host, method: 'GET' }), true)).toBe('host'),
  );

  it('asks for no particular host where keys guard the server', () => {
    expect(refuseForeign(request({ host: 'oms.utility.example', method: 'GET' }), false)).toBeNull();
  });

  it("lets the site's own page and programs without an origin send messages", () => {
    expect(refuseForeign(request({ origin: 'http://127.0.0.1:8080' }), true)).toBeNull();
    expect(refuseForeign(request({}), true)).toBeNull();
    expect(
      refuseForeign(request({ host: 'OMS.utility.example', origin: 'https://oms.utility.example' }), false),
    ).toBeNull();
  });

  it.each(['https://attacker.example', 'http://127.0.0.1:9999', 'null', 'http://localhost:8080'])(
    'refuses a message that a page of %s makes a browser send',
    (origin) => expect(refuseForeign(request({ origin }), true)).toBe('origin'),
  );

  it('refuses a cross-site form that sends no origin', () => {
    expect(refuseForeign(request({ fetchSite: 'cross-site' }), true)).toBe('origin');
  });

  it('guards a live stream like a change', () => {
    const foreign = { method: 'GET', origin: 'https://attacker.example' };
    expect(refuseForeign(request(foreign), true)).toBeNull();
    expect(refuseForeign(request({ ...foreign, isStream: true }), true)).toBe('origin');
  });

  it('knows loopback addresses from others', () => {
    expect(['127.0.0.1', '::1', 'localhost', '127.1.2.3'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', 'oms.example', '127.0.0.1.example'].some(isLoopback)).toBe(false);
  });
});
