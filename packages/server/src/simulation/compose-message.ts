import type { DeviceSignalKind } from '@lastgasp/engine';
import {
  type MeterBatch,
  metersByTerminal,
  type PlacedFeeder,
  type SimulatedMessage,
  type TelemetryAlarm,
  type TerminalAlarm,
  type TroubleCall,
} from '@lastgasp/engine/simulate';
import type { CallKind } from '@lastgasp/model';
import {
  callMessage,
  kaifaMessage,
  onuMessage,
  type ProviderMessage,
  scadaMessage,
} from './provider-messages.ts';
import type { BundleSite, MeterIdentity } from './read-bundle-site.ts';

/** What callers say, by what the call center makes of it (`oms_call_kind`). */
const NOTES: Readonly<Record<CallKind, readonly string[]>> = {
  no_supply: [
    'No electricity in the whole building',
    'Power went out a few minutes ago, neighbours too',
    'الكهرباء مقطوعة في الشارع كله',
    'انقطعت الكهرباء عن البيت',
    'لا يوجد كهرباء منذ دقائق',
    'Street is dark, please send someone',
    '',
  ],
  hazard: ['Wire down and sparking near the bus stop', 'سلك كهرباء مقطوع وواقع على الأرض أمام المدرسة'],
  partial_supply: ['Lights are flickering and very dim in half of the rooms', 'الكهرباء ضعيفة والأنوار ترمش'],
  other: ['Question about my last bill'],
};

const SCADA_WORDS: Readonly<Record<DeviceSignalKind, readonly [eventType: string, alarmType: string]>> = {
  switch_open: ['BreakerTrip', 'breaker_trip'],
  switch_closed: ['breaker_close', 'breaker_close'],
  voltage_lost: ['MV_AlarmLossOfVoltage', 'De-energized'],
  voltage_present: ['MV_AlarmRestoration', 'Energized'],
};

/** Volts of the feeders. */
const VOLTAGE = 11_000;

/** Of a message that is cut off so much arrives, as a share of its text. */
const BROKEN_AT = 0.6;

/** Turns the messages of a storm into those of the providers. `mark` makes their ids unlike those of any other storm. */
export function messageComposer(
  bundle: BundleSite,
  mark: string,
): (message: SimulatedMessage) => ProviderMessage {
  const compose = wholeMessageComposer(bundle, mark);
  return (message) => {
    const whole = compose(message);
    if (!message.isBroken) return whole;
    return { ...whole, body: whole.body.slice(0, Math.floor(whole.body.length * BROKEN_AT)) };
  };
}

function wholeMessageComposer(
  bundle: BundleSite,
  mark: string,
): (message: SimulatedMessage) => ProviderMessage {
  const buildings = metersByTerminal(bundle.site);
  return (message) => {
    switch (message.source) {
      case 'kaifa':
        return composeBatch(bundle, mark, message);
      case 'onu':
        return composeTerminal(bundle, mark, message, buildings[message.terminal] ?? []);
      case 'scada':
        return composeTelemetry(bundle, message);
      case 'call_center':
        return composeCall(bundle, mark, message);
    }
  };
}

function identityOf({ identities }: BundleSite, meter: number): MeterIdentity {
  const identity = identities[meter];
  if (identity === undefined) throw new Error(`there is no meter at ${meter}`);
  return identity;
}

/** So many meters were installed that the registry does not know yet; one of them, chosen by the number of its event. */
const UNKNOWN_METERS = 5;

function unknownMeter(number: number): Pick<MeterIdentity, 'assetMrid' | 'usagePointMrid'> {
  return {
    assetMrid: `d0d0cafe-0000-4000-8000-00000000000${1 + (number % UNKNOWN_METERS)}`,
    usagePointMrid: null,
  };
}

/** Microseconds as a date; messages tell milliseconds. */
const dateOf = (instant: number): Date => new Date(instant / 1_000);

function composeBatch(bundle: BundleSite, mark: string, batch: MeterBatch): ProviderMessage {
  const events = batch.events.map(({ number, meter, kind, eventAt }) => {
    const { assetMrid, usagePointMrid } = meter < 0 ? unknownMeter(number) : identityOf(bundle, meter);
    return { mrid: `EV-${mark}-${number}`, assetMrid, usagePointMrid, at: dateOf(eventAt), kind };
  });
  return kaifaMessage(`HES-${mark}-${batch.number}`, dateOf(batch.sentAt), events, batch.usesCodes);
}

function composeTerminal(
  bundle: BundleSite,
  mark: string,
  { terminal, kind, eventAt, number }: TerminalAlarm,
  meters: readonly number[],
): ProviderMessage {
  const identities = meters.map((meter) => identityOf(bundle, meter));
  const [first] = identities;
  return onuMessage({
    eventId: `EV-${mark}-T${number}`,
    type: kind === 'power_off' ? 'ONU_LastGaspAlert' : 'ONU_PowerRestored',
    onuId: Number(bundle.site.terminals[terminal]),
    onuSerial: first?.onuSerial ?? null,
    buildingId: first?.buildingId ?? null,
    meterNumbers: identities.map(({ meterNumber }) => meterNumber),
    at: dateOf(eventAt),
    lat: first?.lat ?? null,
    lng: first?.lng ?? null,
  });
}

function composeTelemetry(bundle: BundleSite, alarm: TelemetryAlarm): ProviderMessage {
  const { code, substationCode } = bundle.site.feeders[alarm.feeder] as PlacedFeeder;
  const [eventType, alarmType] = SCADA_WORDS[alarm.kind];
  const isOff = alarm.kind === 'switch_open' || alarm.kind === 'voltage_lost';
  return scadaMessage({
    eventType,
    alarmType,
    substationId: substationCode,
    feederId: alarm.isWholeSubstation ? '' : code,
    mainStationId: bundle.mainStations.get(substationCode) ?? '',
    at: dateOf(alarm.eventAt),
    voltage: isOff ? 0 : VOLTAGE,
    severity: isOff ? 'critical' : 'Medium',
    reason: alarm.reason,
    ...(bundle.placeOfFeeder.get(code) ?? { lat: null, lng: null }),
  });
}

function composeCall(bundle: BundleSite, mark: string, call: TroubleCall): ProviderMessage {
  const { meterNumber, phone, address } = identityOf(bundle, call.meter);
  const notes = NOTES[call.says];
  const knows = (identity: TroubleCall['identity'], value: string | null): string =>
    call.identity === identity ? (value ?? '') : '';
  return callMessage({
    ticketId: `TC-${mark}-${call.ticket}`,
    at: dateOf(call.eventAt),
    phone: knows('phone', phone),
    meterNumber: knows('meter_number', meterNumber) + knows('wrong_number', `${meterNumber}-0`),
    address: knows('address', address),
    notes: notes[call.words % notes.length] as string,
    status: call.status,
  });
}
