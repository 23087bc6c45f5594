import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import type { Site } from '../simulate/site.ts';
import { SiteBuilder } from '../simulate/testing/site-builder.ts';
import { OutageTracker } from './outage-tracker.ts';
import { buildZones, type Zone } from './zone.ts';

const TRANSFORMERS = 8;

/** Two fuses with eight transformers of five meters each; the meters of each transformer are in the cell that `cellOf` names. */
function twoFuses(cellOf: (fuse: number, transformer: number) => string): Site {
  const builder = new SiteBuilder().substation('S').device('CB', 'breaker');
  for (let fuse = 1; fuse <= 2; fuse++) {
    builder.device(`F${fuse}`, 'fuse', { below: 'CB' });
    for (let t = 1; t <= TRANSFORMERS; t++)
      builder
        .device(`T${fuse}${t}`, 'transformer', { below: `F${fuse}` })
        .meters(5, { cell: cellOf(fuse, t) });
  }
  return builder.build();
}

/** Devices that are open when these transformers of the first fuse gasp, each but for one meter. */
function openAfterGasps(site: Site, transformers: readonly number[]): readonly string[] {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const transformer of transformers) {
    for (let meter = 1; meter <= 4; meter++)
      tracker.take({
        kind: 'power_off',
        eventAt: STORM_START + minutes(1) + meter * 250_000,
        source: { type: 'kaifa' },
        meterKey: (transformer - 1) * 5 + meter,
        deviceKey: null,
      });
  }
  tracker.judge(STORM_START + minutes(6));
  return tracker
    .zones()
    .flatMap(({ outages }) =>
      outages.open.map(({ target }) => site.network.devices[target.devices[0] as number]?.code as string),
    );
}

const zoneOf = (site: Site): Zone => buildZones(site, defaultTrackingPolicy)[0] as Zone;
const nodeOf = (site: Site, code: string): number =>
  zoneOf(site).nodes.findIndex(({ devices }) =>
    devices.some((device) => site.network.devices[device]?.code === code),
  );

describe('a cell that several transformers share', () => {
  it('is dead once: a fuse of which six transformers of eight are silent is open, where these share an access point', () => {
    const site = twoFuses((fuse, t) => `${fuse}${t <= 2 ? 'a' : 'b'}`);
    expect(openAfterGasps(site, [1, 2])).toEqual(['F1']);
  });

  it('explains no silence where each transformer has a cell of its own: of eight two are out, and not their fuse', () => {
    const site = twoFuses((fuse, t) => `${fuse}${t}`);
    expect(openAfterGasps(site, [1, 2]).toSorted()).toEqual(['T11', 'T12']);
  });

  it('is averaged over at the lowest device above all of its meters', () => {
    const site = twoFuses((fuse) => `cell of F${fuse}`);
    const { cells } = zoneOf(site);
    const fuse = nodeOf(site, 'F1');
    expect(cells.closing[fuse]).toMatchObject([{ smart: 40, group: -1 }]);
    expect(cells.carriedSmart[nodeOf(site, 'T11')]).toBe(5);
    expect(cells.carried[fuse]).toBe(-1);
  });

  it('is cut where a larger one goes through the same device', () => {
    // All but one transformer of each fuse are in one cell of the whole feeder; the others share a small one.
    const site = twoFuses((_, t) => (t === 1 ? 'small' : 'large'));
    const { cells } = zoneOf(site);
    const fuse = nodeOf(site, 'F1');
    expect(cells.carriedSmart[fuse]).toBe(35);
    expect(cells.closing[fuse]).toMatchObject([{ smart: 5 }]);
    expect(cells.closing[nodeOf(site, 'CB')]).toMatchObject([{ smart: 70 }]);
  });
});
