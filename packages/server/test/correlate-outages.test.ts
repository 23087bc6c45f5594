import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { type Arrival, receive, tellOutages } from './correlation-story.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterEach(() => database.drop());

const at = (time: string) => `2026-11-23T${time}Z`;
const scada = (time: string, changes: Record<string, unknown> = {}, received = time): Arrival => ({
  provider: 'scada',
  body: scadaAlarm(at(time), changes),
  receivedAt: at(received),
});
const restored = (time: string, changes: Record<string, unknown> = {}): Arrival => ({
  provider: 'scada',
  body: scadaRestoration(at(time), changes),
  receivedAt: at(time),
});
const substation = { feederId: '' };
const sister = { feederId: 'F00K124' };
let messages = 0;
const kaifa = (time: string, type: string, ...assets: string[]): Arrival => ({
  provider: 'kaifa',
  body: kaifaEnvelope(
    `message-${++messages}`,
    assets.map((asset) => ({ mrid: `event-${messages}-${asset}`, asset, type, at: at(time) })),
  ),
  receivedAt: at(time),
});
const onu = (time: string, type: 'ONU_LastGaspAlert' | 'ONU_PowerRestored'): Arrival => ({
  provider: 'onu',
  body: onuMessage(type, at(time)),
  receivedAt: at(time),
});
const call = (time: string, ticket: string, customer: Record<string, unknown>): Arrival => ({
  provider: 'call-center',
  body: troubleCall(ticket, at(time), customer, { notes: 'no power' }),
  receivedAt: at(time),
});

/** Receives messages, lets them be correlated, and tells the outages. */
async function after(...arrivals: Arrival[]): Promise<string[]> {
  await receive(database.pool, arrivals);
  await awaitCorrelated(database);
  return tellOutages(database.pool);
}

async function timeline(): Promise<string[]> {
  const { rows } = await database.pool.query<{ entry: string }>(
    `select o.event_id || ' ' || t.event_type as entry
     from oms_event_timeline t join oms_outage_events o on o.id = t.outage_event_id order by t.id`,
  );
  return rows.map((row) => row.entry);
}

const OUTAGE = 'F00K123-20261123T100000Z';

describe('a trip', () => {
  it("is one outage of exactly its feeder's customers, adopted from what the database opened", async () => {
    expect(await after(scada('10:00:00'))).toEqual([`${OUTAGE} detected: 16 of 16 out, scada 1`]);
    expect(await after(scada('10:00:00'))).toEqual([`${OUTAGE} detected: 16 of 16 out, scada 1`]);
    const { rows } = await database.pool.query(
      `select event_type, severity, root_cause, description, s.substation_id, f.feeder_id, first_detected_at, event_latitude,
         (select outage_event_id from scada_events) = o.id as is_linked
       from oms_outage_events o
       join network_substations s on s.id = o.substation_id join network_feeders f on f.id = o.feeder_id`,
    );
    expect(rows).toEqual([
      {
        event_type: 'feeder_outage',
        severity: 'low',
        root_cause: 'Transformer Fault',
        description: expect.stringMatching(
          /^Feeder F00K123 is held to be open with 9\d(\.\d)? % confidence; for it speak 1 from SCADA\.$/,
        ),
        substation_id: '4A00000K123',
        feeder_id: 'F00K123',
        first_detected_at: new Date(at('10:00:00')),
        event_latitude: 31.95,
        is_linked: true,
      },
    ]);
    expect(await timeline()).toEqual([`${OUTAGE} detected`]);
  });

  it('told three times in two minutes is one outage, and the matching Energized ends it', async () => {
    const trips = [
      scada('10:00:00'),
      scada('10:01:00', { eventType: 'breaker_trip', alarmType: 'breaker_trip' }),
      scada('10:02:00'),
    ];
    expect(await after(...trips)).toEqual([`${OUTAGE} detected: 16 of 16 out, scada 3`]);
    expect(await after(restored('10:45:00', sister))).toEqual([`${OUTAGE} detected: 16 of 16 out, scada 3`]);
    expect(await after(restored('10:45:00'))).toEqual([
      `${OUTAGE} restored until 2026-11-23T10:45:00Z: 0 of 16 out, scada 4`,
    ]);
    expect(await timeline()).toEqual([`${OUTAGE} detected`, `${OUTAGE} restored`]);
  });

  it('and its restoration within five minutes are one momentary outage', async () => {
    expect(await after(scada('10:00:00'), restored('10:04:00'))).toEqual([
      `${OUTAGE} restored until 2026-11-23T10:04:00Z momentary: 0 of 16 out, scada 2`,
    ]);
  });

  it('that is older than all known gives the outage its start; it keeps the id that it was first told by', async () => {
    await after(scada('10:05:00'), kaifa('10:06:00', '3.26.0.85', 'asset-3'));
    const id = 'F00K123-20261123T100500Z';
    expect(await after(scada('10:00:00', {}, '10:20:00'))).toEqual([
      `${id} detected: 16 of 16 out, scada 2 kaifa 1`,
    ]);
    const { rows } = await database.pool.query('select started_at from oms_outage_events');
    expect(rows).toEqual([{ started_at: new Date(at('10:00:00')) }]);
    expect(await after(restored('10:02:00'))).toEqual([
      'F00K123-20261123T100000Z restored until 2026-11-23T10:02:00Z momentary: 0 of 16 out, scada 2',
      `${id} detected: 16 of 16 out, scada 1 kaifa 1`,
    ]);
  });

  it('is detected when it was held to be an outage first', async () => {
    await after(scada('10:00:00', {}, '10:30:00'));
    const { rows } = await database.pool.query('select event_id, first_detected_at from oms_outage_events');
    expect(rows).toEqual([{ event_id: OUTAGE, first_detected_at: new Date(at('10:30:00')) }]);
  });

  it('stamped in the future opens nothing, and so does one of a feeder that is not in the registry', async () => {
    expect(await after(scada('12:00:00', {}, '10:00:00'), scada('10:00:00', { feederId: 'F99' }))).toEqual(
      [],
    );
  });
});

describe('a substation and its feeders', () => {
  it('a feeder that trips while its substation is out joins', async () => {
    await after(scada('09:59:00', substation));
    expect(await after(scada('10:00:00'))).toEqual([
      '4A00000K123-20261123T095900Z detected: 20 of 20 out, scada 2',
    ]);
  });

  it("a feeder's outage that the substation's turns out to cover is replaced by it", async () => {
    await after(scada('10:00:00'));
    expect(await after(scada('09:59:00', substation, '10:10:00'))).toEqual([
      '4A00000K123-20261123T095900Z detected: 20 of 20 out, scada 2',
      `${OUTAGE} cancelled by 4A00000K123-20261123T095900Z: 0 of 16 out, scada 1`,
    ]);
  });

  it("a substation lost later covers the other feeders' customers; each outage ends by its own signal", async () => {
    expect(await after(scada('10:00:00'), scada('10:10:00', substation))).toEqual([
      `${OUTAGE} detected: 16 of 16 out, scada 1`,
      '4A00000K123-20261123T101000Z detected: 4 of 4 out, scada 1',
    ]);
    expect(await after(restored('10:30:00', substation))).toEqual([
      `${OUTAGE} detected: 16 of 16 out, scada 1`,
      '4A00000K123-20261123T101000Z restored until 2026-11-23T10:30:00Z: 0 of 4 out, scada 2',
    ]);
  });

  it('a substation that was told to be lost minutes after all of its feeders is one outage', async () => {
    await after(scada('10:12:00', substation));
    expect(await after(scada('10:00:00'), scada('10:01:00', sister), scada('10:11:00', substation))).toEqual([
      '4A00000K123-20261123T101200Z detected: 20 of 20 out, scada 4',
    ]);
  });

  it('a late alarm of a substation whose feeders are all back since opens nothing, not even for a moment', async () => {
    const feeders = [restored('10:20:00'), restored('10:30:00', sister)];
    const before = await after(scada('10:00:00', substation), ...feeders);
    expect(before).toEqual([expect.stringContaining('restored until 2026-11-23T10:30:00Z')]);
    await receive(database.pool, [scada('10:10:00', substation, '10:40:00')]);
    const { rows } = await database.pool.query('select event_id from oms_active_outages');
    expect(rows).toEqual([]);
    expect(await after()).toHaveLength(1);
  });

  it('a feeder that closes first is back while the rest is out', async () => {
    const id = '4A00000K123-20261123T100000Z';
    expect(await after(scada('10:00:00', substation), restored('10:20:00'))).toEqual([
      `${id} partially_restored: 4 of 20 out, scada 2`,
    ]);
    expect(await after(scada('10:25:00'))).toEqual([`${id} detected: 20 of 20 out, scada 3`]);
    expect(await timeline()).toEqual([`${id} detected`, `${id} customers_changed`]);
  });
});

describe('evidence of meters and callers', () => {
  it('joins the open outage with its count by source, and makes it surer', async () => {
    expect(
      await after(
        scada('10:00:00'),
        onu('10:00:40', 'ONU_LastGaspAlert'),
        kaifa('10:00:45', '3.26.0.85', 'asset-3', 'asset-4'),
        call('10:10:00', 'TC-1', { phone: '0790123456' }),
        kaifa('10:00:45', '3.26.0.85', 'asset-p1'),
        kaifa('10:12:30', '3.26.0.85', 'asset-n1'),
        kaifa('10:12:50', '3.26.0.216', 'asset-n1'),
      ),
    ).toContain(`${OUTAGE} detected: 16 of 16 out, scada 1 kaifa 2 onu 1 call_center 1`);
    const { rows } = await database.pool.query(
      `select o.event_id, o.description
       from callcenter_tickets t join oms_outage_events o on o.id = t.outage_event_id`,
    );
    expect(rows).toEqual([
      {
        event_id: OUTAGE,
        description: expect.stringContaining(
          'for it speak 1 from SCADA, 1 from fibre terminals, 2 from meters, 1 from callers.',
        ),
      },
    ]);
  });

  it('that is stamped shortly before the trip joins it too', async () => {
    expect(await after(kaifa('09:59:10', '3.26.0.85', 'asset-3'), scada('10:00:00'))).toEqual([
      `${OUTAGE} detected: 16 of 16 out, scada 1 kaifa 1`,
    ]);
  });

  it('a meter that is back leaves the outage, and is out again with a newer gasp', async () => {
    await after(scada('10:00:00'));
    expect(await after(onu('10:20:00', 'ONU_PowerRestored'))).toEqual([
      `${OUTAGE} partially_restored: 14 of 16 out, scada 1 onu 1`,
    ]);
    expect(await after(onu('10:25:00', 'ONU_LastGaspAlert'))).toEqual([
      `${OUTAGE} detected: 16 of 16 out, scada 1 onu 2`,
    ]);
    const { rows } = await database.pool.query(
      `select inferred_power_status from oms_meters_with_topology where meter_number = 'M12345678'`,
    );
    expect(rows).toEqual([{ inferred_power_status: 'off' }]);
  });

  it('all meters back one by one is partially restored until the breaker itself is told closed', async () => {
    await after(scada('10:00:00', sister));
    const id = 'F00K124-20261123T100000Z';
    const all = ['asset-n1', 'asset-n2', 'asset-n3', 'asset-n4'];
    expect(await after(kaifa('10:20:00', '3.26.0.216', ...all))).toEqual([
      `${id} partially_restored: 0 of 4 out, scada 1 kaifa 4`,
    ]);
    expect(await after(restored('10:21:00', sister))).toEqual([
      `${id} restored until 2026-11-23T10:21:00Z: 0 of 4 out, scada 2 kaifa 4`,
    ]);
  });

  it('a gasp from before the restoration that comes late changes nothing but the evidence; one from after it is another outage', async () => {
    await after(scada('10:00:00'), kaifa('10:00:30', '3.26.0.85', 'asset-3'), restored('10:45:00'));
    // A lone gasp afterwards is a suspicion.
    expect(
      await after(kaifa('10:00:31', '3.26.0.85', 'asset-4'), kaifa('10:50:00', '3.26.0.85', 'asset-3')),
    ).toEqual([`${OUTAGE} restored until 2026-11-23T10:45:00Z: 0 of 16 out, scada 2 kaifa 2`]);
  });

  it('a restoration told late takes away what it shows to be of another time', async () => {
    await after(scada('10:00:00'), kaifa('10:40:00', '3.26.0.85', 'asset-3'));
    expect(await after(restored('10:30:00'))).toEqual([
      `${OUTAGE} restored until 2026-11-23T10:30:00Z: 0 of 16 out, scada 2`,
    ]);
  });
});

describe("operators' words", () => {
  const setStatus = (status: string, ended: string | null = null) =>
    database.pool.query(
      `update oms_outage_events set status = $1, actual_restoration_time = $2, estimated_restoration_time = '2026-11-23T12:00:00Z'`,
      [status, ended],
    );

  it('a confirmed outage stays confirmed while its evidence changes, and ends by evidence', async () => {
    await after(scada('10:05:00'));
    await setStatus('confirmed');
    expect(await after(onu('10:20:00', 'ONU_PowerRestored'))).toEqual([
      'F00K123-20261123T100500Z confirmed: 14 of 16 out, scada 1 onu 1',
    ]);
    expect(await after(scada('10:04:00', {}, '10:30:00'))).toEqual([
      'F00K123-20261123T100500Z confirmed: 14 of 16 out, scada 2 onu 1',
    ]);
    const { rows } = await database.pool.query(
      'select estimated_restoration_time as etr from oms_outage_events',
    );
    expect(rows).toEqual([{ etr: new Date('2026-11-23T12:00:00Z') }]);
    expect(await after(restored('10:45:00'))).toEqual([
      'F00K123-20261123T100500Z restored until 2026-11-23T10:45:00Z: 0 of 16 out, scada 3 onu 1',
    ]);
  });

  it('a cancelled outage stays cancelled and holds no meter', async () => {
    await after(scada('10:00:00'));
    await setStatus('cancelled', at('10:10:00'));
    const cancelled = `${OUTAGE} cancelled until 2026-11-23T10:10:00Z: 0 of 16 out, scada 1`;
    expect(await after(kaifa('10:20:00', '3.26.0.85', 'asset-3'), scada('10:21:00'))).toContain(cancelled);
  });
});

describe('the registry', () => {
  it('a meter that the registry puts below an open outage is counted in it', async () => {
    await after(scada('10:00:00'));
    await database.pool.query(
      `insert into oms_meters (meter_number, feeder_id, customers, asset_mrid)
       select 'M6', id, 3, 'asset-6' from network_feeders where feeder_id = 'F00K123'`,
    );
    expect(await after(kaifa('10:05:00', '3.26.0.85', 'asset-6'))).toEqual([
      `${OUTAGE} detected: 19 of 19 out, scada 1 kaifa 1`,
    ]);
  });

  it('a trip that waited for its feeder opens the outage when the registry learns it', async () => {
    expect(await after(scada('10:00:00', { feederId: 'F99' }))).toEqual([]);
    await database.pool.query(
      `insert into network_feeders (feeder_id, substation_id, name) select 'F99', id, 'Feeder 99' from network_substations limit 1`,
    );
    await database.pool.query(
      `insert into oms_meters (meter_number, feeder_id) select 'M99', id from network_feeders where feeder_id = 'F99'`,
    );
    await awaitCorrelated(database);
    expect(await tellOutages(database.pool)).toEqual(['F99-20261123T100000Z detected: 1 of 1 out, scada 1']);
  });
});
