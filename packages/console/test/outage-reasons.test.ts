import { expect, it } from 'vitest';
import { createLanguage } from '../public/language.js';
import { outageNameText } from '../public/outage-name.js';
import { tellReasons } from '../public/outage-reasons.js';

const en = createLanguage({ remembered: 'en', preferred: 'en' });
const ar = createLanguage({ remembered: 'ar', preferred: 'ar' });
for (const language of [en, ar]) language.timeZone = 'Asia/Amman';
const plain = (text: string) => text.replaceAll(/[\u2068\u2069\u200e]/g, '');

const explanation = {
  branches: [
    { device: 'TR-1', gasped: 9, on: 0, silent: 2, terminals: 1, calls: 3, weight: 31.25 },
    { device: 'TR-2', gasped: 0, on: 1, silent: 11, terminals: 0, calls: 0, weight: -6.93 },
  ],
  telemetry: [{ device: 'CB-1', says: 'open', at: '2025-09-24T10:51:28Z' }],
  alternatives: [
    { devices: ['FU-1', 'TR-1'], service: null, probability: 0.912 },
    { devices: ['TR-2'], service: 'M7', probability: 0.05 },
  ],
  pings: [{ meterNumber: 'M12', gain: 0.6, dead: 0.62 }],
};

it('reasons say what telemetry told, and of each branch on which side it is and what it rests on', () => {
  const { reasons } = tellReasons(en, explanation);
  expect(reasons.map(({ name, facts }) => [name, ...facts.map(plain)])).toEqual([
    ['CB-1', 'SCADA: open at 24 Sept 2025, 13:51:28'],
    [
      'TR-1',
      'for it, weight 31.3',
      '9 meters lost supply',
      '2 meters silent',
      '1 fibre terminal lost supply',
      '3 calls',
    ],
    ['TR-2', 'against it, weight 6.9', '1 meter said it has supply', '11 meters silent'],
  ]);
  const [, first] = tellReasons(ar, explanation).reasons;
  expect(first?.facts.map(plain)).toEqual([
    'يؤيده، الوزن 31.3',
    '9 عدادات فقدت التيار',
    'عدادان صامتان',
    'طرف ألياف واحد فقد التيار',
    '3 مكالمات',
  ]);
});

it('alternatives are ranked with their probability, devices that meters cannot tell apart as one', () => {
  expect(tellReasons(en, explanation).alternatives).toEqual([
    { name: 'FU-1 = TR-1', facts: ['91%'] },
    { name: 'M7', facts: ['5%'] },
  ]);
});

it('a meter to ask is named with the probability that it is out', () => {
  const [ping] = tellReasons(en, explanation).pings;
  expect([ping?.name, ...(ping?.facts ?? []).map(plain)]).toEqual(['M12', 'without supply with 62%']);
});

it("an outage of one meter's service is named by the meter, another by its device, and one of no device by its id", () => {
  const device = { id: 'TR-1', kind: 'transformer' };
  expect(outageNameText(en, { id: 'x', device, service: 'M7' })).toBe('Service M7');
  expect(outageNameText(ar, { id: 'x', device, service: null })).toBe('محول TR-1');
  expect(outageNameText(en, { id: 'x', device: null, service: null })).toBe('x');
});
