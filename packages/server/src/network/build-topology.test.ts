import { describe, expect, test } from 'vitest';
import { DEVICES, METERS, readTexts } from './testing/read-texts.ts';
import { NONE } from './topology.ts';

describe('station equipment', () => {
  test('above several feeders finds its substation by what hangs below', async () => {
    const network = await readTexts({
      'feeders.csv': ['feeder_id,substation_id', 'F1,S2', 'F2,S2'],
      'devices.csv': [
        DEVICES,
        'TX,transformer,,',
        'BUS,breaker,,TX',
        'C1,breaker,F1,BUS',
        'C2,breaker,F2,BUS',
      ],
      'meters.csv': [METERS, 'M1,TX,', 'M2,BUS,F1'],
    });
    expect(network.path('C1')).toEqual(['C1', 'BUS', 'TX', 'S2']);
    expect(network.device('TX')).toMatchObject({ feeder: NONE, isBelowHead: false });
    expect(network.place('M1')).toBe('TX/-/-/S2');
    expect(network.place('M2')).toBe('BUS/-/F1/S2');
    expect(network.meter('M2').place.isAboveFeederHead).toBe(true);
    expect(network.report.counts).toEqual({ column_absent: network.report.counts.column_absent });
  });

  test('that nothing tells a substation of is left out with all below it', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'X,switch,,', 'Y,transformer,,X'],
      'meters.csv': [METERS, 'M1,Y,F1'],
    });
    expect(network.findings('no_place').map(({ id, leftOut }) => [id, leftOut])).toEqual([
      ['X', true],
      ['Y', true],
    ]);
    expect(network.report.rowsLeftOut).toBe(2);
    expect(network.place('M1')).toBe('F1/-/F1/S1');
  });

  test('named by the id of its substation hangs there', async () => {
    const network = await readTexts({ 'devices.csv': [DEVICES, 'TX,transformer,,S2', 'CB,breaker,F2,TX'] });
    expect(network.path('CB')).toEqual(['CB', 'TX', 'S2']);
  });

  test('above feeders of two substations is told of', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'TX,transformer,,', 'A,breaker,F1,TX', 'B,breaker,F2,TX'],
    });
    expect(network.findings('several_substations').map(({ id }) => id)).toEqual(['TX']);
    expect(network.path('B')).toEqual(['B', 'TX', 'S1']);
  });
});

test('a network of any shape becomes a tree in which every device reaches its substation', async () => {
  // A fixed mix of unknown, looping and crossing references, made without a random source.
  const ids = Array.from({ length: 300 }, (_, number) => `D${number}`);
  const kinds = ['breaker', 'fuse', 'line', 'switch', 'transformer'];
  const rows = ids.map((id, number) => {
    const pick = (number * 7_919 + 104_729) % 331;
    const upstream =
      pick < 290 ? `D${(pick * 13) % 300}` : pick < 300 ? 'GONE' : pick < 310 ? 'F1' : pick < 320 ? 'S2' : '';
    return `${id},${kinds[pick % 5]},${['F1', 'F2', '', 'F9'][number % 4]},${upstream},${pick % 11 === 0}`;
  });
  const network = await readTexts({ 'devices.csv': [`${DEVICES},normally_open`, ...rows] });
  expect(network.topology.devices.length + network.report.rowsLeftOut).toBeGreaterThanOrEqual(302);
  for (const { deviceId } of network.topology.devices) {
    const path = network.path(deviceId);
    expect(['S1', 'S2']).toContain(path.at(-1));
  }
  const heads = network.topology.devices.filter(({ isFeederHead }) => isFeederHead);
  expect(heads.map(({ feeder }) => feeder).sort()).toEqual([0, 1]);
  expect(new Set(network.topology.devices.map(({ deviceId }) => deviceId)).size).toBe(
    network.topology.devices.length,
  );
});
