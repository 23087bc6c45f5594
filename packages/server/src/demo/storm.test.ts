import { PROVIDERS } from '@lastgasp/model';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../ingest/providers/read-message.ts';
import { generateDemoNetwork } from './generate-network.ts';
import { quietMessages, recoveryMessages, STORM_SECONDS, stormMessages } from './storm.ts';
import type { StormMessage } from './storm-episodes.ts';
import { stormForEver } from './storm-for-ever.ts';

const options = {
  network: generateDemoNetwork({ seed: 7 }),
  seed: 7,
  startAt: new Date('2026-01-05T18:00:00.000Z'),
};
const storm = stormMessages(options);

interface ReadEvents {
  readonly message: StormMessage;
  readonly events: readonly Record<string, unknown>[];
  readonly rejected: number;
}

const read = (messages: readonly StormMessage[]): ReadEvents[] =>
  messages.map((message) => {
    const { events, rejected } = readMessage(message.provider, message.body);
    return { message, events: events.map((text) => JSON.parse(text)), rejected: rejected.length };
  });

describe('a storm', () => {
  test('is in the formats that the gateways read, but for one broken message', () => {
    const refused = read(storm).filter(({ rejected }) => rejected > 0);
    expect(new Set(refused.map(({ message }) => message.body)).size).toBe(1);
    expect(refused[0]?.message.provider).toBe('scada');
  });

  test('is the same for the same seed and start, and has messages of every provider', () => {
    expect(stormMessages(options)).toEqual(storm);
    expect(stormMessages({ ...options, seed: 8 })).not.toEqual(storm);
    expect(new Set(storm.map(({ provider }) => provider))).toEqual(new Set(PROVIDERS));
  });

  test('begins within three seconds with the real message of feeder F00K123, which is energized again later', () => {
    const [first] = storm;
    expect(first?.atOffsetSeconds).toBeLessThanOrEqual(3);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      eventType: 'MV_AlarmLossOfVoltage',
      substationId: '4A00000K123',
      feederId: 'F00K123',
      mainStationId: '82001',
      alarmType: 'De-energized',
      voltage: 0,
      severity: 'Medium',
      reason: 'Transformer Fault',
      timestamp: '2026-01-05T21:00:02.500+03:00',
    });
    const ends = storm.filter(({ body }) => body.includes('"Energized"') && body.includes('F00K123'));
    expect(ends.length).toBeGreaterThan(0);
  });

  test('no message is sent before what it tells has happened, and none later than some minutes after', () => {
    for (const { message, events } of read(storm)) {
      const sentAt = options.startAt.getTime() + message.atOffsetSeconds * 1_000;
      for (const event of events) {
        const stamp = String(
          event.timestamp ?? (event.payload as Record<string, unknown>)?.created_date_time,
        );
        const at = Date.parse(stamp);
        expect(at).toBeLessThanOrEqual(sentAt);
        expect(sentAt - at).toBeLessThan(200_000);
      }
    }
  });

  test('every switch that trips closes again, and a whole substation goes dark and comes back', () => {
    const alarms = storm.filter(({ provider }) => provider === 'scada').map(({ body }) => JSON.parse(body));
    const last = new Map<string, string>();
    for (const { substationId, feederId, alarmType, voltage } of alarms)
      if (voltage !== undefined) last.set(`${substationId}/${feederId}`, alarmType);
    expect([...last.values()].every((alarmType) => ['Energized', 'breaker_close'].includes(alarmType))).toBe(
      true,
    );
    expect([...last.keys()]).toContain('4A00000K125/');
  });

  test('has what real storms have: gasps for many meters at once, late ones, repeats, callers in both scripts, a hazard', () => {
    const envelopes = read(storm.filter(({ provider }) => provider === 'kaifa'));
    expect(Math.max(...envelopes.map(({ events }) => events.length))).toBeGreaterThan(10);
    const bodies = storm.map(({ body }) => body);
    expect(new Set(bodies).size).toBeLessThan(bodies.length);
    const notes = storm
      .filter(({ provider }) => provider === 'call-center')
      .map(({ body }) => String(JSON.parse(body).customer.notes));
    expect(notes.some((note) => /[\u0600-\u06ff]/.test(note))).toBe(true);
    expect(notes.some((note) => /^[\x20-\x7e]+$/.test(note))).toBe(true);
    expect(notes.some((note) => /Wire down/.test(note))).toBe(true);
    const gaspsPerMeter = storm
      .filter(({ body }) => body.includes('ONU_LastGaspAlert'))
      .map(({ body }) => JSON.parse(body).associatedMeters.length);
    expect(gaspsPerMeter.some((count: number) => count >= 2)).toBe(true);
    expect(bodies.some((body) => body.includes('d0d0cafe-0000-4000-8000-000000000001'))).toBe(true);
  });

  test('about four of five smart meters below a tripped breaker are heard to gasp', () => {
    const smart = new Set(
      [...options.network.meters()]
        .filter(({ feeder_id, asset_mrid }) => feeder_id === 'F00K123' && asset_mrid !== null)
        .map(({ asset_mrid }) => asset_mrid),
    );
    const gasped = new Set<string>();
    for (const { message, events } of read(storm)) {
      if (message.provider !== 'kaifa') continue;
      for (const event of events) {
        const { assets, event_type } = event.payload as {
          assets: Record<string, string>;
          event_type: Record<string, string>;
        };
        const asset = assets['ns2:mRID'] ?? '';
        if (smart.has(asset) && ['PowerOutage', '3.26.0.85'].includes(event_type['@ref'] ?? ''))
          gasped.add(asset);
      }
    }
    expect(gasped.size / smart.size).toBeCloseTo(0.8, 1);
  });
});

describe('the quiet time after a storm', () => {
  const parts = quietMessages(options);
  const first = Array.from({ length: 40 }, () => parts.next().value!);

  test('brings something every 20 to 40 seconds, in formats that the gateways read', () => {
    expect(first[0]?.from).toBeGreaterThan(STORM_SECONDS);
    for (const [index, { from, messages }] of first.entries()) {
      expect(messages.length).toBeGreaterThan(0);
      expect(messages[0]?.atOffsetSeconds).toBeGreaterThanOrEqual(from);
      const pause = from - (first[index - 1]?.from ?? from - 20);
      expect(pause).toBeGreaterThanOrEqual(20);
      expect(read(messages).every(({ rejected }) => rejected === 0)).toBe(true);
    }
  });

  test('gives its tickets and messages other ids than the storm', () => {
    const ids = (messages: readonly StormMessage[]): string[] =>
      messages.flatMap(({ body }) =>
        [...body.matchAll(/"ticketId":"([^"]+)"|<ns1:MessageID>([^<]+)/g)].map(
          ([, ticket, message]) => ticket ?? message ?? '',
        ),
      );
    const ofStorm = new Set(ids(storm));
    expect(ids(first.flatMap(({ messages }) => messages)).filter((id) => ofStorm.has(id))).toEqual([]);
  });

  test('follows the storm in one stream that is in order and has everything once', () => {
    const nothing = { feederIds: [], substationIds: [], meterNumbers: [] };
    const stream: StormMessage[] = [];
    for (const message of stormForEver(options, nothing)) {
      if (message.atOffsetSeconds > 700) break;
      stream.push(message);
    }
    const offsets = stream.map(({ atOffsetSeconds }) => atOffsetSeconds);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    const quiet = first
      .flatMap(({ messages }) => messages)
      .filter(({ atOffsetSeconds }) => atOffsetSeconds <= 700);
    expect(stream).toHaveLength(storm.length + quiet.length);
  });
});

test('what an earlier storm left behind is ended by the messages that would have ended it', () => {
  const left = {
    feederIds: ['F00K127'],
    substationIds: ['4A00000K125'],
    meterNumbers: ['M12345678', 'M23456789'],
  };
  const messages = recoveryMessages(options, left);
  expect(read(messages).every(({ rejected }) => rejected === 0)).toBe(true);
  const alarms = messages.filter(({ provider }) => provider === 'scada').map(({ body }) => JSON.parse(body));
  expect(alarms.map(({ substationId, feederId, alarmType }) => [substationId, feederId, alarmType])).toEqual([
    ['4A00000K124', 'F00K127', 'Energized'],
    ['4A00000K125', '', 'Energized'],
  ]);
  expect(
    messages.filter(({ provider }) => provider === 'onu').map(({ body }) => JSON.parse(body).onuId),
  ).toEqual([3_230_316]);
  const [envelope] = read(messages.filter(({ provider }) => provider === 'kaifa'));
  expect(envelope?.events).toHaveLength(2);
});
