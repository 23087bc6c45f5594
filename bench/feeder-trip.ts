// How long a SCADA trip over a feeder of 10,000 meters takes to be answered: stored, meters checked, a row for each of them written,
// outage opened, committed. Beside it, in the same run, the bare insert of 10,000 rows of that size:
// `node bench/feeder-trip.ts [--runs 20] [--json]`.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openBenchDatabase, registerMeters } from './bench-database.ts';
import { formatSpread, spreadOf } from './spread.ts';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
});
const database = await openBenchDatabase();
try {
  await registerMeters(database.pool, 200_000);
  await database.pool.query(
    'create table bare_rows (scada_event_id bigint, meter_id bigint, a text, b text, c text, at timestamptz, primary key (scada_event_id, meter_id))',
  );
  const trips: number[] = [];
  const inserts: number[] = [];
  for (let run = 0; run < Number(options.runs); run++) {
    const feeder = 1 + (run % 20);
    const message = JSON.stringify({
      eventType: 'breaker_trip',
      substationId: 'S1',
      feederId: `F${feeder}`,
      mainStationId: '82001',
      alarmType: 'breaker_trip',
      timestamp: new Date(Date.UTC(2026, 0, 1) + run * 1000).toISOString(),
      voltage: 0,
    });
    let startedAt = performance.now();
    const { rows } = await database.pool.query('select insert_scada_event_with_meter_check($1) as answer', [
      message,
    ]);
    trips.push(performance.now() - startedAt);
    if (rows[0].answer.total_meters !== 10_000)
      throw new Error(`checked ${rows[0].answer.total_meters} meters`);
    startedAt = performance.now();
    await database.pool.query(
      `insert into bare_rows select $1, id, 'unknown', power_status, communication_status, now() from oms_meters
       where feeder_id = (select id from network_feeders where feeder_id = $2)`,
      [run, `F${feeder}`],
    );
    inserts.push(performance.now() - startedAt);
  }
  const result = {
    meters: 10_000,
    runs: trips.length,
    tripMilliseconds: spreadOf(trips),
    bareInsertMilliseconds: spreadOf(inserts),
  };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(result, null, 2)}\n`
      : `a trip over 10,000 meters is answered in ${formatSpread(result.tripMilliseconds)} ms; a bare insert of its rows takes ${formatSpread(result.bareInsertMilliseconds)} ms (median, min-max of ${trips.length})\n`,
  );
} finally {
  await database.drop();
}
