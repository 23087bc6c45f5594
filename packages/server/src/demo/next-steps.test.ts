import { expect, test } from 'vitest';
import { readMessage } from '../ingest/providers/read-message.ts';
import { type Installation, nextSteps } from './next-steps.ts';

const installation: Installation = {
  url: 'http://127.0.0.1:8080',
  isEmpty: true,
  feeder: null,
  isOpen: true,
  now: new Date('2026-11-23T21:00:00.123Z'),
};
const curlOf = (lines: readonly string[]) => lines.filter((line) => line.includes('curl'));

test('an empty installation is told how to import a network, then how to send a first message, in one line', () => {
  const lines = nextSteps(installation);
  const steps = lines.join('\n');
  expect(steps.indexOf('lastgasp import network')).toBeGreaterThan(0);
  expect(steps.indexOf('curl')).toBeGreaterThan(steps.indexOf('lastgasp import network'));
  expect(curlOf(lines)).toHaveLength(1);
  expect(steps).not.toMatch(/demo|storm/);
});

test('where there is a network, the message names a feeder of it and is one that the gateway reads', () => {
  const [line = ''] = curlOf(
    nextSteps({ ...installation, isEmpty: false, feeder: { feederId: 'F1', substationId: 'S1' } }),
  );
  const body = /-d '(.*)'$/.exec(line)?.[1] ?? '';
  const { events, rejected } = readMessage('scada', body);
  expect(rejected).toEqual([]);
  expect(JSON.parse(events[0] ?? '')).toMatchObject({
    feederId: 'F1',
    substationId: 'S1',
    timestamp: '2026-11-23T21:00:00Z',
  });
});

test('where other machines can reach it, the message carries a key', () => {
  expect(curlOf(nextSteps({ ...installation, isOpen: false }))[0]).toContain('authorization: Bearer <key>');
});
