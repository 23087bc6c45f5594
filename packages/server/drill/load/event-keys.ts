import type { Provider } from '@lastgasp/model';
import type { ProviderMessage } from '../../src/simulation/provider-messages.ts';

interface Scada {
  readonly substationId: string;
  readonly feederId: string;
  readonly eventType: string;
  readonly alarmType: string;
  readonly timestamp: string;
}

interface Call {
  readonly ticketId: string;
  readonly status: string;
  readonly timestamp: string;
}

/** What each event of a message is known by, in the words of `STORED_KEYS`. */
export function eventKeysOf({ provider, body }: ProviderMessage): readonly string[] {
  switch (provider) {
    case 'kaifa':
      return Array.from(body.matchAll(/<ns2:mRID>(EV-[^<]+)<\/ns2:mRID>/g), (match) => match[1] as string);
    case 'onu':
      return [(JSON.parse(body) as { eventId: string }).eventId];
    case 'scada': {
      const alarm = JSON.parse(body) as Scada;
      const { substationId, feederId, eventType, alarmType } = alarm;
      return [[substationId, feederId, eventType, alarmType, instantOf(alarm.timestamp)].join('|')];
    }
    case 'call-center': {
      const call = JSON.parse(body) as Call;
      return [[call.ticketId, call.status, instantOf(call.timestamp)].join('|')];
    }
  }
}

const instantOf = (text: string): string => new Date(text).toISOString();

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** One row for each stored event, its key in `key`. */
export const STORED_KEYS: Readonly<Record<Provider, string>> = {
  kaifa: 'select event_mrid as key from kaifa_events',
  onu: 'select event_id as key from onu_events',
  scada: `select concat_ws('|', substation_id, feeder_id, event_type, alarm_type,
    to_char(event_timestamp at time zone 'UTC', ${INSTANT})) as key from scada_events`,
  'call-center': `select concat_ws('|', ticket_id, status,
    to_char(event_timestamp at time zone 'UTC', ${INSTANT})) as key from callcenter_ticket_messages`,
};
