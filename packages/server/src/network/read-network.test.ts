import { describe, expect, test } from 'vitest';
import { DEVICES, METERS, readTexts } from './testing/read-texts.ts';

describe('data that contradicts itself', () => {
  test('a device whose upstream is unknown hangs below the head of its feeder and is told of', async () => {
    const network = await readTexts({ 'devices.csv': [DEVICES, 'CB,breaker,F1,', 'T,transformer,F1,GONE'] });
    expect(network.path('T')).toEqual(['T', 'CB', 'S1']);
    expect(network.findings('unknown_upstream')).toMatchObject([
      { file: 'devices.csv', line: 3, field: 'upstream_id', id: 'T', leftOut: false },
    ]);
  });

  test('a loop is told of once, cut at its breaker, and everything on it keeps a place', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'A,line,F1,C', 'B,breaker,F1,A', 'C,fuse,F1,B', 'T,transformer,F1,C'],
      'meters.csv': [METERS, 'M1,T,'],
    });
    expect(network.findings('loop').map(({ reason }) => reason)).toEqual(['feeds itself: B < A < C < B']);
    expect(network.path('T')).toEqual(['T', 'C', 'B', 'S1']);
    expect(network.path('A')).toEqual(['A', 'C', 'B', 'S1']);
  });

  test('a device that names itself is no endless walk', async () => {
    const network = await readTexts({ 'devices.csv': [DEVICES, 'CB,breaker,F1,', 'A,fuse,F1,A'] });
    expect(network.path('A')).toEqual(['A', 'CB', 'S1']);
    expect(network.findings('loop')).toHaveLength(1);
  });

  test('two feeders that each hang below the other are cut apart', async () => {
    const network = await readTexts({
      'devices.csv': [
        DEVICES,
        'A,breaker,F1,B',
        'B,breaker,F2,A',
        'X,fuse,F1,GONE',
        'Y,breaker,F2,X',
        'Z,fuse,F2,GONE2',
      ],
    });
    for (const { deviceId } of network.topology.devices) {
      const path = network.path(deviceId);
      expect(new Set(path).size).toBe(path.length);
      expect(['S1', 'S2']).toContain(path.at(-1));
    }
  });

  test('of two rows with one id the first counts', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'CB,breaker,F1,', 'CB,fuse,F2,'],
      'meters.csv': [METERS, 'M1,CB,', 'M1,,F2'],
    });
    expect(network.device('CB').kind).toBe('breaker');
    expect(network.place('M1')).toBe('CB/-/F1/S1');
    expect(network.findings('duplicate')).toMatchObject([
      { file: 'devices.csv', line: 3, id: 'CB', leftOut: true },
      { file: 'meters.csv', line: 3, id: 'M1', leftOut: true },
    ]);
    expect(network.report.files['meters.csv']).toMatchObject({ rows: 2, leftOut: 1 });
  });

  test('a feeder of an unknown substation is left out, and what names it is told of', async () => {
    const network = await readTexts({
      'feeders.csv': ['feeder_id,substation_id', 'F1,S1', 'F9,S9'],
      'devices.csv': [DEVICES, 'CB,breaker,F1,', 'D,fuse,F9,CB'],
      'meters.csv': [METERS, 'M1,D,F9', 'M2,,F9'],
    });
    expect(network.findings('unknown_substation')).toMatchObject([
      { id: 'F9', leftOut: true, field: 'substation_id' },
    ]);
    expect(network.findings('unknown_feeder').map(({ id }) => id)).toEqual(['D', 'M1', 'M2']);
    expect(network.place('M1')).toBe('D/-/F1/S1');
    expect(network.place('M2')).toBe('-/-/-/-');
  });

  test('a meter whose feeder is not that of its upstream is believed to hang where its upstream is', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'C1,breaker,F1,', 'C2,breaker,F2,'],
      'meters.csv': [METERS, 'M1,C1,F2'],
    });
    expect(network.place('M1')).toBe('C1/-/F1/S1');
    expect(network.findings('feeder_disagrees').map(({ id }) => id)).toEqual(['M1']);
  });

  test('an asset mRID counts for the first meter that has it', async () => {
    const network = await readTexts({
      'meters.csv': [`${METERS},asset_mrid`, 'M1,,F1,A1', 'M2,,,A1', 'M3,,F1,A2'],
    });
    expect(['M1', 'M2', 'M3'].map((number) => network.meter(number).row.assetMrid)).toEqual([
      'A1',
      null,
      'A2',
    ]);
    expect(network.findings('asset_mrid_twice').map(({ id }) => id)).toEqual(['M2']);
  });

  test('an ONU without serial or with two is told of once for each', async () => {
    const network = await readTexts({
      'meters.csv': [
        `${METERS},onu_id,onu_serial_no`,
        'M1,,F1,7,',
        'M2,,F1,7,',
        'M3,,F1,8,AA',
        'M4,,F1,8,BB',
        'M5,,F1,9,',
        'M6,,F1,9,CC',
      ],
    });
    expect(network.findings('onu_without_serial')).toMatchObject([{ id: '7', line: 2 }]);
    expect(network.findings('onu_serial_differs')).toMatchObject([{ id: 'M4' }]);
  });

  test('coordinates that cannot be count as missing', async () => {
    const network = await readTexts({
      'meters.csv': [
        `${METERS},lat,lng`,
        'M1,,F1,91,35',
        'M2,,F1,0,0',
        'M3,,F1,31.9,',
        'M4,,F1,31.9,35.9',
        'M5,,F1,north,35',
        'M6,,F1,,',
      ],
    });
    expect(network.findings('coordinates_out_of_range').map(({ id }) => id)).toEqual(['M1', 'M2']);
    expect(network.findings('invalid_value').map(({ id, field }) => [id, field])).toEqual([
      ['M3', 'lng'],
      ['M5', 'lat'],
    ]);
    expect(network.report.files['meters.csv'].withoutCoordinates).toBe(5);
    expect(network.meter('M4').row).toMatchObject({ lat: 31.9, lng: 35.9 });
  });

  test('what is fed only through a normally open tie is an island, and stays in the network', async () => {
    const network = await readTexts({
      'devices.csv': [
        `${DEVICES},normally_open`,
        'CB,breaker,F1,,',
        'TIE,switch,F1,CB,true',
        'T1,transformer,F1,TIE,',
        'T2,transformer,F1,T1,',
      ],
      'meters.csv': [METERS, 'M1,T1,', 'M2,T2,', 'M3,CB,'],
    });
    expect(network.findings('island')).toMatchObject([
      { id: 'TIE', reason: '2 devices and 2 meters are fed only through it, and it is normally open' },
    ]);
    expect(network.path('T2')).toEqual(['T2', 'T1', 'TIE', 'CB', 'S1']);
  });

  test('a kind that is not known is taken as a line, and sectionaliser is a spelling', async () => {
    const network = await readTexts({
      'devices.csv': [DEVICES, 'CB,Breaker,F1,', 'V,regulator,F1,CB', 'S,sectionaliser,F1,V'],
    });
    expect(network.device('V').kind).toBe('line');
    expect(network.device('S').kind).toBe('sectionalizer');
    expect(network.path('S')).toEqual(['S', 'V', 'CB', 'S1']);
    expect(network.findings('invalid_value').map(({ id }) => id)).toEqual(['V']);
  });
});
