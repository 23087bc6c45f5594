/** The SCADA message of a real substation, with `changes`; a field changed to undefined is left out. */
export const scadaMessage = (changes: Record<string, unknown> = {}) => ({
  eventType: 'MV_AlarmLossOfVoltage',
  substationId: '4A00000K123',
  feederId: 'F00K123',
  mainStationId: '82001',
  alarmType: 'De-energized',
  timestamp: '2025-09-24T13:51:28+03:00',
  voltage: 0,
  severity: 'Medium',
  reason: 'Transformer Fault',
  coordinates: { lat: 31.94, lng: 35.97 },
  ...changes,
});

/** The last gasp of a real fibre terminal, with `changes`. */
export const onuMessage = (changes: Record<string, unknown> = {}) => ({
  type: 'ONU_LastGaspAlert',
  onuId: 3230316,
  onuSerial: '48575443ED8345B0',
  timestamp: '2025-09-24T13:51:31+03:00',
  location: { lat: 31.9401, lng: 35.9712 },
  associatedMeters: ['M12345678', 'M23456789'],
  nmsType: 'Huawei_U2020',
  alarmData: {
    category: 'Power',
    alarmType: 'Dying gasp',
    parcel: '05040835035',
    serial: '48575443ED8345B0',
  },
  ...changes,
});

/** A trouble call, with `changes`. */
export const callCenterMessage = (changes: Record<string, unknown> = {}) => ({
  ticketId: 'TC-2025-09-24-000117',
  timestamp: '2025-09-24T13:58:40+03:00',
  customer: {
    phone: '+962790123456',
    meterNumber: 'M12345678',
    address: 'عمان، شارع الملكة رانيا 12',
    notes: '',
  },
  source: 'hotline',
  status: 'Registered',
  ...changes,
});

/** What an event of `soapEnvelope` says; null leaves the element out. */
export interface SoapEvent {
  readonly mrid?: string | null;
  readonly createdAt?: string | null;
  readonly asset?: string | null;
  readonly usagePoint?: string | null;
  readonly type?: string | null;
  /** Elements put in as they are. */
  readonly more?: string;
}

/** Prefixes of the three namespaces; empty for a default namespace. */
export interface SoapPrefixes {
  readonly soap: string;
  readonly message: string;
  readonly events: string;
}

const PREFIXES: SoapPrefixes = { soap: 'soapenv', message: 'ns1', events: 'ns2' };

/** A head-end's SOAP envelope with these events; `header` is put in as it is, and `prefixes` are free. */
export function soapEnvelope(
  events: readonly SoapEvent[],
  { header, prefixes = PREFIXES }: { header?: string; prefixes?: SoapPrefixes } = {},
): string {
  const [s, m, e] = [prefixes.soap, prefixes.message, prefixes.events].map((prefix) =>
    prefix === '' ? '' : `${prefix}:`,
  );
  const declare = (prefix: string, uri: string) => `xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`;
  const part = (name: string, content: string | null | undefined) =>
    content === null || content === undefined ? '' : `<${e}${name}>${content}</${e}${name}>`;
  const identified = (name: string, mrid: string | null) =>
    mrid === null ? '' : part(name, part('mRID', mrid));
  const written = events.map(
    ({
      mrid = 'evt-1',
      createdAt = '2025-09-24T13:51:30+03:00',
      asset = 'KFM1',
      usagePoint = null,
      type = '3.26.0.85',
      more = '',
    }) =>
      part(
        'EndDeviceEvent',
        part('mRID', mrid) +
          part('createdDateTime', createdAt) +
          identified('Assets', asset) +
          (type === null ? '' : `<${e}EndDeviceEventType ref="${type}"/>`) +
          more +
          identified('UsagePoint', usagePoint),
      ),
  );
  const headerText =
    header ??
    `<${m}Header><${m}Timestamp>2025-09-24T13:51:36+03:00</${m}Timestamp><${m}MessageID>m-1</${m}MessageID></${m}Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<${s}Envelope ${declare(prefixes.soap, 'http://schemas.xmlsoap.org/soap/envelope/')}><${s}Header/><${s}Body>
<${m}EventMessage ${declare(prefixes.message, 'http://iec.ch/TC57/2011/schema/message')}>${headerText}
<${m}Payload><${e}EndDeviceEvents ${declare(prefixes.events, 'http://iec.ch/TC57/2011/EndDeviceEvents#')}>
${written.join('\n')}
</${e}EndDeviceEvents></${m}Payload></${m}EventMessage></${s}Body></${s}Envelope>`;
}
