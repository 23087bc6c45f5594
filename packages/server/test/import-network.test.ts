import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BundleTexts, withBundleFolder } from '../src/network/testing/bundle-folder.ts';
import { type ImportReport, importNetwork, NetworkBundleError } from '../src/operations/import-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/networks');

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const fixture = (name: string): string => join(FIXTURES, name);

async function select<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await database.pool.query<Row & Record<string, unknown>>(text, values)).rows;
}

/** Everything that an import writes, with the ids of the rows, and without the times of the last change. */
async function registry(): Promise<unknown> {
  const tables = [
    'network_substations',
    'network_feeders',
    'network_devices',
    'network_distribution_points',
    'oms_customers',
    'oms_meters',
    'network_feeder_meters',
    'network_substation_meters',
  ];
  const contents: Record<string, unknown> = {};
  for (const table of tables) contents[table] = await select(`select * from ${table} t order by t::text`);
  contents.revision = await select('select revision from oms_registry_revisions');
  return contents;
}

const changesOf = (report: ImportReport, what: 'added' | 'changed' | 'unchanged'): number[] =>
  Object.values(report.changes).map((changes) => changes[what]);

const METERS = 'meter_number,upstream_id,feeder_id';
const BASE: BundleTexts = {
  'substations.csv': ['substation_id,name', 'S1,North', 'S2,South'],
  'feeders.csv': ['feeder_id,substation_id', 'F1,S1', 'F2,S2'],
  'meters.csv': [METERS],
};

const importTexts = (texts: BundleTexts, options = {}): Promise<ImportReport> =>
  withBundleFolder({ ...BASE, ...texts }, (folder) => importNetwork(database, folder, options));

describe('importing a district', () => {
  test('stores the tree of devices, with the substation and a missing head breaker implied', async () => {
    await importNetwork(database, fixture('small-district'));
    const devices = await select<{ device_id: string; path: string }>(`
      with recursive tree as (
        select id, device_id, device_id as path from network_devices where upstream_id is null
        union all
        select d.id, d.device_id, d.device_id || ' < ' || t.path from network_devices d join tree t on d.upstream_id = t.id
      )
      select device_id, path from tree`);
    const path = (id: string) => devices.find((device) => device.device_id === id)?.path;
    expect(path('TR-K123-1')).toBe('TR-K123-1 < FU-K123-1 < RC-K123 < CB-K123 < TX-K123 < 4A00000K123');
    expect(path('TR-K124-2')).toBe('TR-K124-2 < SEC-K124 < F00K124 < TX-K123 < 4A00000K123');
    expect(path('DP-K200-1')).toBe('DP-K200-1 < CB-K200 < 4A00000K200');
    const heads = await select(
      'select device_id, kind, implied from network_devices where is_feeder_head order by 1',
    );
    expect(heads).toEqual([
      { device_id: 'CB-K123', kind: 'breaker', implied: false },
      { device_id: 'CB-K200', kind: 'breaker', implied: false },
      { device_id: 'F00K124', kind: 'breaker', implied: true },
    ]);
    expect(
      await select(
        `select device_id, kind, normally_open, open from network_devices where device_id in ('TIE-K123-K124', 'SEC-K124') order by 1`,
      ),
    ).toEqual([
      { device_id: 'SEC-K124', kind: 'sectionalizer', normally_open: false, open: false },
      { device_id: 'TIE-K123-K124', kind: 'switch', normally_open: true, open: true },
    ]);
  });

  test('links every meter to device, distribution point, feeder, substation, customer and building', async () => {
    const report = await importNetwork(database, fixture('small-district'));
    const meters = await select(`
      select m.meter_number, d.device_id as device, p.dp_id as dp, f.feeder_id as feeder, s.substation_id as substation,
        c.customer_id as customer, m.building_id as building, m.above_feeder_head as above, m.link_source as link
      from oms_meters m
      left join network_devices d on d.id = m.device_id
      left join network_distribution_points p on p.id = m.dp_id
      left join network_feeders f on f.id = m.feeder_id
      left join network_substations s on s.id = m.substation_id
      left join oms_customers c on c.id = m.customer_id
      where m.meter_number in ('M12345678', 'M10000006', 'M10000009', 'M10000010', 'M10000011')
      order by 1`);
    const sahab = { substation: '4A00000K123', customer: null, above: false };
    expect(meters).toEqual([
      {
        meter_number: 'M10000006',
        device: 'SS-K123',
        dp: null,
        feeder: 'F00K123',
        building: null,
        link: 'explicit',
        ...sahab,
        above: true,
      },
      {
        meter_number: 'M10000009',
        device: 'F00K124',
        dp: null,
        feeder: 'F00K124',
        building: null,
        link: 'explicit',
        ...sahab,
      },
      {
        meter_number: 'M10000010',
        device: 'TR-K124-1',
        dp: 'DP-K124-1',
        feeder: 'F00K124',
        building: '05040835050',
        link: 'building',
        ...sahab,
      },
      {
        meter_number: 'M10000011',
        device: 'TR-K124-2',
        dp: 'DP-K124-2',
        feeder: 'F00K124',
        building: '05040835052',
        link: 'proximity',
        ...sahab,
      },
      {
        meter_number: 'M12345678',
        device: 'TR-K123-1',
        dp: 'DP-K123-1',
        feeder: 'F00K123',
        building: '05040835035',
        link: 'explicit',
        ...sahab,
        customer: 'C1001',
      },
    ]);
    expect(report.quality.links).toEqual({ explicit: 10, building: 1, proximity: 1, none: 0 });
    expect(report.quality.rowsLeftOut).toBe(0);
    expect(changesOf(report, 'added')).toEqual([2, 3, 18, 5, 5, 12]);
  });

  test('keeps the link tables in step, with the path from the head of the feeder', async () => {
    await importNetwork(database, fixture('small-district'));
    const paths = await select(`
      select m.meter_number, fm.circuit_path, fm.priority
      from network_feeder_meters fm join oms_meters m on m.id = fm.meter_id
      where m.meter_number in ('M12345678', 'M10000004', 'M10000006', 'M10000009') order by 1`);
    expect(paths).toEqual([
      { meter_number: 'M10000004', circuit_path: 'CB-K123 > FU-K123-2 > TR-K123-2', priority: 1 },
      { meter_number: 'M10000006', circuit_path: 'SS-K123', priority: 2 },
      { meter_number: 'M10000009', circuit_path: 'F00K124', priority: 4 },
      { meter_number: 'M12345678', circuit_path: 'CB-K123 > RC-K123 > FU-K123-1 > TR-K123-1', priority: 4 },
    ]);
    const [counts] = await select(`select (select count(*)::int from network_feeder_meters) as feeder,
      (select count(*)::int from network_substation_meters) as substation`);
    expect(counts).toEqual({ feeder: 12, substation: 12 });
  });

  test('a customer without a row of his own is one of whom only the id is known', async () => {
    const report = await importNetwork(database, fixture('small-district'));
    expect(
      await select(
        `select customer_id, name, phone from oms_customers where customer_id in ('C1001', 'C2008') order by 1`,
      ),
    ).toEqual([
      { customer_id: 'C1001', name: 'أحمد الخطيب', phone: '+962790000101' },
      { customer_id: 'C2008', name: null, phone: null },
    ]);
    expect(report.quality.counts.unknown_customer).toBe(1);
  });
});

describe('importing again', () => {
  test('the same data changes nothing: no row, no id, no state, no revision', async () => {
    await importNetwork(database, fixture('small-district'));
    await select(
      `update oms_meters set power_status = 'off', power_reported_at = now() where meter_number = 'M12345678'`,
    );
    const before = await registry();
    const again = await importNetwork(database, fixture('small-district'));
    expect(await registry()).toEqual(before);
    expect(changesOf(again, 'added')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(changesOf(again, 'changed')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(changesOf(again, 'unchanged')).toEqual([2, 3, 18, 5, 4, 12]);
  });

  test('a meter that moved to another feeder keeps its id and states, and the link tables follow', async () => {
    const devices = ['device_id,kind,feeder_id,upstream_id', 'C1,breaker,F1,', 'C2,breaker,F2,'];
    await importTexts({ 'devices.csv': devices, 'meters.csv': [METERS, 'M1,C1,'] });
    const [before] = await select<{ id: string }>(`update oms_meters set power_status = 'off' returning id`);
    const report = await importTexts({ 'devices.csv': devices, 'meters.csv': [METERS, 'M1,C2,'] });
    expect(report.changes.meters).toEqual({ added: 0, changed: 1, unchanged: 0 });
    expect(await select('select id, power_status from oms_meters')).toEqual([
      { id: before?.id, power_status: 'off' },
    ]);
    expect(
      await select(
        `select f.feeder_id, fm.circuit_path from network_feeder_meters fm join network_feeders f on f.id = fm.feeder_id`,
      ),
    ).toEqual([{ feeder_id: 'F2', circuit_path: 'C2' }]);
    expect(
      await select(
        `select s.substation_id from network_substation_meters sm join network_substations s on s.id = sm.substation_id`,
      ),
    ).toEqual([{ substation_id: 'S2' }]);
  });

  test('a real head breaker takes the place of an implied one, which stays as a leaf', async () => {
    const head = 'device_id,kind,feeder_id,upstream_id';
    await importTexts({ 'devices.csv': [head, 'FU,fuse,F1,'] });
    await importTexts({ 'devices.csv': [head, 'CB,breaker,F1,', 'FU,fuse,F1,CB'] });
    expect(
      await select(`
      select d.device_id, u.device_id as upstream, d.is_feeder_head, d.implied
      from network_devices d left join network_devices u on u.id = d.upstream_id
      join network_feeders f on f.id = d.feeder_id and f.feeder_id = 'F1' order by 1`),
    ).toEqual([
      { device_id: 'CB', upstream: 'S1', is_feeder_head: true, implied: false },
      { device_id: 'F1', upstream: 'S1', is_feeder_head: false, implied: true },
      { device_id: 'FU', upstream: 'CB', is_feeder_head: false, implied: false },
    ]);
  });

  test('what is gone from the data is told and kept', async () => {
    await importTexts({ 'meters.csv': [METERS, 'M1,,F1', 'M2,,F1', 'M3,,F2'] });
    const report = await importTexts({ 'meters.csv': [METERS, 'M1,,F1'] });
    expect(report.gone.meters).toEqual({ count: 2, ids: ['M2', 'M3'] });
    expect(await select('select count(*)::int as meters from oms_meters')).toEqual([{ meters: 3 }]);
  });

  test('a column that the data does not have leaves what the registry knows', async () => {
    await importTexts({ 'meters.csv': [`${METERS},building_id,priority,lat,lng`, 'M1,,F1,B1,1,31.9,35.9'] });
    const report = await importTexts({ 'meters.csv': [`${METERS},building_id`, 'M1,,F1,'] });
    expect(report.changes.meters.changed).toBe(1);
    expect(await select('select building_id, priority, location_lat from oms_meters')).toEqual([
      { building_id: null, priority: 1, location_lat: 31.9 },
    ]);
  });

  test('two meters may swap their assets, and one may take that of a meter that is gone', async () => {
    const head = `${METERS},asset_mrid`;
    await importTexts({ 'meters.csv': [head, 'M1,,F1,A1', 'M2,,F1,A2', 'M3,,F1,A3'] });
    const report = await importTexts({ 'meters.csv': [head, 'M1,,F1,A2', 'M2,,F1,A1', 'M4,,F1,A3'] });
    expect(await select('select meter_number, asset_mrid from oms_meters order by 1')).toEqual([
      { meter_number: 'M1', asset_mrid: 'A2' },
      { meter_number: 'M2', asset_mrid: 'A1' },
      { meter_number: 'M3', asset_mrid: null },
      { meter_number: 'M4', asset_mrid: 'A3' },
    ]);
    expect(report.movedAssets).toEqual([{ assetMrid: 'A3', fromMeterNumber: 'M3', toMeterNumber: 'M4' }]);
  });

  test('a dry run tells what would change and keeps nothing', async () => {
    const before = await registry();
    const report = await importNetwork(database, fixture('small-district'), { dryRun: true });
    expect(report).toMatchObject({ isDryRun: true, changes: { meters: { added: 12 } } });
    expect(await registry()).toEqual(before);
  });

  test('two imports at once end as one', async () => {
    const reports = await Promise.all([
      importNetwork(database, fixture('small-district')),
      importNetwork(database, fixture('small-district')),
    ]);
    expect(reports.map(({ changes }) => changes.meters.added).sort((a, b) => a - b)).toEqual([0, 12]);
  });
});

describe('data with slips', () => {
  test('every slip is a finding with file, line, field and reason, and rows left out are counted', async () => {
    const { quality } = await importNetwork(database, fixture('with-errors'));
    const told = quality.findings.map(({ code, file, line, field }) => `${code} ${file}:${line} ${field}`);
    expect(told).toEqual([
      'malformed_row meters.csv:8 null',
      'missing_id meters.csv:5 meter_number',
      'duplicate substations.csv:3 substation_id',
      'duplicate meters.csv:4 meter_number',
      'invalid_value meters.csv:6 lat',
      'coordinates_out_of_range meters.csv:3 lat',
      'unknown_substation feeders.csv:3 substation_id',
      'unknown_feeder meters.csv:3 feeder_id',
      'unknown_upstream devices.csv:6 upstream_id',
      'unknown_upstream meters.csv:9 upstream_id',
      'loop devices.csv:3 upstream_id',
      'island devices.csv:7 normally_open',
      'meter_without_device meters.csv:9 upstream_id',
      'not_linked meters.csv:7 upstream_id',
      'asset_mrid_twice meters.csv:3 asset_mrid',
      'onu_without_serial meters.csv:2 onu_serial_no',
      'column_ignored substations.csv:null owner',
      ...[
        'substations.csv:null region_code',
        'substations.csv:null voltage_level',
        'feeders.csv:null lat',
        'feeders.csv:null lng',
        'devices.csv:null lat',
        'devices.csv:null lng',
        'devices.csv:null name',
        'meters.csv:null customer_id',
        'meters.csv:null building_id',
        'meters.csv:null usage_point_mrid',
      ].map((place) => `column_absent ${place}`),
    ]);
    expect(quality.rowsLeftOut).toBe(5);
    expect(await select('select meter_number from oms_meters order by 1')).toEqual(
      ['M1', 'M2', 'M3', 'M4', 'M6'].map((meter_number) => ({ meter_number })),
    );
  });

  test('a bundle without devices has its distribution points, feeders and substations as devices', async () => {
    await importNetwork(database, fixture('without-devices'));
    expect(
      await select(`
      select d.device_id, d.kind, u.device_id as upstream, d.implied, d.is_feeder_head
      from network_devices d left join network_devices u on u.id = d.upstream_id order by 1`),
    ).toEqual([
      { device_id: 'DP1', kind: 'distribution_point', upstream: 'F1', implied: false, is_feeder_head: false },
      {
        device_id: 'DP2',
        kind: 'distribution_point',
        upstream: 'DP1',
        implied: false,
        is_feeder_head: false,
      },
      { device_id: 'F1', kind: 'feeder', upstream: 'S1', implied: false, is_feeder_head: true },
      { device_id: 'F2', kind: 'feeder', upstream: 'S1', implied: false, is_feeder_head: true },
      { device_id: 'S1', kind: 'substation', upstream: null, implied: false, is_feeder_head: false },
    ]);
  });

  test('a missing file or column refuses the bundle with every reason, and nothing is written', async () => {
    const bundle = withBundleFolder(
      { 'substations.csv': ['substation_id', 'S1'], 'feeders.csv': ['feeder_id,name', 'F1,One'] },
      (folder) => importNetwork(database, folder),
    );
    await expect(bundle).rejects.toThrow(NetworkBundleError);
    await expect(bundle).rejects.toThrow(/feeders\.csv has no column substation_id\nmeters\.csv is missing/);
    expect(await select('select count(*)::int as substations from network_substations')).toEqual([
      { substations: 0 },
    ]);
  });
});

test('a kept event of a meter that nobody knew finds it when the import brings it', async () => {
  await select(`select insert_kaifa_event_from_json_with_meter_sync($1)`, [
    {
      header: { message_id: 'MSG-1' },
      payload: {
        mrid: 'EV-1',
        created_date_time: '2026-01-05T10:00:00+03:00',
        assets: { mRID: 'asset-10000012' },
        event_type: { '@ref': '3.26.0.85' },
      },
    },
  ]);
  const report = await importNetwork(database, fixture('small-district'));
  expect(report.rematchedEvents).toBe(1);
  expect(await select(`select power_status from oms_meters where meter_number = 'M10000012'`)).toEqual([
    { power_status: 'off' },
  ]);
});

test('a meter that the import puts on a known ONU receives what the ONU had reported before, once', async () => {
  const meters = (...lines: string[]): BundleTexts => ({ 'meters.csv': [`${METERS},onu_id`, ...lines] });
  await importTexts(meters('M1,,F1,77', 'M2,,F1,'));
  await select('select insert_onu_event_from_json_with_meter_sync($1)', [
    { type: 'ONU_LastGaspAlert', onuId: 77, timestamp: '2026-01-05T10:00:00+03:00' },
  ]);
  const report = await importTexts(meters('M1,,F1,77', 'M2,,F1,77', 'M3,,F2,77'));
  expect(report.rematchedEvents).toBe(1);
  const told = () =>
    select(`
      select m.meter_number, m.power_status, count(distinct t.id)::int as trail, count(distinct e.id)::int as evidence
      from oms_meters m
      left join oms_meter_status_events t on t.meter_id = m.id
      left join oms_evidence e on e.meter_id = m.id
      group by m.id order by 1`);
  const once = ['M1', 'M2', 'M3'].map((meter_number) => ({
    meter_number,
    power_status: 'off',
    trail: 1,
    evidence: 1,
  }));
  expect(await told()).toEqual(once);
  expect((await importTexts(meters('M1,,F1,77', 'M2,,F1,77', 'M3,,F2,77'))).rematchedEvents).toBe(0);
  expect(await told()).toEqual(once);
});
