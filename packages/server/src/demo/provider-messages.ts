import type { Provider } from '@lastgasp/model';

/** One message as its provider sends it. */
export interface ProviderMessage {
  readonly provider: Provider;
  readonly contentType: string;
  readonly body: string;
}

/** What SCADA says of a feeder, or of a whole substation where `feederId` is empty. */
export interface ScadaAlarm {
  readonly eventType: string;
  readonly alarmType: string;
  readonly substationId: string;
  readonly feederId: string;
  readonly mainStationId: string;
  readonly at: Date;
  readonly voltage: number;
  readonly severity: string;
  readonly reason: string;
  readonly lat: number | null;
  readonly lng: number | null;
}

/** A SCADA message. */
export function scadaMessage(alarm: ScadaAlarm): ProviderMessage {
  const { at, lat, lng, ...fields } = alarm;
  return json('scada', {
    ...fields,
    timestamp: siteTime(at),
    ...(lat === null || lng === null ? {} : { coordinates: { lat, lng } }),
  });
}

/** What a fibre terminal says of itself and the meters of its building. */
export interface OnuAlarm {
  readonly eventId: string;
  readonly type: 'ONU_LastGaspAlert' | 'ONU_PowerRestored';
  readonly onuId: number;
  readonly onuSerial: string | null;
  readonly buildingId: string;
  readonly meterNumbers: readonly string[];
  readonly at: Date;
  readonly lat: number | null;
  readonly lng: number | null;
}

/** An ONU message. */
export function onuMessage(alarm: OnuAlarm): ProviderMessage {
  const { eventId, type, onuId, onuSerial, buildingId, meterNumbers, at, lat, lng } = alarm;
  return json('onu', {
    eventId,
    type,
    onuId,
    onuSerial: onuSerial ?? '',
    timestamp: at.toISOString(),
    ...(lat === null || lng === null ? {} : { location: { lat, lng } }),
    associatedMeters: meterNumbers,
    nmsType: 'Huawei_NMS',
    alarmData: {
      category: 'Power',
      alarmType: type === 'ONU_LastGaspAlert' ? 'DyingGasp' : 'PowerOn',
      parcel: buildingId,
      serial: onuSerial ?? '',
    },
  });
}

/** What the call centre hands on of a call, or of a new state of its ticket. */
export interface Call {
  readonly ticketId: string;
  readonly at: Date;
  readonly phone: string;
  readonly meterNumber: string;
  readonly address: string;
  readonly notes: string;
  readonly status: 'Registered' | 'Restored';
}

/** A call-centre message. */
export function callMessage({ ticketId, at, status, ...customer }: Call): ProviderMessage {
  return json('call-center', {
    ticketId,
    timestamp: siteTime(at),
    customer,
    source: 'call-center-upstream',
    status,
  });
}

/** One meter's event in an envelope of the head-end. */
export interface MeterEvent {
  readonly mrid: string;
  readonly assetMrid: string;
  readonly usagePointMrid: string | null;
  readonly at: Date;
  readonly isOutage: boolean;
}

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const MESSAGE = 'http://iec.ch/TC57/2011/schema/message';
const EVENTS = 'http://iec.ch/TC57/2011/EndDeviceEvents#';

/**
 * An envelope of the meters' head-end with all events that a concentrator collected. `usesCodes` chooses the
 * IEC 61968-9 codes instead of words, as head-ends of different versions do.
 */
export function kaifaMessage(
  messageId: string,
  sentAt: Date,
  events: readonly MeterEvent[],
  usesCodes: boolean,
): ProviderMessage {
  const type = (isOutage: boolean): string =>
    usesCodes ? (isOutage ? '3.26.0.85' : '3.26.0.216') : isOutage ? 'PowerOutage' : 'PowerRestored';
  const parts = events.map(
    (event) => `
        <ns2:EndDeviceEvent>
          <ns2:mRID>${event.mrid}</ns2:mRID>
          <ns2:createdDateTime>${siteTime(event.at)}</ns2:createdDateTime>
          <ns2:issuerID>HES-KAIFA</ns2:issuerID>
          <ns2:severity>${event.isOutage ? 'Low' : 'High'}</ns2:severity>
          <ns2:Assets><ns2:mRID>${event.assetMrid}</ns2:mRID></ns2:Assets>
          <ns2:EndDeviceEventType ref="${type(event.isOutage)}"/>${
            event.usagePointMrid === null
              ? ''
              : `
          <ns2:UsagePoint><ns2:mRID>${event.usagePointMrid}</ns2:mRID></ns2:UsagePoint>`
          }
        </ns2:EndDeviceEvent>`,
  );
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="${SOAP}">
  <soapenv:Body>
    <ns1:EventMessage xmlns:ns1="${MESSAGE}" xmlns:ns2="${EVENTS}">
      <ns1:Header>
        <ns1:Verb>created</ns1:Verb>
        <ns1:Noun>EndDeviceEvents</ns1:Noun>
        <ns1:Revision>2.0</ns1:Revision>
        <ns1:Timestamp>${siteTime(sentAt)}</ns1:Timestamp>
        <ns1:Source>HES-KAIFA</ns1:Source>
        <ns1:AsyncReplyFlag>true</ns1:AsyncReplyFlag>
        <ns1:AckRequired>true</ns1:AckRequired>
        <ns1:User><ns1:UserID>hes</ns1:UserID><ns1:Organization>Utility</ns1:Organization></ns1:User>
        <ns1:MessageID>${messageId}</ns1:MessageID>
        <ns1:CorrelationID>${messageId}</ns1:CorrelationID>
      </ns1:Header>
      <ns1:Payload>
        <ns2:EndDeviceEvents>${parts.join('')}
        </ns2:EndDeviceEvents>
      </ns1:Payload>
    </ns1:EventMessage>
  </soapenv:Body>
</soapenv:Envelope>`;
  return { provider: 'kaifa', contentType: 'text/xml; charset=utf-8', body };
}

function json(provider: Provider, message: object): ProviderMessage {
  return { provider, contentType: 'application/json', body: JSON.stringify(message) };
}

/** Jordan is three hours ahead of UTC all year; providers there write it so. */
const SITE_OFFSET_MS = 3 * 3_600_000;

function siteTime(at: Date): string {
  return new Date(at.getTime() + SITE_OFFSET_MS).toISOString().replace('Z', '+03:00');
}
