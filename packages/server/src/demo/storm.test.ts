import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storm } from '@lastgasp/engine/simulate';
import { PROVIDERS } from '@lastgasp/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { readMessage } from '../ingest/providers/read-message.ts';
import { type BundleSite, readBundleSite } from '../simulation/read-bundle-site.ts';
import { STORM_SECONDS } from './demo-storm.ts';
import { DEMO_SEED, generateDemoNetwork } from './generate-network.ts';
import { recoveryMessages } from './recovery-messages.ts';
import { stormForEver } from './storm-for-ever.ts';
import { NOTHING, type StormMessage } from './storm-message.ts';
import { writeNetworkBundle } from './write-network-bundle.ts';

const startAt = new Date('2026-01-05T18:00:00.000Z');
const NOTHING_LEFT = { feederIds: [], substationIds: [], meterNumbers: [] };

let bundle: BundleSite;
let beginning: readonly StormMessage[];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-storm-'));
  try {
    await writeNetworkBundle(generateDemoNetwork({ seed: DEMO_SEED }), folder);
    const read = await readBundleSite(folder);
    if (!read.ok) throw new Error('the demo network cannot be read');
    bundle = read.value;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  beginning = played(300);
}, 60_000);

/** What is sent in the first `seconds` of a storm without end. */
function played(seconds: number, seed = DEMO_SEED, at = startAt): StormMessage[] {
  const messages: StormMessage[] = [];
  for (const message of stormForEver({ bundle, seed, startAt: at, onStorm: () => undefined }, NOTHING_LEFT)) {
    if (message.atOffsetSeconds > seconds) break;
    messages.push(message);
  }
  return messages;
}

const sentBy = (provider: StormMessage['provider'], messages = beginning) =>
  messages.filter((message) => message.provider === provider);
const isReadable = ({ provider, body }: StormMessage) => readMessage(provider, body).rejected.length === 0;
const fieldsOf = ({ body }: StormMessage): Record<string, unknown> => JSON.parse(body);

describe('the first five minutes of the demo', () => {
  test('are the same for the same seed, whenever they are played, and others for another', () => {
    const first = beginning.filter(({ atOffsetSeconds }) => atOffsetSeconds <= 60);
    expect(played(60)).toEqual(first);
    expect(played(60, DEMO_SEED + 1)).not.toEqual(first);
    const later = played(60, DEMO_SEED, new Date('2026-08-01T03:30:00.000Z'));
    expect(later.map(({ atOffsetSeconds }) => Math.round(atOffsetSeconds * 1e3))).toEqual(
      first.map(({ atOffsetSeconds }) => Math.round(atOffsetSeconds * 1e3)),
    );
  });

  test('begin within ten seconds with the trip of feeder F00K123, as SCADA tells it', () => {
    const [first] = sentBy('scada');
    expect(first?.atOffsetSeconds).toBeLessThan(10);
    expect(fieldsOf(first as StormMessage)).toMatchObject({
      substationId: '4A00000K123',
      feederId: 'F00K123',
      mainStationId: '82001',
      voltage: 0,
    });
  });

  test('are sent in order, each message after what it tells of, by every provider', () => {
    const offsets = beginning.map(({ atOffsetSeconds }) => atOffsetSeconds);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    for (const message of [...sentBy('scada'), ...sentBy('onu'), ...sentBy('call-center')].filter(isReadable))
      expect(Date.parse(String(fieldsOf(message).timestamp))).toBeLessThan(
        startAt.getTime() + message.atOffsetSeconds * 1_000,
      );
    expect(new Set(beginning.map(({ provider }) => provider))).toEqual(new Set(PROVIDERS));
  });

  test('have what storms have: a dark substation, repeats, callers in both scripts, a danger, what nobody can read or knows', () => {
    const wholes = sentBy('scada').filter(isReadable).map(fieldsOf);
    expect(wholes.some(({ feederId, voltage }) => feederId === '' && voltage === 0)).toBe(true);
    const bodies = beginning.map(({ body }) => body);
    expect(new Set(bodies).size).toBeLessThan(bodies.length);
    const notes = sentBy('call-center')
      .filter(isReadable)
      .map((message) => String((fieldsOf(message).customer as { notes: string }).notes));
    expect(notes.some((note) => /[\u0600-\u06ff]/.test(note))).toBe(true);
    expect(notes.some((note) => /^[\x20-\x7e]+$/.test(note))).toBe(true);
    expect(notes.some((note) => /Wire down|سلك كهرباء/.test(note))).toBe(true);
    expect(beginning.some((message) => !isReadable(message))).toBe(true);
    expect(bodies.some((body) => body.includes('d0d0cafe-'))).toBe(true);
  });

  test('name the feeders and meters that they tell of, and none where nobody can read them', () => {
    const [trip] = sentBy('scada');
    expect(trip?.concerns).toEqual({ feederIds: ['F00K123'], meterNumbers: [] });
    const [gasp] = sentBy('onu').filter(isReadable);
    expect(gasp?.concerns.meterNumbers).toEqual(fieldsOf(gasp as StormMessage).associatedMeters);
    expect(gasp?.concerns.feederIds).toHaveLength(1);
    for (const message of beginning.filter((one) => !isReadable(one)))
      expect(message.concerns).toEqual(NOTHING);
  });
});

describe('the demo without end', () => {
  test('plays one storm after the other, each with ids of its own, and ends all that it opens', () => {
    const storms: Storm[] = [];
    const startsAt: number[] = [];
    const options = {
      bundle,
      seed: DEMO_SEED,
      startAt,
      onStorm: (storm: Storm, later: number) => {
        storms.push(storm);
        startsAt.push((storm.period.startAt + later) / 1e6 - startAt.getTime() / 1e3);
      },
    };
    const tickets = new Map<string, number>();
    for (const message of stormForEver(options, NOTHING_LEFT)) {
      if (message.atOffsetSeconds > STORM_SECONDS + 300) break;
      if (message.provider !== 'call-center' || !isReadable(message)) continue;
      const ticket = String(fieldsOf(message).ticketId);
      const storm = tickets.get(ticket) ?? storms.length;
      expect(storm).toBe(storms.length);
      tickets.set(ticket, storm);
    }
    expect(startsAt).toEqual([0, STORM_SECONDS]);
    expect(new Set(tickets.values())).toEqual(new Set([1, 2]));
    const [first] = storms;
    for (const times of first?.supply.off.values() ?? [])
      expect(times.at(-1)?.to).toBeLessThan((first?.period.endAt ?? 0) - 5 * 60e6);
    const faults = first?.plan.faults ?? [];
    expect(faults.length).toBeGreaterThan(40);
    expect(new Set(faults.map(({ target }) => target.kind))).toEqual(new Set(['device', 'service']));
  });
});

test('what an earlier storm left behind is ended by the messages that would have ended it', () => {
  const left = {
    feederIds: ['F00K127'],
    substationIds: ['4A00000K125'],
    meterNumbers: ['M12345678', 'M23456789'],
  };
  const messages = recoveryMessages(bundle, startAt, 'DEMO-X', left);
  expect(messages.every(isReadable)).toBe(true);
  expect(
    sentBy('scada', messages).map((message) => {
      const { substationId, feederId, alarmType } = fieldsOf(message);
      return [substationId, feederId, alarmType];
    }),
  ).toEqual([
    ['4A00000K124', 'F00K127', 'breaker_close'],
    ['4A00000K124', 'F00K127', 'Energized'],
    ['4A00000K125', '', 'Energized'],
  ]);
  expect(sentBy('onu', messages).map((message) => fieldsOf(message).onuId)).toEqual([3_230_316]);
  const [envelope] = sentBy('kaifa', messages);
  expect(readMessage('kaifa', envelope?.body ?? '').events).toHaveLength(2);
  expect(messages.every(({ atOffsetSeconds }) => atOffsetSeconds === 0)).toBe(true);
});
