import { describe, expect, it } from 'vitest';
import type { Site } from '../simulate/site.ts';
import type { TrackerRecord } from './outage-tracker.ts';
import { at, judge, numbers, said, smallFeeder } from './testing/small-feeder.ts';

/** Gasps that all carry one stamp, `fraction` seconds after a whole one. */
function gaspTogether(
  site: Site,
  meters: readonly string[],
  minute: number,
  fraction: number,
): readonly TrackerRecord[] {
  return said(site, 'power_off', meters, minute).map((gasp) => ({
    ...gasp,
    eventAt: at(minute) + fraction * 1e6,
  }));
}

/** Every gasp of a slot in one whole second, as head-ends stamp. */
const inOneSecond = (site: Site, meters: readonly string[], minute: number) =>
  gaspTogether(site, meters, minute, 0);

describe('gasps of one stamp', () => {
  it('are an outage of the transformer where stamps are whole seconds', () => {
    const site = smallFeeder();
    expect(judge(site, {}, inOneSecond(site, numbers(1, 7), 1), 5).open).toEqual(['T1']);
  });

  it('are an outage of the fuse where the meters of both of its cells share them, in whole seconds or not', () => {
    const site = smallFeeder();
    const meters = [...numbers(1, 6), ...numbers(9, 14)];
    expect(judge(site, {}, inOneSecond(site, meters, 1), 5).open).toEqual(['F1']);
    expect(judge(site, {}, gaspTogether(site, meters, 1, 0.437), 5).open).toEqual(['F1']);
  });

  it('are of a concentrator, one witness however many meters it gasps for, where stamps are finer and nobody else gasps', () => {
    const site = smallFeeder();
    const [many] = judge(site, {}, said(site, 'power_off', numbers(1, 7), 1), 5).openOutages;
    const [one] = judge(site, {}, gaspTogether(site, numbers(1, 7), 1, 0.437), 5).openOutages;
    expect(one?.confidence ?? 0).toBeLessThan((many?.confidence ?? 0) - 0.1);
  });

  it('weigh the same whichever gasp came first', () => {
    const site = smallFeeder();
    const gasps = [
      ...gaspTogether(site, numbers(1, 7), 1, 0.437),
      ...gaspTogether(site, numbers(17, 18), 1, 0.437),
    ];
    const forwards = judge(site, {}, gasps, 5);
    const backwards = judge(site, {}, gasps.toReversed(), 5);
    expect(backwards.openOutages).toEqual(forwards.openOutages);
  });
});
