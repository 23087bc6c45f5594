import { describe, expect, test } from 'vitest';
import type { Finding, FindingCode } from './finding.ts';
import { openBundle } from './open-bundle.ts';
import { type PlacedMeter, type QualityReport, readNetwork } from './read-network.ts';
import { type BundleTexts, withBundleFolder } from './testing/bundle-folder.ts';
import { NONE, type Topology, type TopologyDevice } from './topology.ts';

/** A network as the tests look at it: by ids. */
interface Read {
  readonly report: QualityReport;
  readonly topology: Topology;
  readonly device: (id: string) => TopologyDevice;
  /** Ids from a device up to its substation. */
  readonly path: (id: string) => string[];
  readonly head: (feederId: string) => TopologyDevice;
  readonly meter: (meterNumber: string) => PlacedMeter;
  /** `device/distribution point/feeder/substation` of a meter. */
  readonly place: (meterNumber: string) => string;
  readonly findings: (code: FindingCode) => Finding[];
}

async function read(texts: BundleTexts): Promise<Read> {
  return withBundleFolder({ ...BASE, ...texts }, async (folder) => {
    const source = await openBundle(folder);
    if (!source.ok) throw new Error(source.error.map(({ message }) => message).join('; '));
    const meters = new Map<string, PlacedMeter>();
    const { report, topology } = await readNetwork(source.value, {
      onCustomers: async () => undefined,
      onMeters: async (placed) => {
        for (const meter of placed) meters.set(meter.row.meterNumber, meter);
      },
      onProgress: () => undefined,
    });
    const device = (id: string): TopologyDevice => {
      const found = topology.devices.find(({ deviceId }) => deviceId === id);
      if (found === undefined) throw new Error(`no device ${id}`);
      return found;
    };
    const meter = (number: string): PlacedMeter => {
      const found = meters.get(number);
      if (found === undefined) throw new Error(`no meter ${number}`);
      return found;
    };
    return {
      report,
      topology,
      device,
      path: (id) => {
        const path = [];
        for (
          let at: TopologyDevice | undefined = device(id);
          at !== undefined;
          at = topology.devices[at.upstream]
        )
          path.push(at.deviceId);
        return path;
      },
      head: (feederId) =>
        topology.devices[topology.headOfFeeder[topology.feederById.get(feederId) ?? NONE] ?? NONE]!,
      meter,
      place: (number) => {
        const { place } = meter(number);
        return [
          topology.devices[place.device]?.deviceId,
          topology.distributionPoints[place.distributionPoint]?.row.dpId,
          topology.feeders[place.feeder]?.feederId,
          topology.substations[place.substation]?.substationId,
        ]
          .map((id) => id ?? '-')
          .join('/');
      },
      findings: (code) => report.findings.filter((finding) => finding.code === code),
    };
  });
}

const METERS = 'meter_number,upstream_id,feeder_id';
const DEVICES = 'device_id,kind,feeder_id,upstream_id';
const POINTS = 'dp_id,feeder_id,upstream_id';
const BASE: BundleTexts = {
  'substations.csv': ['substation_id', 'S1', 'S2'],
  'feeders.csv': ['feeder_id,substation_id', 'F1,S1', 'F2,S2'],
  'meters.csv': [METERS],
};

describe('the head of a feeder', () => {
  test('is the first breaker below its source, and what hangs above it is not concerned by its trip', async () => {
    const network = await read({
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
    const network = await read({
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
    const network = await read({ 'devices.csv': [DEVICES, 'A,breaker,F1,', 'B,breaker,F1,', 'C,fuse,F1,B'] });
    expect(network.head('F1')).toMatchObject({ deviceId: 'F1', implied: true });
    expect(network.path('C')).toEqual(['C', 'B', 'F1', 'S1']);
  });

  test('is the one root breaker where another root is none, and the other root stays beside it', async () => {
    const network = await read({
      'devices.csv': [DEVICES, 'A,breaker,F1,', 'B,transformer,F1,'],
      'meters.csv': [METERS, 'M1,A,', 'M2,B,'],
    });
    expect(network.head('F1').deviceId).toBe('A');
    expect(network.path('B')).toEqual(['B', 'S1']);
    expect(network.meter('M2').place).toMatchObject({ isAboveFeederHead: true, feeder: 0 });
  });

  test('is no normally open breaker', async () => {
    const network = await read({
      'devices.csv': [`${DEVICES},normally_open`, 'TIE,breaker,F1,,true', 'CB,breaker,F1,,false'],
    });
    expect(network.head('F1').deviceId).toBe('CB');
  });

  test('is implied below the station transformer that feeds all roots of the feeder', async () => {
    const network = await read({
      'devices.csv': [DEVICES, 'TX,transformer,,', 'A,fuse,F1,TX', 'B,fuse,F1,TX'],
    });
    expect(network.path('A')).toEqual(['A', 'F1', 'TX', 'S1']);
  });

  test('gets another id where the utility has a device of the feeder that is called like it', async () => {
    const network = await read({ 'devices.csv': [DEVICES, 'F1,line,F1,', 'A,fuse,F1,F1'] });
    expect(network.head('F1').deviceId).toBe('F1#breaker');
    expect(network.path('A')).toEqual(['A', 'F1', 'F1#breaker', 'S1']);
    expect(network.findings('id_clash')).toHaveLength(1);
  });

  test('is implied for a feeder without any device, so that its meters have one', async () => {
    const network = await read({ 'devices.csv': [DEVICES], 'meters.csv': [METERS, 'M1,,F2'] });
    expect(network.path('F2')).toEqual(['F2', 'S2']);
    expect(network.place('M1')).toBe('F2/-/F2/S2');
    expect(network.findings('meter_without_device').map(({ id }) => id)).toEqual(['M1']);
  });
});

describe('station equipment', () => {
  test('above several feeders finds its substation by what hangs below', async () => {
    const network = await read({
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
    const network = await read({
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
    const network = await read({ 'devices.csv': [DEVICES, 'TX,transformer,,S2', 'CB,breaker,F2,TX'] });
    expect(network.path('CB')).toEqual(['CB', 'TX', 'S2']);
  });

  test('above feeders of two substations is told of', async () => {
    const network = await read({
      'devices.csv': [DEVICES, 'TX,transformer,,', 'A,breaker,F1,TX', 'B,breaker,F2,TX'],
    });
    expect(network.findings('several_substations').map(({ id }) => id)).toEqual(['TX']);
    expect(network.path('B')).toEqual(['B', 'TX', 'S1']);
  });
});

describe('data that contradicts itself', () => {
  test('a device whose upstream is unknown hangs below the head of its feeder and is told of', async () => {
    const network = await read({ 'devices.csv': [DEVICES, 'CB,breaker,F1,', 'T,transformer,F1,GONE'] });
    expect(network.path('T')).toEqual(['T', 'CB', 'S1']);
    expect(network.findings('unknown_upstream')).toMatchObject([
      { file: 'devices.csv', line: 3, field: 'upstream_id', id: 'T', leftOut: false },
    ]);
  });

  test('a loop is told of once, cut at its breaker, and everything on it keeps a place', async () => {
    const network = await read({
      'devices.csv': [DEVICES, 'A,line,F1,C', 'B,breaker,F1,A', 'C,fuse,F1,B', 'T,transformer,F1,C'],
      'meters.csv': [METERS, 'M1,T,'],
    });
    expect(network.findings('loop').map(({ reason }) => reason)).toEqual(['feeds itself: B < A < C < B']);
    expect(network.path('T')).toEqual(['T', 'C', 'B', 'S1']);
    expect(network.path('A')).toEqual(['A', 'C', 'B', 'S1']);
  });

  test('a device that names itself is no endless walk', async () => {
    const network = await read({ 'devices.csv': [DEVICES, 'CB,breaker,F1,', 'A,fuse,F1,A'] });
    expect(network.path('A')).toEqual(['A', 'CB', 'S1']);
    expect(network.findings('loop')).toHaveLength(1);
  });

  test('two feeders that each hang below the other are cut apart', async () => {
    const network = await read({
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
      'devices.csv': [DEVICES, 'C1,breaker,F1,', 'C2,breaker,F2,'],
      'meters.csv': [METERS, 'M1,C1,F2'],
    });
    expect(network.place('M1')).toBe('C1/-/F1/S1');
    expect(network.findings('feeder_disagrees').map(({ id }) => id)).toEqual(['M1']);
  });

  test('an asset mRID counts for the first meter that has it', async () => {
    const network = await read({
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
      'devices.csv': [DEVICES, 'CB,Breaker,F1,', 'V,regulator,F1,CB', 'S,sectionaliser,F1,V'],
    });
    expect(network.device('V').kind).toBe('line');
    expect(network.device('S').kind).toBe('sectionalizer');
    expect(network.path('S')).toEqual(['S', 'V', 'CB', 'S1']);
    expect(network.findings('invalid_value').map(({ id }) => id)).toEqual(['V']);
  });
});

describe('a bundle without devices', () => {
  const levels: BundleTexts = {
    'distribution_points.csv': [POINTS, 'DP1,F1,', 'DP2,F1,DP1', 'DP3,F2,F2'],
    'meters.csv': [METERS, 'M1,DP2,', 'M2,,F2', 'M3,F1,', 'M4,S1,'],
  };

  test('has distribution points, feeders and substations as its levels', async () => {
    const network = await read(levels);
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
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
    const network = await read({
      'devices.csv': [...devices, 'FU,fuse,F1,DP1,'],
      'distribution_points.csv': [POINTS, 'DP1,F1,'],
    });
    expect(network.path('FU')).toEqual(['FU', 'T1', 'CB', 'S1']);
  });

  test('that is fed from itself in a circle is no endless walk', async () => {
    const network = await read({
      'devices.csv': devices,
      'distribution_points.csv': [POINTS, 'A,F1,B', 'B,F1,A'],
      'meters.csv': [METERS, 'M1,A,'],
    });
    expect(network.place('M1')).toBe('A/A/F1/S1');
  });
});

describe('a meter without a link', () => {
  const texts: BundleTexts = {
    'distribution_points.csv': [
      'dp_id,feeder_id,lat,lng,building_id',
      'DP1,F1,31.95,35.93,B1',
      'DP2,F2,31.96,35.93,',
    ],
    'meters.csv': [
      `${METERS},building_id,lat,lng`,
      'M1,,,B1,,',
      'M2,,,B2,,',
      'M3,,,,31.9502,35.93',
      'M4,,,,31.99,35.93',
      'M5,,,,,',
      'M6,DP2,,B2,,',
      'M7,GONE,,,31.9599,35.9301',
    ],
  };

  test('belongs to the distribution point, or to a linked neighbour, of its building', async () => {
    const network = await read(texts);
    expect(network.place('M1')).toBe('DP1/DP1/F1/S1');
    expect(network.place('M2')).toBe('DP2/DP2/F2/S2');
    expect(network.meter('M2').place).toMatchObject({ linkSource: 'building', linkDistanceM: null });
    expect(network.findings('linked_by_building').map(({ id }) => id)).toEqual(['M1', 'M2']);
  });

  test('is linked to the nearest distribution point within a kilometre, and that is told as a fallback', async () => {
    const network = await read(texts);
    expect(network.place('M3')).toBe('DP1/DP1/F1/S1');
    expect(network.meter('M3').place).toMatchObject({ linkSource: 'proximity', linkDistanceM: 22.2 });
    expect(network.place('M7')).toBe('DP2/DP2/F2/S2');
    expect(network.findings('linked_by_proximity').map(({ id }) => id)).toEqual(['M3', 'M7']);
    expect(network.findings('unknown_upstream').map(({ id }) => id)).toEqual(['M7']);
  });

  test('stays without one where nothing is near', async () => {
    const network = await read(texts);
    expect(network.meter('M4').place).toMatchObject({ linkSource: 'none', device: NONE });
    expect(network.findings('not_linked').map(({ id }) => id)).toEqual(['M4', 'M5']);
    expect(network.report.links).toEqual({ explicit: 1, building: 2, proximity: 2, none: 2 });
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
  const network = await read({ 'devices.csv': [`${DEVICES},normally_open`, ...rows] });
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
