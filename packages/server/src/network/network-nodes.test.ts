import { describe, expect, test } from 'vitest';
import type { BundleTexts } from './testing/bundle-folder.ts';
import { DEVICES, METERS, POINTS, readTexts } from './testing/read-texts.ts';

describe('a bundle without devices', () => {
  const levels: BundleTexts = {
    'distribution_points.csv': [POINTS, 'DP1,F1,', 'DP2,F1,DP1', 'DP3,F2,F2'],
    'meters.csv': [METERS, 'M1,DP2,', 'M2,,F2', 'M3,F1,', 'M4,S1,'],
  };

  test('has distribution points, feeders and substations as its levels', async () => {
    const network = await readTexts(levels);
    expect(network.path('DP2')).toEqual(['DP2', 'DP1', 'F1', 'S1']);
    expect(network.path('DP3')).toEqual(['DP3', 'F2', 'S2']);
    expect(['DP1', 'F1', 'S1'].map((id) => network.device(id).kind)).toEqual([
      'distribution_point',
      'feeder',
      'substation',
    ]);
    expect(network.topology.devices.some(({ implied }) => implied)).toBe(false);
    expect(network.head('F1')).toMatchObject({ deviceId: 'F1', isFeederHead: true });
    expect(['M1', 'M2', 'M3', 'M4'].map(network.place)).toEqual([
      'DP2/DP2/F1/S1',
      'F2/-/F2/S2',
      'F1/-/F1/S1',
      'S1/-/-/S1',
    ]);
  });

  test('may call a distribution point, a feeder and a substation by one name', async () => {
    const network = await readTexts({
      'substations.csv': ['substation_id', 'A'],
      'feeders.csv': ['feeder_id,substation_id', 'A,A'],
      'distribution_points.csv': [POINTS, 'A,A,', 'B,A,A'],
      'meters.csv': [METERS, 'M1,B,A'],
    });
    expect(network.path('B')).toEqual(['B', 'A#distribution_point', 'A#feeder', 'A']);
    expect(network.place('M1')).toBe('B/B/A/A');
    expect(network.findings('id_clash')).toHaveLength(2);
  });
});

describe('a distribution point beside devices', () => {
  const devices = [
    `${DEVICES},distribution_point_id`,
    'CB,breaker,F1,,',
    'T1,transformer,F1,CB,DP1',
    'T2,transformer,F1,CB,',
  ];

  test('is the place of the device that names it, or that its upstream names', async () => {
    const network = await readTexts({
      'devices.csv': devices,
      'distribution_points.csv': [POINTS, 'DP1,F1,', 'DP2,F1,T2', 'T2,F1,'],
      'meters.csv': [METERS, 'M1,DP1,', 'M2,T1,', 'M3,DP2,', 'M4,T2,'],
    });
    expect(['M1', 'M2', 'M3', 'M4'].map(network.place)).toEqual([
      'T1/DP1/F1/S1',
      'T1/DP1/F1/S1',
      'T2/DP2/F1/S1',
      'T2/T2/F1/S1',
    ]);
    expect(network.topology.devices.some(({ kind }) => kind === 'distribution_point')).toBe(false);
  });

  test('is a device itself only where it has meters and no device supplies it', async () => {
    const network = await readTexts({
      'devices.csv': devices,
      'distribution_points.csv': [POINTS, 'DP1,F1,', 'DP2,F1,', 'DP3,F1,'],
      'meters.csv': [METERS, 'M1,DP2,', 'M2,DP2,'],
    });
    expect(network.path('DP2')).toEqual(['DP2', 'CB', 'S1']);
    expect(network.device('DP2')).toMatchObject({ kind: 'distribution_point', implied: false });
    expect(network.topology.devices.filter(({ kind }) => kind === 'distribution_point')).toHaveLength(1);
    expect(network.place('M1')).toBe('DP2/DP2/F1/S1');
  });

  test('that a fuse and the transformer below it both name is that of the transformer', async () => {
    const network = await readTexts({
      'devices.csv': [
        `${DEVICES},distribution_point_id`,
        'CB,breaker,F1,,',
        'FU,fuse,F1,CB,DP1',
        'TX,transformer,F1,FU,DP1',
      ],
      'distribution_points.csv': [POINTS, 'DP1,F1,'],
      'meters.csv': [METERS, 'M1,DP1,'],
    });
    expect(network.place('M1')).toBe('TX/DP1/F1/S1');
    expect(network.findings('several_devices')).toHaveLength(0);
  });

  test('can be what feeds a device', async () => {
    const network = await readTexts({
      'devices.csv': [...devices, 'FU,fuse,F1,DP1,'],
      'distribution_points.csv': [POINTS, 'DP1,F1,'],
    });
    expect(network.path('FU')).toEqual(['FU', 'T1', 'CB', 'S1']);
  });

  test('that is fed from itself in a circle is no endless walk', async () => {
    const network = await readTexts({
      'devices.csv': devices,
      'distribution_points.csv': [POINTS, 'A,F1,B', 'B,F1,A'],
      'meters.csv': [METERS, 'M1,A,'],
    });
    expect(network.place('M1')).toBe('A/A/F1/S1');
  });
});
