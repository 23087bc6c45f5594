import { expect, test } from 'vitest';
import { toProviderHealth } from './provider-health.ts';

const topics = {
  scada: 'scada-outage-topic',
  onu: 'onu-events-topic',
  kaifa: 'hes-kaifa-outage-topic',
  'call-center': 'call_center_upstream_topic',
};

test('each provider has the partitions of its own topic, with what is not stored yet', () => {
  const partitions = [
    { topic: 'onu-events-topic', partition: 0, lag: 17, isPaused: true },
    { topic: 'onu-events-topic', partition: 1, lag: null, isPaused: false },
    { topic: 'scada-outage-topic', partition: 0, lag: 0, isPaused: false },
  ];
  const state = () => ({ isMember: true, partitions, overtaken: 0 });
  const health = toProviderHealth([], new Date(), { state, topics });
  expect(health.map(({ provider, kafka }) => [provider, kafka])).toEqual([
    ['scada', [partitions[2]]],
    ['onu', [partitions[0], partitions[1]]],
    ['kaifa', []],
    ['call-center', []],
  ]);
});

test('of a provider that was never measured nothing is claimed', () => {
  const [scada] = toProviderHealth([], new Date(), null);
  expect(scada).toMatchObject({
    measuredAt: null,
    conditions: [],
    silenceSeconds: null,
    silentAfterSeconds: null,
    messagesPerMinute: null,
    delay: null,
  });
});

test('silence grows with the clock, and a receipt that is stamped ahead is no negative silence', () => {
  const at = new Date('2026-11-23T10:00:00Z');
  const silence = (now: string) =>
    toProviderHealth(
      [{ source: 'call_center', measuredAt: at, lastReceivedAt: at, figures: null, conditions: [] }],
      new Date(now),
      null,
    )[3]?.silenceSeconds;
  expect([silence('2026-11-23T10:01:30Z'), silence('2026-11-23T09:59:00Z')]).toEqual([90, 0]);
});
