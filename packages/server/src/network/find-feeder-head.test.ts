import { describe, expect, test } from 'vitest';
import { DEVICES, METERS, readTexts } from './testing/read-texts.ts';
import { NONE } from './topology.ts';

describe('the head of a feeder', () => {
  test('is the first breaker below its source, and what hangs above it is not concerned by its trip', async () => {
    const network = await readTexts({
      'devices.csv': [
        DEVICES,
        'L0,line,F1,',
        'CB,breaker,F1,L0',
        'R1,recloser,F1,CB',
        'B2,breaker,F1,R1',
        'T0,transformer,F1,L0',
      ],
      'meters.csv': [METERS, 'M1,R1,', 'M2,T0,', 'M3,L0,', 'M4,CB,'],
    });
    expect(network.head('F1').deviceId).toBe('CB');
    expect(network.path('R1')).toEqual(['R1', 'CB', 'L0', 'S1']);
    const above = (number: string) => network.meter(number).place.isAboveFeederHead;
    expect(['M1', 'M2', 'M3', 'M4'].map(above)).toEqual([false, true, true, false]);
    expect(network.device('CB')).toMatchObject({ isFeederHead: true, implied: false });
    expect(network.device('S1')).toMatchObject({ kind: 'substation', implied: true, upstream: NONE });
  });

  test('is implied with the id of the feeder where it has no breaker, above all its roots', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'A,fuse,F1,', 'B,recloser,F1,', 'C,fuse,F1,B'],
      'meters.csv': [METERS, 'M1,C,'],
    });
    expect(network.head('F1')).toMatchObject({
      deviceId: 'F1',
      kind: 'breaker',
      implied: true,
      isFeederHead: true,
    });
    expect(network.path('C')).toEqual(['C', 'B', 'F1', 'S1']);
    expect(network.path('A')).toEqual(['A', 'F1', 'S1']);
    expect(network.meter('M1').place.isAboveFeederHead).toBe(false);
    expect(network.findings('implied_feeder_head').map(({ id }) => id)).toEqual(['F1']);
  });

  test('is implied above breakers that stand side by side', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'A,breaker,F1,', 'B,breaker,F1,', 'C,fuse,F1,B'],
    });
    expect(network.head('F1')).toMatchObject({ deviceId: 'F1', implied: true });
    expect(network.path('C')).toEqual(['C', 'B', 'F1', 'S1']);
  });

  test('is the one root breaker where another root is none, and the other root stays beside it', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'A,breaker,F1,', 'B,transformer,F1,'],
      'meters.csv': [METERS, 'M1,A,', 'M2,B,'],
    });
    expect(network.head('F1').deviceId).toBe('A');
    expect(network.path('B')).toEqual(['B', 'S1']);
    expect(network.meter('M2').place).toMatchObject({ isAboveFeederHead: true, feeder: 0 });
  });

  test('is no normally open breaker', async () => {
    const network = await readTexts({
      'devices.csv': [`${DEVICES},normally_open`, 'TIE,breaker,F1,,true', 'CB,breaker,F1,,false'],
    });
    expect(network.head('F1').deviceId).toBe('CB');
  });

  test('is implied below the station transformer that feeds all roots of the feeder', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'TX,transformer,,', 'A,fuse,F1,TX', 'B,fuse,F1,TX'],
    });
    expect(network.path('A')).toEqual(['A', 'F1', 'TX', 'S1']);
  });

  test('gets another id where the utility has a device of the feeder that is called like it', async () => {
    const network = await readTexts({ 'devices.csv': [DEVICES, 'F1,line,F1,', 'A,fuse,F1,F1'] });
    expect(network.head('F1').deviceId).toBe('F1#breaker');
    expect(network.path('A')).toEqual(['A', 'F1', 'F1#breaker', 'S1']);
    expect(network.findings('id_clash')).toHaveLength(1);
  });

  test('is implied for a feeder without any device, so that its meters have one', async () => {
    const network = await readTexts({ 'devices.csv': [DEVICES], 'meters.csv': [METERS, 'M1,,F2'] });
    expect(network.path('F2')).toEqual(['F2', 'S2']);
    expect(network.place('M1')).toBe('F2/-/F2/S2');
    expect(network.findings('meter_without_device').map(({ id }) => id)).toEqual(['M1']);
  });
});
