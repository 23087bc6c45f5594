// Provider messages as they really come (field names and texts of the providers' own), with what a test wants different.

/** The SCADA alarm of a feeder without voltage, word for word but for its time. */
export const scadaAlarm = (
  timestamp: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => ({
  eventType: 'MV_AlarmLossOfVoltage',
  substationId: '4A00000K123',
  feederId: 'F00K123',
  mainStationId: '82001',
  alarmType: 'De-energized',
  timestamp,
  voltage: 0,
  severity: 'Medium',
  reason: 'Transformer Fault',
  coordinates: { lat: 31.94, lng: 35.97 },
  ...changes,
});

/** The alarm that supply is back. */
export const scadaRestoration = (
  timestamp: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> =>
  scadaAlarm(timestamp, {
    eventType: 'MV_AlarmRestoration',
    alarmType: 'Energized',
    voltage: 11000,
    ...changes,
  });

/** A message of ONU 3230316. */
export const onuMessage = (
  type: 'ONU_LastGaspAlert' | 'ONU_PowerRestored',
  timestamp: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => ({
  type,
  onuId: 3230316,
  onuSerial: '48575443ED8345B0',
  timestamp,
  location: { lat: 31.95, lng: 35.93 },
  nmsType: 'Huawei_U2020',
  alarmData: { category: 'ONU', alarmType: 'power', parcel: '05040835035', serial: '48575443ED8345B0' },
  ...changes,
});

/** One event of a head-end message. */
export interface KaifaEvent {
  readonly mrid: string;
  readonly asset: string;
  readonly type: string;
  readonly at?: string;
  readonly severity?: string;
}

/** A head-end's SOAP envelope with any number of events. */
export function kaifaEnvelope(
  messageId: string,
  events: readonly KaifaEvent[],
  headerAt = '2026-11-23T10:00:00Z',
): string {
  const body = events.map(
    (event) => `<ns2:EndDeviceEvent>
      <ns2:mRID>${event.mrid}</ns2:mRID>
      ${event.at === undefined ? '' : `<ns2:createdDateTime>${event.at}</ns2:createdDateTime>`}
      <ns2:severity>${event.severity ?? 'High'}</ns2:severity>
      <ns2:Assets><ns2:mRID>${event.asset}</ns2:mRID></ns2:Assets>
      <ns2:EndDeviceEventType ref="${event.type}"/>
    </ns2:EndDeviceEvent>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">
  <soapenv:Body>
    <ns1:EventMessage xmlns:ns1="http://iec.ch/TC57/2011/schema/message">
      <ns1:Header><ns1:Verb>created</ns1:Verb><ns1:Noun>EndDeviceEvents</ns1:Noun><ns1:Timestamp>${headerAt}</ns1:Timestamp>
        <ns1:Source>KAIFA</ns1:Source><ns1:MessageID>${messageId}</ns1:MessageID></ns1:Header>
      <ns1:Payload><ns2:EndDeviceEvents xmlns:ns2="http://iec.ch/TC57/2011/EndDeviceEvents#">${body.join('')}</ns2:EndDeviceEvents></ns1:Payload>
    </ns1:EventMessage>
  </soapenv:Body>
</soapenv:Envelope>`;
}

/** A call to the trouble line. */
export const troubleCall = (
  ticketId: string,
  timestamp: string,
  customer: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => ({
  ticketId,
  timestamp,
  customer,
  source: 'IVR',
  status: 'Registered',
  ...changes,
});
