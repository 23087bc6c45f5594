import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { adjusted, metersOnly } from '../simulate/behaviour.ts';
import { ALL_PHASES } from '../simulate/phases.ts';
import { simulateStorm } from '../simulate/simulate-storm.ts';
import { stormPlan } from '../simulate/storm-plan.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { PingOracle } from './ping-oracle.ts';

const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('T1')
  .meters(200)
  .device('T2', 'transformer', { below: 'CB' })
  .meters(200)
  .meters(1, { isSmart: false })
  .build();

function oracleOf(behaviour = metersOnly): PingOracle {
  const fault = {
    target: { kind: 'device', device: deviceAt(site, 'T1') } as const,
    phases: ALL_PHASES,
    cause: '',
    location: -1,
    openings: [{ from: minutes(10), to: minutes(20) }],
  };
  const period = { startAt: 0, endAt: minutes(60) };
  return new PingOracle(
    simulateStorm(site, { plan: stormPlan({ faults: [fault] }), behaviour, period, seed: 1 }),
  );
}

/** How many of the meters with these numbers are heard when they are pinged at a minute. */
function heard(oracle: PingOracle, first: number, last: number, minute: number): number {
  for (let number = first; number <= last; number++)
    oracle.ping(site.network.meterKey[meterAt(site, `M${number}`)] as number, minutes(minute));
  return oracle.takeAnswers(minutes(minute + 1)).filter(({ kind }) => kind === 'heard').length;
}

describe('the answers to pings', () => {
  it('come from meters with supply, but for a few that are lost', () => {
    const count = heard(oracleOf(), 201, 400, 15);
    expect(count).toBeGreaterThan(185);
    expect(count).toBeLessThan(200);
  });

  it('do not come from meters without supply, and do once it is back', () => {
    expect(heard(oracleOf(), 1, 200, 15)).toBeLessThan(3);
    expect(heard(oracleOf(), 1, 200, 25)).toBeGreaterThan(185);
  });

  it('do not come through dead cells, nor from meters that cannot be asked', () => {
    expect(heard(oracleOf(adjusted(metersOnly, { meters: { deadCellShare: 1 } })), 201, 400, 15)).toBe(0);
    expect(heard(oracleOf(), 401, 401, 15)).toBe(0);
  });

  it('take seconds, tell when nothing came, and are given once', () => {
    const oracle = oracleOf();
    const key = site.network.meterKey[meterAt(site, 'M1')] as number;
    oracle.ping(key, minutes(15));
    expect(oracle.takeAnswers(minutes(15))).toEqual([]);
    expect(oracle.takeAnswers(minutes(16))).toMatchObject([
      { kind: 'not_heard', meterKey: key, eventAt: minutes(15), receivedAt: minutes(15.5) },
    ]);
    expect(oracle.takeAnswers(minutes(17))).toEqual([]);
    expect(oracle.count).toBe(1);
    expect(() => oracle.ping(9_999, 0)).toThrow('there is no meter');
  });
});
