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
  /** Volts. */
  readonly voltage: number;
  readonly severity: string;
  readonly reason: string;
  readonly lat: number | null;
  readonly lng: number | null;
}

/** A SCADA message. */
export function scadaMessage({ at, lat, lng, ...fields }: ScadaAlarm): ProviderMessage {
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
  readonly buildingId: string | null;
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
      ...(buildingId === null ? {} : { parcel: buildingId }),
      serial: onuSerial ?? '',
    },
  });
}

/** What the call center hands on of a call, or of a new state of its ticket. */
export interface Call {
  readonly ticketId: string;
  readonly at: Date;
  /** Each of the three may be empty. */
  readonly phone: string;
  readonly meterNumber: string;
  readonly address: string;
  readonly notes: string;
  readonly status: 'Registered' | 'Restored';
}

/** A Call Center message. */
export function callMessage({ ticketId, at, status, ...customer }: Call): ProviderMessage {
  return json('call-center', {
    ticketId,
    timestamp: siteTime(at),
    customer,
    source: 'call-center-upstream',
    status,
  });
}

/** What a meter tells the head-end. */
export type MeterEventKind = 'power_off' | 'power_on' | 'phase_voltage' | 'heard';

/** One meter's event in an envelope of the head-end. */
export interface MeterEvent {
  /** Of the event. */
  readonly mrid: string;
  readonly assetMrid: string | null;
  readonly usagePointMrid: string | null;
  readonly at: Date;
  readonly kind: MeterEventKind;
}

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const MESSAGE = 'http://iec.ch/TC57/2011/schema/message';
const EVENTS = 'http://iec.ch/TC57/2011/EndDeviceEvents#';

/** The event types as words and as IEC 61968-9 codes; a reading has no code that would say something of supply. */
const TYPES: Readonly<Record<MeterEventKind, readonly [word: string, code: string]>> = {
  power_off: ['PowerOutage', '3.26.0.85'],
  power_on: ['PowerRestored', '3.26.0.216'],
  phase_voltage: ['3.26.131.150', '3.26.131.150'],
  heard: ['ReadingCompleted', 'ReadingCompleted'],
};

/** Severity is no power state: this head-end gives restores a higher one than gasps. */
const SEVERITIES: Readonly<Record<MeterEventKind, string>> = {
  power_off: 'Low',
  power_on: 'High',
  phase_voltage: 'Medium',
  heard: 'Low',
};

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
  const parts = events.map(
    ({ mrid, assetMrid, usagePointMrid, at, kind }) => `
        <ns2:EndDeviceEvent>
          <ns2:mRID>${mrid}</ns2:mRID>
          <ns2:createdDateTime>${siteTime(at)}</ns2:createdDateTime>
          <ns2:issuerID>HES-KAIFA</ns2:issuerID>
          <ns2:severity>${SEVERITIES[kind]}</ns2:severity>${identified('Assets', assetMrid)}
          <ns2:EndDeviceEventType ref="${TYPES[kind][usesCodes ? 1 : 0]}"/>${identified('UsagePoint', usagePointMrid)}
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

function identified(element: string, mrid: string | null): string {
  if (mrid === null) return '';
  return `
          <ns2:${element}><ns2:mRID>${escapeXml(mrid)}</ns2:mRID></ns2:${element}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

function json(provider: Provider, message: object): ProviderMessage {
  return { provider, contentType: 'application/json', body: JSON.stringify(message) };
}

/** Jordan is three hours ahead of UTC all year; providers there write it so. */
const SITE_OFFSET_MS = 3 * 3_600_000;

function siteTime(at: Date): string {
  return new Date(at.getTime() + SITE_OFFSET_MS).toISOString().replace('Z', '+03:00');
}
