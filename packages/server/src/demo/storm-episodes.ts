import {
  callMessage,
  kaifaMessage,
  type MeterEvent,
  type MeterEventKind,
  onuMessage,
  type ProviderMessage,
  scadaMessage,
} from '../simulation/provider-messages.ts';
import type { Random } from './random.ts';
import { STORM_MARK } from './storm-mark.ts';
import type { StormFeeder, StormMeter } from './storm-network.ts';

/** What a message says something of, by the utility's codes; nothing where it can change nobody else's outage. */
export interface Concerns {
  readonly feederIds: readonly string[];
  readonly meterNumbers: readonly string[];
}

/** A message with the time at which it is sent, in seconds after the storm's start. */
export interface StormMessage extends ProviderMessage {
  readonly atOffsetSeconds: number;
  readonly concerns: Concerns;
}

/** What SCADA speaks of at once: one feeder, or with an empty `feederId` a substation with all of its feeders. */
export interface StormSwitch {
  readonly named: StormFeeder;
  readonly feederIds: readonly string[];
}

/** What concerns nobody. */
export const NOTHING: Concerns = { feederIds: [], meterNumbers: [] };

/** What the episodes of one storm share. */
export interface StormContext {
  readonly random: Random;
  readonly startAt: Date;
  /** A number that no earlier call gave. */
  readonly nextNumber: () => number;
}

/** From when to when something is without supply, in seconds after the storm's start. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Share of gasps that reach the head-end: a meter's last words often get lost. */
const GASP_DELIVERY = 0.8;
/** Share of first breaths that reach it. */
const BREATH_DELIVERY = 0.95;
/** Share of fibre terminals that gasp; the others run on a battery. */
const ONU_GASPS = 0.9;
/** Share of concentrators whose gasps arrive only after supply is back. */
const LATE_CELLS = 0.04;
/** Share of messages that a sender repeats. */
const REPEATED = 0.04;

const NO_SUPPLY_NOTES = [
  'No electricity in the whole building',
  'Power went out a few minutes ago, neighbours too',
  'الكهرباء مقطوعة في الشارع كله',
  'انقطعت الكهرباء عن البيت',
  'لا يوجد كهرباء منذ دقائق',
  'Street is dark, please send someone',
] as const;

/** The instant so many seconds after the storm's start. */
export const instant = ({ startAt }: StormContext, seconds: number): Date =>
  new Date(startAt.getTime() + Math.floor(seconds * 1_000));

/**
 * What meters, fibre terminals and customers tell of an interruption: gasps by concentrator and by terminal,
 * `calls` calls, and the same the other way round when supply is back.
 */
export function interruptionMessages(
  context: StormContext,
  meters: readonly StormMeter[],
  span: Span,
  calls: number,
): StormMessage[] {
  return [
    ...headEndMessages(context, meters, span),
    ...terminalMessages(context, meters, span),
    ...callMessages(context, meters, span, calls),
  ];
}

/** A breaker that trips and closes again, as SCADA tells it, with everything below it. */
export function feederTripMessages(
  context: StormContext,
  feeder: StormFeeder,
  span: Span,
  reason: string,
  calls: number,
): StormMessage[] {
  const alarm = (seconds: number, eventType: string, alarmType: string, isOff: boolean): StormMessage => ({
    atOffsetSeconds: seconds + 0.4,
    concerns: { feederIds: [feeder.feederId], meterNumbers: [] },
    ...feederAlarm(context, feeder, seconds, { eventType, alarmType, isOff, reason, severity: 'critical' }),
  });
  return [
    alarm(span.from, 'BreakerTrip', 'breaker_trip', true),
    alarm(span.from + 0.8, 'MV_AlarmLossOfVoltage', 'De-energized', true),
    alarm(span.until, 'breaker_close', 'breaker_close', false),
    alarm(span.until + 0.5, 'MV_AlarmRestoration', 'Energized', false),
    ...interruptionMessages(context, feeder.meters, span, calls),
  ];
}

/** A feeder or, without its id, a substation that loses its voltage, told by nothing but the voltage alarm. */
export function voltageLossMessages(
  context: StormContext,
  feeders: readonly StormFeeder[],
  isWholeSubstation: boolean,
  span: Span,
  calls: number,
): StormMessage[] {
  const [first] = feeders;
  if (first === undefined) return [];
  const named = isWholeSubstation ? { ...first, feederId: '' } : first;
  const alarm = (seconds: number, eventType: string, alarmType: string, isOff: boolean): StormMessage => ({
    atOffsetSeconds: seconds + 0.3,
    concerns: { feederIds: feeders.map(({ feederId }) => feederId), meterNumbers: [] },
    ...feederAlarm(context, named, seconds, {
      eventType,
      alarmType,
      isOff,
      reason: isWholeSubstation ? 'Protection Trip' : 'Transformer Fault',
      severity: 'Medium',
    }),
  });
  const meters = feeders.flatMap((feeder) => feeder.meters);
  return [
    alarm(span.from, 'MV_AlarmLossOfVoltage', 'De-energized', true),
    alarm(span.until, 'MV_AlarmRestoration', 'Energized', false),
    ...interruptionMessages(context, meters, span, calls),
  ];
}

/** Supply that comes back everywhere: what switches, meters and fibre terminals tell of it. */
export function returnMessages(
  context: StormContext,
  switches: readonly StormSwitch[],
  meters: readonly StormMeter[],
  seconds: number,
): StormMessage[] {
  const words = {
    eventType: 'MV_AlarmRestoration',
    alarmType: 'Energized',
    isOff: false,
    reason: '',
    severity: 'Medium',
  };
  const alarms = switches.map(({ named, feederIds }) => ({
    atOffsetSeconds: seconds,
    concerns: { feederIds, meterNumbers: [] },
    ...feederAlarm(context, named, seconds, words),
  }));
  const breaths = groupBy(meters, (meter) => meter.cell).flatMap((cell) => {
    const at = instant(context, seconds);
    const events = cell.flatMap(({ assetMrid, usagePointMrid }) =>
      assetMrid === null
        ? []
        : [{ mrid: eventId(context), assetMrid, usagePointMrid, at, kind: 'power_on' as const }],
    );
    if (events.length === 0) return [];
    const message = kaifaMessage(`HES-${eventId(context)}`, at, events, true);
    return [{ atOffsetSeconds: seconds + 0.2, concerns: concernsOf(cell), ...message }];
  });
  const terminals = terminalsOf(meters).map((terminal) => ({
    atOffsetSeconds: seconds + 0.4,
    concerns: concernsOf(terminal),
    ...terminalMessage(context, terminal, 'ONU_PowerRestored', seconds),
  }));
  return [...alarms, ...breaths, ...terminals];
}

/** One call. */
export function singleCall(
  context: StormContext,
  meter: StormMeter,
  seconds: number,
  notes: string,
): StormMessage {
  const message = call(context, meter, seconds, notes, ticket(context), 'Registered');
  return { atOffsetSeconds: seconds, concerns: NOTHING, ...message };
}

/** A fibre terminal whose plug is pulled: it gasps, and its meters have supply. */
export function unpluggedTerminal(
  context: StormContext,
  meters: readonly StormMeter[],
  seconds: number,
): StormMessage[] {
  const terminal = terminalsOf(meters)[0];
  if (terminal === undefined) return [];
  const send = (at: number, type: 'ONU_LastGaspAlert' | 'ONU_PowerRestored'): StormMessage => ({
    atOffsetSeconds: at + 1,
    concerns: concernsOf(terminal),
    ...terminalMessage(context, terminal, type, at),
  });
  return [send(seconds, 'ONU_LastGaspAlert'), send(seconds + 25, 'ONU_PowerRestored')];
}

/** Repeats some of the messages a little later, as senders do that got no answer in time. */
export function withRepeats(context: StormContext, messages: readonly StormMessage[]): StormMessage[] {
  const { random } = context;
  const repeats = messages.filter(() => random.chance(REPEATED));
  return [
    ...messages,
    ...repeats.map((message) => ({
      ...message,
      atOffsetSeconds: message.atOffsetSeconds + random.integer(1, 5),
    })),
  ];
}

interface AlarmWords {
  readonly eventType: string;
  readonly alarmType: string;
  readonly isOff: boolean;
  readonly reason: string;
  readonly severity: string;
}

function feederAlarm(
  context: StormContext,
  feeder: StormFeeder,
  seconds: number,
  { eventType, alarmType, isOff, reason, severity }: AlarmWords,
): ProviderMessage {
  const { feederId, substationId, mainStationId, lat, lng } = feeder;
  return scadaMessage({
    eventType,
    alarmType,
    substationId,
    feederId,
    mainStationId,
    at: instant(context, seconds),
    voltage: isOff ? 0 : 11_000,
    severity,
    reason,
    lat,
    lng,
  });
}

function headEndMessages(context: StormContext, meters: readonly StormMeter[], span: Span): StormMessage[] {
  const { random } = context;
  const usesCodes = random.chance(0.5);
  const messages: StormMessage[] = [];
  for (const cell of groupBy(meters, (meter) => meter.cell)) {
    const told = (share: number, from: number, kind: MeterEventKind): MeterEvent[] =>
      cell.flatMap(({ assetMrid, usagePointMrid }) => {
        const at = instant(context, from + random.next() * 1.5);
        if (assetMrid === null || !random.chance(share)) return [];
        return [{ mrid: eventId(context), assetMrid, usagePointMrid, at, kind }];
      });
    const send = (seconds: number, events: MeterEvent[]): void => {
      if (events.length === 0) return;
      const message = kaifaMessage(`HES-${eventId(context)}`, instant(context, seconds), events, usesCodes);
      messages.push({ atOffsetSeconds: seconds, concerns: concernsOf(cell), ...message });
    };
    const isLate = random.chance(LATE_CELLS);
    const gaspsAt = isLate ? span.until + 8 + random.next() * 6 : span.from + 2.5 + random.next() * 7;
    send(gaspsAt, told(GASP_DELIVERY, span.from, 'power_off'));
    send(span.until + 2.5 + random.next() * 8, told(BREATH_DELIVERY, span.until + 0.2, 'power_on'));
  }
  return messages;
}

function terminalMessages(context: StormContext, meters: readonly StormMeter[], span: Span): StormMessage[] {
  const { random } = context;
  return terminalsOf(meters).flatMap((terminal) => {
    const from = span.from + random.next();
    const until = span.until + 2 + random.next() * 3;
    if (!random.chance(ONU_GASPS)) return [];
    return [
      {
        atOffsetSeconds: from + 1 + random.next() * 3,
        concerns: concernsOf(terminal),
        ...terminalMessage(context, terminal, 'ONU_LastGaspAlert', from),
      },
      {
        atOffsetSeconds: until + 1 + random.next() * 6,
        concerns: concernsOf(terminal),
        ...terminalMessage(context, terminal, 'ONU_PowerRestored', until),
      },
    ];
  });
}

function callMessages(
  context: StormContext,
  meters: readonly StormMeter[],
  span: Span,
  calls: number,
): StormMessage[] {
  const { random } = context;
  const messages: StormMessage[] = [];
  if (meters.length === 0) return messages;
  for (let index = 0; index < calls; index += 1) {
    const meter = random.pick(meters);
    const seconds = span.from + 5 + random.next() * Math.min(50, span.until - span.from);
    const id = ticket(context);
    const notes = random.pick(NO_SUPPLY_NOTES);
    // A call joins the outage of its meter, whoever made that.
    const concerns = { feederIds: [meter.feederId], meterNumbers: [] };
    messages.push({
      atOffsetSeconds: seconds,
      concerns,
      ...call(context, meter, seconds, notes, id, 'Registered'),
    });
    if (!random.chance(0.5)) continue;
    const closedAt = span.until + 5 + random.next() * 10;
    messages.push({
      atOffsetSeconds: closedAt,
      concerns,
      ...call(context, meter, closedAt, notes, id, 'Restored'),
    });
  }
  return messages;
}

/** Callers know their meter number, or only their telephone, or only where they live. */
function call(
  context: StormContext,
  meter: StormMeter,
  seconds: number,
  notes: string,
  ticketId: string,
  status: 'Registered' | 'Restored',
): ProviderMessage {
  const knows = context.random.next();
  return callMessage({
    ticketId,
    at: instant(context, seconds),
    phone: knows < 0.8 ? meter.phone : '',
    meterNumber: knows < 0.4 ? meter.meterNumber : '',
    address: knows >= 0.8 ? meter.address : '',
    notes,
    status,
  });
}

type Terminal = readonly StormMeter[];

function terminalsOf(meters: readonly StormMeter[]): Terminal[] {
  const withTerminal = meters.filter(({ onuId }) => onuId !== null);
  return groupBy(withTerminal, ({ onuId }) => String(onuId));
}

function terminalMessage(
  context: StormContext,
  terminal: Terminal,
  type: 'ONU_LastGaspAlert' | 'ONU_PowerRestored',
  seconds: number,
): ProviderMessage {
  const { onuId, onuSerial, buildingId, lat, lng } = terminal[0]!;
  return onuMessage({
    eventId: eventId(context),
    type,
    onuId: onuId ?? 0,
    onuSerial,
    buildingId,
    meterNumbers: terminal.map(({ meterNumber }) => meterNumber),
    at: instant(context, seconds),
    lat,
    lng,
  });
}

/** Unlike those of any other storm: the start is part of it. */
export function eventId({ startAt, nextNumber }: StormContext): string {
  const storm = startAt.getTime().toString(36).toUpperCase();
  return `${STORM_MARK.eventPrefix}${storm}-${String(nextNumber()).padStart(6, '0')}`;
}

function ticket(context: StormContext): string {
  return `TC-${eventId(context)}`;
}

function concernsOf(meters: readonly StormMeter[]): Concerns {
  return {
    feederIds: [...new Set(meters.map(({ feederId }) => feederId))],
    meterNumbers: meters.map(({ meterNumber }) => meterNumber),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
