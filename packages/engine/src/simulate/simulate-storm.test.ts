import { describe, expect, it } from 'vitest';
import { adjusted, metersOnly, ordinaryBehaviour } from './behaviour.ts';
import { after } from './chance.ts';
import type { Fault } from './fault.ts';
import { ALL_PHASES } from './phases.ts';
import { randomSite } from './random-site.ts';
import { planScenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { STORM_START, type Storm, simulateStorm } from './simulate-storm.ts';
import type { Site } from './site.ts';
import { type PlannedDisturbances, stormPlan } from './storm-plan.ts';
import { stormTruth } from './storm-truth.ts';
import { deviceAt, meterAt, SiteBuilder } from './testing/site-builder.ts';

const minute = (count: number) => after(STORM_START, count);
const PERIOD = { startAt: STORM_START, endAt: minute(120) };

const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('T1')
  .meters(60, { terminal: '1', cell: 'north' })
  .device('T2', 'transformer', { below: 'CB' })
  .meters(60, { terminal: '2', cell: 'south' })
  .build();
const faultAt = (code: string, from: number, to: number, phases = ALL_PHASES): Fault => ({
  target: { kind: 'device', device: deviceAt(site, code) },
  phases,
  cause: 'equipment failure',
  location: -1,
  openings: [{ from: minute(from), to: to === Number.POSITIVE_INFINITY ? to : minute(to) }],
});
const play = (
  faults: readonly Fault[],
  behaviour = metersOnly,
  disturbances: Partial<PlannedDisturbances> = {},
  seed = 1,
): Storm =>
  simulateStorm(site, { plan: stormPlan({ faults, disturbances }), behaviour, period: PERIOD, seed });
const count = (storm: Storm, kind: string) => storm.evidence.filter((record) => record.kind === kind).length;

/** Every scenario on some sites that are different in each. */
function* everyStorm(sites: number): Generator<{ site: Site; storm: Storm; name: string }> {
  for (let seed = 1; seed <= sites; seed++) {
    const made = randomSite(seed);
    for (const scenario of SCENARIOS) {
      const planned = planScenario(scenario, made, seed);
      if (planned === null) continue;
      const storm = simulateStorm(made, { ...planned, behaviour: scenario.behaviour, seed });
      yield { site: made, storm, name: scenario.name };
    }
  }
}

describe('the messages of a storm', () => {
  it('never come before what they tell of, nor after the storm', () => {
    for (const { storm } of everyStorm(4)) {
      let last = 0;
      for (const message of storm.messages) {
        const causes = message.source === 'kaifa' ? message.events : [message];
        for (const { causedAt } of causes) expect(message.receivedAt).toBeGreaterThanOrEqual(causedAt);
        expect(message.receivedAt).toBeGreaterThanOrEqual(last);
        expect(message.receivedAt).toBeLessThanOrEqual(storm.period.endAt);
        expect(message.receivedAt % 1_000).toBe(0);
        last = message.receivedAt;
      }
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const text = (seed: number) => {
      const storm = play([faultAt('T1', 5, 50)], ordinaryBehaviour, {}, seed);
      return JSON.stringify([storm.messages, stormTruth(storm, { scenario: 'x', network: 'y' })]);
    };
    expect(text(7)).toBe(text(7));
    expect(text(7)).not.toBe(text(8));
  });

  it('of one meter do not depend on what fails elsewhere', () => {
    const ofM1 = (storm: Storm) =>
      storm.messages.flatMap((message) =>
        message.source === 'kaifa'
          ? message.events
              .filter(({ meter }) => meter === meterAt(site, 'M1'))
              .map(({ kind, eventAt }) => [kind, eventAt])
          : [],
      );
    const alone = ofM1(play([faultAt('T1', 5, 50)]));
    expect(ofM1(play([faultAt('T1', 5, 50), faultAt('T2', 3, 20)]))).toEqual(alone);
  });

  it('come to a meter’s gasp only after 30 seconds of zero volts: what is shorter is never told', () => {
    expect(count(play([faultAt('T1', 5, 5.4)]), 'power_off')).toBe(0);
    const gasps = play([faultAt('T1', 5, 50)]).evidence.filter(({ kind }) => kind === 'power_off');
    expect(gasps.length).toBeGreaterThan(30);
    for (const { receivedAt } of gasps) expect(receivedAt - minute(5)).toBeGreaterThanOrEqual(30e6);
  });

  it('get through as often as the delivery says', () => {
    for (const gaspDelivery of [0.3, 0.8]) {
      const behaviour = adjusted(metersOnly, { meters: { gaspDelivery, deliverySpread: 0 } });
      let gasps = 0;
      for (let seed = 1; seed <= 20; seed++)
        gasps += count(play([faultAt('CB', 5, 50)], behaviour, {}, seed), 'power_off');
      expect(gasps / (20 * 120)).toBeCloseTo(gaspDelivery, 1);
    }
  });

  it('of a dead cell do not come, in either direction', () => {
    const behaviour = adjusted(metersOnly, { meters: { deadCellShare: 0.5 } });
    const storm = play([faultAt('CB', 5, 50)], behaviour);
    expect(storm.conditions.deadCells.size).toBe(1);
    const told = new Set(
      storm.evidence.map(
        ({ meterKey }) => site.meters.cell[site.network.meterKey.indexOf(meterKey as number)],
      ),
    );
    expect([...told].some((cell) => storm.conditions.deadCells.has(cell as number))).toBe(false);
    expect(told.size).toBe(1);
  });

  it('of a slow carrier come an hour late with the times at which things happened', () => {
    const late = adjusted(metersOnly, { meters: { lateCellShare: 1 } });
    const [ordered, delayed] = [metersOnly, late].map(
      (behaviour) => play([faultAt('T1', 5, 50)], behaviour).evidence,
    );
    expect(delayed?.map(({ eventAt }) => eventAt)).toEqual(ordered?.map(({ eventAt }) => eventAt));
    for (const [index, { receivedAt }] of (delayed ?? []).entries())
      expect(receivedAt - (ordered?.[index]?.receivedAt as number)).toBeGreaterThanOrEqual(60 * 60e6);
  });

  it('that come three times are three messages and one piece of evidence', () => {
    const once = play([faultAt('T1', 5, 50)]);
    const thrice = play([faultAt('T1', 5, 50)], adjusted(metersOnly, { transport: { copies: 3 } }));
    expect(thrice.messages).toHaveLength(3 * once.messages.length);
    expect(thrice.evidence).toEqual(once.evidence);
  });

  it('by a meter with a dead clock battery stamp the restore five seconds after the outage', () => {
    const behaviour = adjusted(metersOnly, { meters: { deadClockShare: 1 } });
    const restores = play([faultAt('T1', 5, 50)], behaviour).evidence.filter(
      ({ kind }) => kind === 'power_on',
    );
    expect(restores.length).toBeGreaterThan(0);
    for (const { eventAt, receivedAt } of restores) {
      expect(eventAt).toBe(minute(5) + 5e6);
      expect(receivedAt).toBeGreaterThan(minute(50));
    }
  });
});

describe('fibre terminals', () => {
  const terminalsOnly = adjusted(metersOnly, {
    meters: { isReporting: false },
    terminals: { isReporting: true, gaspDelivery: 1, batteryShare: 0 },
  });

  it('speak for every meter of their building', () => {
    const storm = play([faultAt('T1', 5, 50)], terminalsOnly);
    expect(storm.messages.map(({ source }) => source)).toEqual(['onu', 'onu']);
    expect(count(storm, 'power_off')).toBe(60);
  });

  it('with a battery say nothing of an outage that it outlasts', () => {
    const withBattery = adjusted(terminalsOnly, { terminals: { batteryShare: 1 } });
    expect(play([faultAt('T1', 5, 50)], withBattery).messages).toEqual([]);
    const short = adjusted(terminalsOnly, { terminals: { batteryShare: 1, batteryHours: 0.5 } });
    expect(play([faultAt('T1', 5, 50)], short).evidence[0]?.receivedAt).toBeGreaterThanOrEqual(minute(35));
  });

  it('behind a cut fibre are silent, and one whose plug is pulled gasps with supply there', () => {
    expect(play([faultAt('T1', 5, 50)], terminalsOnly, { cutTerminals: [0] }).messages).toEqual([]);
    const unplugged = { terminal: 1, times: { from: minute(3), to: minute(4) } };
    const storm = play([], terminalsOnly, { unplugged: [unplugged] });
    expect(storm.evidence.filter(({ kind }) => kind === 'power_off')).toHaveLength(60);
    expect(stormTruth(storm, { scenario: 'x', network: 'y' }).meters).toEqual([]);
  });
});

describe('telemetry', () => {
  const telemetryOnly = adjusted(metersOnly, {
    meters: { isReporting: false },
    telemetry: { isReporting: true, coveredShare: 1, voltageAlarmShare: 1 },
  });
  const kinds = (storm: Storm) =>
    storm.messages.flatMap((message) => (message.source === 'scada' ? [message.kind] : []));

  it('tells of its own breaker and its voltage, and of nothing below it', () => {
    const trip = play([faultAt('CB', 5, 50)], telemetryOnly);
    expect(kinds(trip).toSorted()).toEqual([
      'switch_closed',
      'switch_open',
      'voltage_lost',
      'voltage_present',
    ]);
    const { key } = site.network.devices[deviceAt(site, 'CB')] as { key: number };
    expect(trip.evidence.map(({ deviceKey }) => deviceKey)).toEqual([key, key, key, key]);
    expect(play([faultAt('T1', 5, 50)], telemetryOnly).messages).toEqual([]);
  });

  it('that is under test tells of a trip without loss, and one that is away tells nothing', () => {
    const times = { from: minute(5), to: minute(200) };
    const lie = play([], telemetryOnly, { falseTrips: [{ feeder: 0, times }] });
    expect(kinds(lie)).toEqual(['switch_open']);
    expect(lie.supply.off.size).toBe(0);
    expect(play([faultAt('CB', 5, 50)], telemetryOnly, { silentFeeders: [0] }).messages).toEqual([]);
  });

  it('tells of the whole substation where all its feeders are dead', () => {
    const two = new SiteBuilder()
      .substation('S')
      .device('TR', 'transformer')
      .meters(1)
      .device('CB1', 'breaker', { below: 'S' })
      .meters(1)
      .build();
    const fault: Fault = { ...faultAt('CB', 5, 50), target: { kind: 'device', device: 0 } };
    const storm = simulateStorm(two, {
      plan: stormPlan({ faults: [fault] }),
      behaviour: telemetryOnly,
      period: PERIOD,
      seed: 1,
    });
    expect(storm.evidence.map(({ kind, deviceKey }) => [kind, deviceKey])).toEqual([
      ['voltage_lost', 1],
      ['voltage_present', 1],
    ]);
  });
});

describe('callers', () => {
  const callsOnly = adjusted(metersOnly, {
    meters: { isReporting: false },
    calls: {
      isReporting: true,
      eventualShare: 0.5,
      hazardShare: 0,
      wrongNumberShare: 0,
      strayPerMeterHour: 0,
    },
  });

  it('call while they are out, and more of them the longer it lasts', () => {
    const calls = play([faultAt('CB', 5, 65)], callsOnly).evidence;
    for (const { eventAt } of calls) {
      expect(eventAt).toBeGreaterThan(minute(5));
      expect(eventAt).toBeLessThan(minute(65));
    }
    // 120 customers, half of whom call in the end, with a mean of 15 minutes: within the hour 98 % of these 60.
    expect(calls.length).toBeGreaterThan(45);
    expect(calls.length).toBeLessThan(75);
    const early = calls.filter(({ eventAt }) => eventAt < minute(15)).length;
    expect(early).toBeGreaterThan(15);
    expect(early).toBeLessThan(42);
  });

  it('with a danger to tell, or with nobody’s meter number, are no evidence', () => {
    const hazards = adjusted(callsOnly, { calls: { hazardShare: 1 } });
    const storm = play([faultAt('CB', 5, 65)], hazards);
    expect(storm.messages.length).toBeGreaterThan(0);
    expect(storm.evidence).toEqual([]);
  });
});

describe('messages on their way', () => {
  const tripped = [faultAt('CB', 5, 65)];
  const evidenceOf = (changes: Parameters<typeof adjusted>[1]) =>
    play(tripped, adjusted(metersOnly, changes)).evidence;

  it('come again, are cut off at first, and name meters that nobody knows, without being other evidence', () => {
    const plain = evidenceOf({}).map(({ source, ...record }) => record);
    expect(plain.length).toBeGreaterThan(0);
    for (const changes of [
      { transport: { repeatedShare: 1 } },
      { transport: { brokenShare: 1 } },
      { meters: { unknownMeterShare: 1 } },
    ])
      expect(evidenceOf(changes).map(({ source, ...record }) => record)).toEqual(plain);
  });

  it('that are cut off come before the whole ones, and repeats after the first', () => {
    const { messages } = play(
      tripped,
      adjusted(metersOnly, { transport: { repeatedShare: 1, brokenShare: 1 } }),
    );
    const arrivals = new Map<number, boolean[]>();
    for (const { number, isBroken } of messages)
      arrivals.set(number, [...(arrivals.get(number) ?? []), isBroken]);
    for (const arrived of arrivals.values()) expect(arrived).toEqual([true, false, false]);
  });
});

describe('the truth of a storm', () => {
  const names = { scenario: 'x', network: 'y' };

  it('names device, class, meters, customers and how supply came back', () => {
    const storm = play([faultAt('T1', 5, 50)]);
    const truth = stormTruth(storm, names);
    expect(truth.faults).toHaveLength(1);
    expect(truth.faults[0]).toMatchObject({
      device: { id: 'T1', kind: 'transformer', equivalent: [] },
      startedAt: '2026-01-05T00:05:00Z',
      endedAt: '2026-01-05T00:50:00Z',
      momentary: false,
      customers: 60,
      interrupting: [['2026-01-05T00:05:00Z', '2026-01-05T00:50:00Z']],
    });
    expect(truth.faults[0]?.steps).toEqual([
      { at: '2026-01-05T00:50:00Z', restoredMeters: truth.faults[0]?.meters },
    ]);
    expect(truth.meters[0]).toEqual({
      meter: 'M1',
      off: [['2026-01-05T00:05:00Z', '2026-01-05T00:50:00Z']],
    });
  });

  it('has no end where there is none within the storm, and calls five minutes momentary', () => {
    const [open, short] = stormTruth(
      play([faultAt('T1', 5, Number.POSITIVE_INFINITY), faultAt('T2', 6, 11)]),
      names,
    ).faults;
    expect(open).toMatchObject({ endedAt: null, momentary: false, steps: [] });
    expect(short).toMatchObject({ endedAt: '2026-01-05T00:11:00Z', momentary: true });
  });

  it('has the steps by which a tie and a repair bring supply back', () => {
    const plan = stormPlan({
      faults: [faultAt('CB', 5, 50)],
      tieFeeds: [{ section: deviceAt(site, 'T2'), times: [{ from: minute(20), to: minute(50) }] }],
    });
    const storm = simulateStorm(site, { plan, behaviour: metersOnly, period: PERIOD, seed: 1 });
    expect(
      stormTruth(storm, names).faults[0]?.steps.map(({ at, restoredMeters }) => [at, restoredMeters.length]),
    ).toEqual([
      ['2026-01-05T00:20:00Z', 60],
      ['2026-01-05T00:50:00Z', 60],
    ]);
  });
});
