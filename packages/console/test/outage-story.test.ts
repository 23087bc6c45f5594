import { expect, it } from 'vitest';
import { createLanguage } from '../public/language.js';
import { explainOutage, tellTimeline } from '../public/outage-story.js';

const en = createLanguage({ remembered: 'en', preferred: 'en' });
const ar = createLanguage({ remembered: 'ar', preferred: 'ar' });
for (const language of [en, ar]) language.timeZone = 'Asia/Amman';

const step = (type: string, at: string, metadata: object) => ({
  at,
  type,
  description: `${type} as the server says it`,
  metadata,
});
const plain = (text: string) => text.replaceAll(/[\u2068\u2069\u200e]/g, '');

it('further reports that follow one another are one step with the sum of them', () => {
  const steps = tellTimeline(en, [
    step('detected', '2026-11-23T10:00:00Z', {
      status: 'detected',
      customers: 436,
      customersOutNow: 436,
      confidence: 0.95,
      evidence: { scada: 1 },
    }),
    step('evidence_joined', '2026-11-23T10:00:01Z', {
      evidence: { kaifa: 100 },
      confidence: { from: 0.95, to: 0.98 },
    }),
    step('evidence_joined', '2026-11-23T10:00:02Z', { evidence: { kaifa: 60, onu: 3 } }),
    step('restored', '2026-11-23T10:30:00Z', {
      status: { from: 'detected', to: 'restored' },
      customersOutNow: { from: 436, to: 0 },
    }),
  ]);
  expect(steps.map(({ at, type, facts }) => [at.slice(11, 19), type, ...facts])).toEqual([
    ['10:00:00', 'detected', '436 customers without supply', expect.stringContaining('95%'), 'SCADA 1'],
    ['10:00:02', 'evidence_joined', expect.stringContaining('98%'), 'Fibre terminals 3', 'Meters 160'],
    ['10:30:00', 'restored', '436 customers had been interrupted'],
  ]);
});

it('what opened an outage is told in the language of the page and in the time of the site', () => {
  const outage = {
    id: 'CB-1-20250924T105128.000Z',
    device: { id: 'CB-1', kind: 'breaker' },
    startedAt: '2025-09-24T10:51:28.000Z',
    endedAt: null,
    confidence: 0.9999,
    sources: { scada: 2, onu: 0, kaifa: 11, call_center: 1 },
  };
  expect(plain(explainOutage(en, outage))).toBe(
    'Breaker CB-1: without supply since 24 Sept 2025, 13:51:28; confidence 99%. Reported by 2 SCADA alarms, 11 meter messages and 1 call.',
  );
  const told = plain(explainOutage(ar, outage));
  expect(told).toContain('قاطع CB-1: دون تيار منذ');
  expect(told).toContain('إنذاران من سكادا و11 رسالة من العدادات ومكالمة واحدة');
  expect(told).toContain('13:51:28');
});

it('a step that the page does not know keeps what the server says of it', () => {
  const [told] = tellTimeline(ar, [step('teleported', '2026-11-23T10:00:00Z', {})]);
  expect(told).toMatchObject({
    type: 'teleported',
    description: 'teleported as the server says it',
    facts: [],
  });
});
