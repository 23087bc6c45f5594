import { type ApiServer, startApiServer } from './api-server.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from './messages.ts';
import { noteChange, openOutage } from './outage-rows.ts';

/**
 * A server whose four providers have reported, on which O-1 and O-2 are open and O-3, which O-2 replaced, has ended. The
 * SCADA alarm opened an outage of its own, a caller reports a fire, a call and a line of a file of no known
 * provider are set aside, and one identifier matches nothing.
 */
export async function startStoryServer(): Promise<ApiServer> {
  const server = await startApiServer();
  const { pool } = server.database;
  await server.post('/scada-mock-generator', scadaAlarm('2026-11-23T08:00:00Z'));
  await server.post('/onu-event', onuMessage('ONU_LastGaspAlert', '2026-11-23T08:00:01Z'));
  await server.post('/onu-event', onuMessage('ONU_PowerRestored', '2026-11-23T08:05:00Z'));
  await server.post(
    '/hes-mock-generator',
    kaifaEnvelope('m', [
      { mrid: 'e', asset: 'nobody', type: 'PowerOutage', at: '2026-11-23T08:00:02Z' },
      { mrid: 'f', asset: 'asset-n1', type: 'PowerOutage', at: '2026-11-23T08:00:03Z' },
    ]),
  );
  await server.post(
    '/trouble-call/intake',
    troubleCall('H-1', '2026-11-23T08:01:00Z', {
      phone: '+962791234556',
      address: 'Jabal Amman, Rainbow Street 12',
      notes: 'fire at the pole, wire down, call me on 0791234556',
    }),
  );
  await pool.query(`
    insert into oms_dead_letters (source_type, transport, code, field, reason, payload, payload_sha256)
    values ('unknown', 'file', 'unknown_source', 'source', 'must be one of scada, onu, kaifa, call-center', '{}', sha256('{}'))`);
  await server.post('/trouble-call/intake', '{"ticketId":"BAD","phone":"0791234556"}');
  await openOutage(pool, 'O-1', { meters: ['M3', 'M4'], startedAt: '2026-11-23T08:00:00Z' });
  await openOutage(pool, 'O-2', { feeder: 'F20', meters: ['P1'], startedAt: '2026-11-23T08:10:00Z' });
  await openOutage(pool, 'O-3', { feeder: 'F20', startedAt: '2026-11-23T08:20:00Z' });
  await noteChange(pool, 'O-3', 'restored', 'Supply is back.');
  await pool.query(`
    insert into oms_event_sources (outage_event_id, source_type, source_event_id, source_table, meter_id, correlation_weight,
      event_timestamp, detected_at)
    select o.id, 'kaifa', k.id::text, 'kaifa_events', k.meter_id, 0.9, k.event_timestamp, k.received_at
    from oms_outage_events o, kaifa_events k where o.event_id = 'O-2' and k.asset_mrid = 'asset-n1';
    update oms_outage_events set replaced_by = (select id from oms_outage_events where event_id = 'O-2') where event_id = 'O-3';
  `);
  return server;
}
