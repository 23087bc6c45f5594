import { describe, expect, test } from 'vitest';
import type { ProviderData, SiteData } from '../store/queries/doctor/read-site-data.ts';
import { checkSiteData, type SiteFacts } from './check-site-data.ts';

const now = new Date('2026-11-23T12:00:00Z');
const silent: ProviderData = { lastReceivedAt: null, newest: 0, newestMatched: 0, conditions: [] };
const heard: ProviderData = {
  lastReceivedAt: new Date('2026-11-23T11:00:00Z'),
  newest: 1_000,
  newestMatched: 990,
  conditions: [],
};

const empty: SiteData = {
  substations: 0,
  feeders: 0,
  meters: 0,
  linkedMeters: 0,
  deviceTree: { devices: 0, findings: [] },
  deadLetters: {},
  unmatchedIdentifiers: {},
  providers: { scada: silent, onu: silent, kaifa: silent, 'call-center': silent },
};
const filled: SiteData = {
  ...empty,
  substations: 3,
  feeders: 12,
  meters: 5_000,
  linkedMeters: 4_999,
  deviceTree: { devices: 700, findings: [] },
  providers: { scada: heard, onu: heard, kaifa: heard, 'call-center': heard },
};

const lines = (data: SiteData | null, more: Partial<SiteFacts> = {}) =>
  checkSiteData({
    data,
    correlatorLagSeconds: 0,
    now,
    url: 'http://127.0.0.1:8080',
    time: (at) => at.toISOString(),
    ...more,
  });
const line = (name: string, data: SiteData | null, more: Partial<SiteFacts> = {}) =>
  lines(data, more).find((one) => one.check === name);

describe('the data of a site', () => {
  test('passes where the registry is filled, every provider is heard and nothing waits', () => {
    expect(lines(filled).filter(({ ok }) => !ok)).toEqual([]);
    expect(line('meters are linked to feeders', filled)).toEqual({
      check: 'meters are linked to feeders',
      ok: true,
      wanted: 'the feeder of at least 95 % of the meters is known',
      detail: '4,999 of 5,000 (99 %)',
      next: null,
    });
  });

  test('names what is wrong with a provider that is heard', () => {
    const kaifa: ProviderData = { ...heard, conditions: ['duplicating', 'late'] };
    const sick = { ...filled, providers: { ...filled.providers, kaifa } };
    expect(lines(sick).filter(({ ok }) => !ok)).toMatchObject([
      {
        check: 'KAIFA is heard',
        detail: 'the last one came 2026-11-23T11:00:00.000Z; it is duplicating and late: lastgasp providers',
      },
    ]);
  });

  test('passes nothing in an installation that holds nothing, and says of each line what is not there yet and what to do', () => {
    for (const one of lines(empty)) {
      expect(one).toMatchObject({ ok: false, detail: expect.stringMatching(/^no .* yet/) });
      expect(one.detail).not.toMatch(/\d/);
      expect(one.next).not.toBeNull();
    }
    expect(line('tickets are linked to meters', empty)?.detail).toBe('no tickets yet');
    expect(line('meters are linked to feeders', empty)?.detail).toBe('no meters yet');
    expect(line('SCADA is heard', empty)?.next).toBe(
      'curl --data-binary @examples/messages/scada.json http://127.0.0.1:8080/scada-mock-generator',
    );
  });

  test('is not counted where the schema is not there, which is the thing to mend', () => {
    for (const one of lines(null)) {
      expect(one).toMatchObject({ ok: false, detail: 'not looked at: the schema is not there' });
      expect(one.next).toBe('lastgasp migrate');
    }
  });

  test('fails where a provider is silent for a day, and says since when', () => {
    const since = { ...heard, lastReceivedAt: new Date('2026-11-22T11:59:59Z') };
    const silentOnu = { ...filled, providers: { ...filled.providers, onu: since } };
    expect(line('ONU is heard', silentOnu)).toMatchObject({
      ok: false,
      detail: 'the last one came 2026-11-22T11:59:59.000Z',
    });
    expect(lines(silentOnu).filter(({ ok }) => !ok)).toHaveLength(1);
  });

  test('fails where a provider names what the registry does not know', () => {
    const strange = { ...heard, newestMatched: 12 };
    const data = { ...filled, providers: { ...filled.providers, kaifa: strange } };
    expect(line('KAIFA events find meters', data)).toMatchObject({
      ok: false,
      detail: '12 of the newest 1,000 (1 %)',
    });
  });

  test('fails where devices feed each other or hang on nothing, and names them', () => {
    const data: SiteData = {
      ...filled,
      deviceTree: {
        devices: 700,
        findings: [
          { kind: 'loop', devices: ['A', 'B'] },
          { kind: 'island', device: 'X' },
          { kind: 'parallel', tie: 'TIE' },
        ],
      },
    };
    expect(line('every device hangs on a substation', data)).toMatchObject({
      ok: false,
      detail: '1 loops (A < B); 1 islands (X)',
    });
    expect(line('switches leave nobody unfed', data)).toMatchObject({
      ok: false,
      detail: '1 closed ties between points that are both fed (TIE)',
    });
  });

  test('fails where evidence waits or nobody has ever correlated', () => {
    const name = 'evidence is correlated as it comes';
    expect(line(name, filled, { correlatorLagSeconds: 61 })).toMatchObject({
      ok: false,
      detail: 'the oldest waits 61 s',
    });
    expect(line(name, filled, { correlatorLagSeconds: null })).toMatchObject({
      ok: false,
      detail: 'no correlator has run',
    });
    expect(line(name, filled)).toMatchObject({ ok: true, detail: 'none waits' });
  });
});
