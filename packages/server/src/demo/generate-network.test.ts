import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBundle } from '../network/open-bundle.ts';
import { checkNetwork } from '../network/read-network.ts';
import { withBundleFolder } from '../network/testing/bundle-folder.ts';
import { generateDemoNetwork } from './generate-network.ts';
import type { NetworkBundle } from './network-bundle.ts';
import { writeNetworkBundle } from './write-network-bundle.ts';

const network = generateDemoNetwork({ seed: 7 });
const meters = [...network.meters()];
const customers = [...network.customers()];

test('the demo is a small district: 3 substations, 12 feeders, 250 distribution points, 5,000 meters', () => {
  expect(network.substations).toHaveLength(3);
  expect(network.feeders).toHaveLength(12);
  expect(network.distributionPoints).toHaveLength(250);
  expect(meters).toHaveLength(5_000);
  expect(customers).toHaveLength(5_000);
  const kinds = new Set(network.devices.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    'breaker',
    'fuse',
    'recloser',
    'sectionalizer',
    'switch',
    'transformer',
  ]);
  expect(network.devices.filter(({ normally_open }) => normally_open).map(({ kind }) => kind)).toEqual([
    'switch',
    'switch',
    'switch',
  ]);
});

test("the utility's own example is in it: two meters of one building on ONU 3230316 of feeder F00K123", () => {
  expect(network.substations.map(({ substation_id }) => substation_id)).toContain('4A00000K123');
  expect(network.feeders[0]).toMatchObject({ feeder_id: 'F00K123', substation_id: '4A00000K123' });
  const known = meters.filter(({ onu_id }) => onu_id === 3_230_316);
  expect(known.map(({ meter_number }) => meter_number)).toEqual(['M12345678', 'M23456789']);
  for (const meter of known) {
    expect(meter).toMatchObject({
      feeder_id: 'F00K123',
      building_id: '05040835035',
      onu_serial_no: '48575443ED8345B0',
    });
    expect(meter.asset_mrid).not.toBeNull();
  }
});

test('everything that names one thing names one thing only', () => {
  const unique = (values: readonly (string | null)[]): void => {
    const given = values.filter((value) => value !== null);
    expect(new Set(given).size).toBe(given.length);
  };
  unique(meters.map(({ meter_number }) => meter_number));
  unique(meters.map(({ asset_mrid }) => asset_mrid));
  unique(meters.map(({ usage_point_mrid }) => usage_point_mrid));
  unique(customers.map(({ customer_id }) => customer_id));
  unique(customers.map(({ phone }) => phone.replace(/^\+962|^0/, '')));
  unique(network.devices.map(({ device_id }) => device_id));
  expect(meters.map(({ customer_id }) => customer_id)).toEqual(
    customers.map(({ customer_id }) => customer_id),
  );
});

test('it looks like a real one: four of five meters smart, most buildings of several on fibre, names in both scripts', () => {
  const share = (part: number, all: number): number => part / all;
  expect(share(meters.filter(({ asset_mrid }) => asset_mrid !== null).length, meters.length)).toBeCloseTo(
    0.8,
    1,
  );
  const buildings = new Map<string, typeof meters>();
  for (const meter of meters)
    buildings.set(meter.building_id, [...(buildings.get(meter.building_id) ?? []), meter]);
  const several = [...buildings.values()].filter((building) => building.length >= 2);
  for (const building of several) expect(new Set(building.map(({ onu_id }) => onu_id)).size).toBe(1);
  expect(share(several.filter(([first]) => first?.onu_id !== null).length, several.length)).toBeCloseTo(
    0.7,
    1,
  );
  expect(customers.every(({ phone }) => /^(\+962|0)7[789]\d{7}$/.test(phone))).toBe(true);
  expect(customers.filter(({ name }) => /[\u0600-\u06ff]/.test(name)).length).toBeGreaterThan(2_000);
  expect(customers.filter(({ name }) => /^[A-Za-z -]+$/.test(name)).length).toBeGreaterThan(1_000);
  expect(meters.filter(({ priority }) => priority === 1).length).toBeGreaterThan(5);
  const placed = meters.filter(({ lat }) => lat !== null);
  expect(placed.length).toBeLessThan(meters.length);
  for (const { lat, lng } of placed) {
    expect(Math.abs((lat ?? 0) - 31.95)).toBeLessThan(0.15);
    expect(Math.abs((lng ?? 0) - 35.93)).toBeLessThan(0.15);
  }
});

test('the same seed gives the same files to the byte, another seed others, and both pass the quality report', async () => {
  const texts = async (bundle: NetworkBundle): Promise<string> =>
    withBundleFolder({}, async (folder) => {
      await writeNetworkBundle(bundle, folder);
      const source = await openBundle(folder);
      if (!source.ok) throw new Error(source.error[0]?.message);
      const report = await checkNetwork(source.value);
      expect(report.rowsLeftOut).toBe(0);
      expect(report.findings).toEqual([]);
      expect(report.links.explicit).toBe(report.files['meters.csv'].rows);
      const files = ['devices.csv', 'distribution_points.csv', 'customers.csv', 'meters.csv'];
      return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
    });
  const size = { meters: 600 };
  const first = await texts(generateDemoNetwork({ seed: 1, ...size }));
  expect(await texts(generateDemoNetwork({ seed: 1, ...size }))).toBe(first);
  expect(await texts(generateDemoNetwork({ seed: 2, ...size }))).not.toBe(first);
});

test('a larger network grows in every part', () => {
  const large = generateDemoNetwork({ seed: 1, meters: 60_000 });
  expect(large.feeders).toHaveLength(24);
  expect(large.substations).toHaveLength(5);
  expect(large.distributionPoints).toHaveLength(3_000);
  let count = 0;
  for (const _ of large.meters()) count += 1;
  expect(count).toBe(60_000);
});
