import { kaifaMessage } from '../simulation/provider-messages.ts';
import type { NetworkBundle } from './network-bundle.ts';
import { createRandom, type Random } from './random.ts';
import {
  eventId,
  feederTripMessages,
  instant,
  interruptionMessages,
  NOTHING,
  returnMessages,
  type Span,
  type StormContext,
  type StormMessage,
  singleCall,
  unpluggedTerminal,
  voltageLossMessages,
  withRepeats,
} from './storm-episodes.ts';
import { type StormFeeder, type StormMeter, stormFeeders } from './storm-network.ts';

/** What a storm is made from. */
export interface StormOptions {
  readonly network: NetworkBundle;
  readonly seed: number;
  /** The instant of offset 0; every event's time counts from it. */
  readonly startAt: Date;
}

/** When the storm is over and the quiet time begins, in seconds after its start. */
export const STORM_SECONDS = 215;

/** Reasons that SCADA gives, as seen in its messages. */
const REASONS = [
  'Transformer Fault',
  'Cable Damage',
  'Equipment Failure',
  'Protection Trip',
  'Weather Related',
  'Switch Failure',
] as const;

/**
 * A storm of some four minutes over the demo network, in the providers' real formats and sorted by the time
 * at which each message is sent: trips and reclosings, a substation without voltage, a transformer that only
 * meters and customers tell of, calls in both languages, a hazard, repeats, late gasps, a pulled plug, a
 * broken message and a meter that nobody knows. The same options give the same messages.
 */
export function stormMessages({ network, seed, startAt }: StormOptions): StormMessage[] {
  const context = createContext(seed, startAt, 0);
  const { random } = context;
  const feeders = stormFeeders(network);
  const feeder = (index: number): StormFeeder => feeders[index % feeders.length]!;
  const ofSubstation = (id: string): StormFeeder[] =>
    feeders.filter(({ substationId }) => substationId === id);
  const darkStation = network.substations.at(-1)?.substation_id ?? '';
  const someone = (index: number): StormMeter => random.pick(feeder(index).meters);

  const messages = [
    ...voltageLossMessages(context, [feeder(0)], false, { from: 2.5, until: 95 }, 9),
    ...feederTripMessages(context, feeder(4), { from: 15, until: 125 }, 'Weather Related', 8),
    ...feederTripMessages(context, feeder(7), { from: 32, until: 44 }, 'Protection Trip', 1),
    ...interruptionMessages(context, transformerOf(random, feeder(3)), { from: 48, until: 160 }, 3),
    ...voltageLossMessages(context, ofSubstation(darkStation), true, { from: 62, until: 118 }, 18),
    singleCall(context, someone(0), 72, 'سلك كهرباء مقطوع وواقع على الأرض أمام المدرسة'),
    singleCall(context, someone(1), 76, 'Lights are flickering and very dim in half of the rooms'),
    singleCall(context, someone(10), 80, 'Question about my last bill'),
    ...unpluggedTerminal(context, shuffledFrom(random, feeder(9).meters), 84),
    brokenMessage(context, feeder(9), 88),
    unknownMeter(context, 92),
    singleCall(context, someone(6), 104, 'Wire down and sparking near the bus stop'),
    ...feederTripMessages(context, feeder(9), { from: 130, until: 200 }, 'Cable Damage', 6),
    ...feederTripMessages(context, feeder(6), { from: 150, until: 185 }, 'Equipment Failure', 4),
    ...interruptionMessages(context, [someone(10)], { from: 170, until: 205 }, 1),
  ];
  return sorted(withRepeats(context, messages));
}

/** What an earlier storm, cut off in the middle, left without supply: codes as SCADA sends them, and meter numbers. */
export interface LeftBehind {
  readonly feederIds: readonly string[];
  readonly substationIds: readonly string[];
  readonly meterNumbers: readonly string[];
}

/** Ends what an earlier storm left behind, through the same messages as ever, before a new one begins. */
export function recoveryMessages({ network, seed, startAt }: StormOptions, left: LeftBehind): StormMessage[] {
  const context = createContext(seed, startAt, 2_000_000);
  const feeders = stormFeeders(network);
  const out = new Set(left.meterNumbers);
  const switches = [
    ...feeders
      .filter(({ feederId }) => left.feederIds.includes(feederId))
      .map((named) => ({ named, feederIds: [named.feederId] })),
    ...left.substationIds.flatMap((id) => {
      const below = feeders.filter(({ substationId }) => substationId === id);
      const feederIds = below.map(({ feederId }) => feederId);
      return below.slice(0, 1).map((first) => ({ named: { ...first, feederId: '' }, feederIds }));
    }),
  ];
  const meters = feeders.flatMap((feeder) => feeder.meters).filter(({ meterNumber }) => out.has(meterNumber));
  return sorted(returnMessages(context, switches, meters, 0));
}

/**
 * What goes on after the storm, for ever: every 20 to 40 seconds something small. Each part is sorted by
 * itself and begins after the one before, but may still send while the next ones do.
 */
export function* quietMessages({ network, seed, startAt }: StormOptions): Generator<{
  readonly from: number;
  readonly messages: readonly StormMessage[];
}> {
  const context = createContext(seed ^ 0x5eed, startAt, 1_000_000);
  const { random } = context;
  const feeders = stormFeeders(network);
  const busyUntil = new Map<string, number>();
  for (let from = STORM_SECONDS + 15; ; from += random.integer(20, 40)) {
    // One interruption at a time on a feeder, and one that is over long enough for its last messages.
    const free = feeders.filter(({ feederId }) => (busyUntil.get(feederId) ?? 0) < from);
    const feeder = free.length === 0 ? null : random.pick(free);
    if (feeder === null) continue;
    const span = { from, until: from + random.integer(45, 100) };
    const { messages, isBusy } = quietEpisode(context, feeder, span);
    if (isBusy) busyUntil.set(feeder.feederId, span.until + 30);
    yield { from, messages: sorted(withRepeats(context, messages)) };
  }
}

function quietEpisode(
  context: StormContext,
  feeder: StormFeeder,
  span: Span,
): { readonly messages: readonly StormMessage[]; readonly isBusy: boolean } {
  const { random } = context;
  const dice = random.next();
  if (dice < 0.35)
    return { messages: feederTripMessages(context, feeder, span, random.pick(REASONS), 5), isBusy: true };
  if (dice < 0.5) {
    const momentary = { from: span.from, until: span.from + random.integer(4, 12) };
    return {
      messages: feederTripMessages(context, feeder, momentary, 'Weather Related', 0),
      isBusy: true,
    };
  }
  if (dice < 0.75) {
    const meters = transformerOf(random, feeder);
    return { messages: interruptionMessages(context, meters, span, 2), isBusy: true };
  }
  if (dice < 0.9) {
    const notes = random.pick([
      'No power in my flat only',
      'الكهرباء ضعيفة والأنوار ترمش',
      'انقطعت الكهرباء عن المحل',
    ]);
    return { messages: [singleCall(context, random.pick(feeder.meters), span.from, notes)], isBusy: false };
  }
  return {
    messages: unpluggedTerminal(context, shuffledFrom(random, feeder.meters), span.from),
    isBusy: false,
  };
}

function createContext(seed: number, startAt: Date, before: number): StormContext {
  let number = before;
  return {
    random: createRandom(seed),
    startAt,
    nextNumber: () => {
      number += 1;
      return number;
    },
  };
}

/** The meters of one transformer, chosen by chance. */
function transformerOf(random: Random, feeder: StormFeeder): StormMeter[] {
  const { distributionPointId } = random.pick(feeder.meters);
  return feeder.meters.filter((meter) => meter.distributionPointId === distributionPointId);
}

/** The same meters, beginning somewhere else. */
function shuffledFrom(random: Random, meters: readonly StormMeter[]): StormMeter[] {
  const start = random.integer(0, Math.max(0, meters.length - 1));
  return [...meters.slice(start), ...meters.slice(0, start)];
}

/** A SCADA message that lost its voltage and its time on the way. */
function brokenMessage(context: StormContext, feeder: StormFeeder, seconds: number): StormMessage {
  const body = JSON.stringify({
    eventType: 'MV_AlarmLossOfVoltage',
    substationId: feeder.substationId,
    feederId: feeder.feederId,
    mainStationId: feeder.mainStationId,
    alarmType: 'De-energized',
    reason: `Switch Failure ${eventId(context)}`,
  });
  return {
    atOffsetSeconds: seconds,
    concerns: NOTHING,
    provider: 'scada',
    contentType: 'application/json',
    body,
  };
}

function unknownMeter(context: StormContext, seconds: number): StormMessage {
  const at = instant(context, seconds);
  const event = {
    mrid: eventId(context),
    assetMrid: 'd0d0cafe-0000-4000-8000-000000000001',
    usagePointMrid: null,
    at,
    kind: 'power_off' as const,
  };
  const message = kaifaMessage(`HES-${eventId(context)}`, at, [event], true);
  return { atOffsetSeconds: seconds + 3, concerns: NOTHING, ...message };
}

function sorted(messages: readonly StormMessage[]): StormMessage[] {
  return [...messages].sort((a, b) => a.atOffsetSeconds - b.atOffsetSeconds);
}
