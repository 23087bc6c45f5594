import type { Between } from './chance.ts';

/** How the meters of the head-end behave. */
export interface MeterBehaviour {
  /** Whether there is a head-end at all. */
  readonly isReporting: boolean;
  readonly gaspDelivery: number;
  readonly deliverySpread: number;
  readonly restoreDelivery: number;
  readonly deadCellShare: number;
  readonly zeroVoltSeconds: Between;
  readonly restoreSeconds: Between;
  readonly delaySeconds: number;
  readonly batchSeconds: number;
  readonly clockJitterSeconds: number;
  readonly clockSkewSeconds: number;
  readonly deadClockShare: number;
  readonly falseGaspsPerMeterHour: number;
  readonly falseGaspSeconds: Between;
  readonly chatterSeconds: Between;
  readonly lateCellShare: number;
  readonly lateMinutes: Between;
  readonly phaseAlarmDelivery: number;
  readonly unknownMeterShare: number;
}

/** How fibre terminals (ONU) behave. */
export interface TerminalBehaviour {
  readonly isReporting: boolean;
  readonly gaspDelivery: number;
  readonly restoreDelivery: number;
  readonly batteryShare: number;
  readonly batteryHours: number;
  readonly delaySeconds: Between;
  readonly bootSeconds: Between;
}

/** How the telemetry of feeder heads and substations behaves. */
export interface TelemetryBehaviour {
  readonly isReporting: boolean;
  readonly coveredShare: number;
  readonly delaySeconds: Between;
  readonly voltageAlarmShare: number;
  readonly voltageAlarmSeconds: Between;
}

/** How customers call. */
export interface CallBehaviour {
  readonly isReporting: boolean;
  readonly eventualShare: number;
  readonly meanMinutes: number;
  readonly registerSeconds: Between;
  readonly byNumberShare: number;
  readonly byPhoneShare: number;
  readonly wrongNumberShare: number;
  readonly hazardShare: number;
  readonly partialShare: number;
  readonly closedShare: number;
  readonly strayPerMeterHour: number;
}

/** What happens to messages between their sender and the gateway. */
export interface TransportBehaviour {
  readonly copies: number;
  readonly copySeconds: Between;
  readonly repeatedShare: number;
  readonly brokenShare: number;
  readonly reorderShare: number;
  readonly reorderMinutes: number;
}

/** Every number by which the world turns into messages; the estimators are told none of them. */
export interface StormBehaviour {
  readonly meters: MeterBehaviour;
  readonly terminals: TerminalBehaviour;
  readonly telemetry: TelemetryBehaviour;
  readonly calls: CallBehaviour;
  readonly transport: TransportBehaviour;
}

/** An ordinary site: every source reports, each with its usual weaknesses. */
export const ordinaryBehaviour: StormBehaviour = {
  meters: {
    isReporting: true,
    // Probability 0 to 1. Technologies range from 0.6 to 0.95: the capacitor of a meter holds for few repetitions.
    gaspDelivery: 0.8,
    // Standard deviation of a cell's delivery around that: antennas and power lines differ more than meters do.
    deliverySpread: 0.05,
    // Probability 0 to 1. A first breath is repeated until it is acknowledged; what is lost is lost for other reasons.
    restoreDelivery: 0.95,
    // Share of cells that deliver nothing in either direction: an access point without backhaul.
    deadCellShare: 0.02,
    // Seconds of zero volts before a meter gasps, so that reclosing causes no flood. What is shorter is never told.
    zeroVoltSeconds: [30, 45],
    // Seconds that a meter takes to start, join its network and tell that it is back.
    restoreSeconds: [5, 60],
    // Mean seconds on the way through mesh and head-end, exponentially distributed.
    delaySeconds: 4,
    // Seconds over which a concentrator collects events into one message.
    batchSeconds: 5,
    // Standard deviation in seconds of one stamp around the meter's own clock.
    clockJitterSeconds: 0.5,
    // Seconds that a meter's clock may be off, evenly to both sides: synchronised once a day.
    clockSkewSeconds: 2,
    // Share of meters whose clock battery is dead: they stamp the restore 5 seconds after the outage.
    deadClockShare: 0.005,
    // Gasps an hour and meter with supply there: brown-outs, tests, faulty power supplies.
    falseGaspsPerMeterHour: 2e-5,
    // Seconds until such a meter says that it has supply.
    falseGaspSeconds: [5, 60],
    // Seconds between two messages of a meter with a loose contact.
    chatterSeconds: [10, 60],
    // Share of cells whose carrier works through its queue in batches.
    lateCellShare: 0,
    // Minutes that their messages come late: power-line carrier can take more than an hour.
    lateMinutes: [60, 75],
    // Probability 0 to 1 that a three-phase meter which lost phase A says so.
    phaseAlarmDelivery: 0.5,
    // Share of a concentrator's messages that also tell of a meter which the registry lacks: installed since its last export.
    unknownMeterShare: 0.002,
  },
  terminals: {
    isReporting: true,
    // Probability 0 to 1. The gasp is one frame on a shared fibre: 0.5 to 0.9 with the number that speak at once.
    gaspDelivery: 0.7,
    // Probability 0 to 1. A terminal that registers again is noticed nearly always.
    restoreDelivery: 0.9,
    // Share of terminals with a battery: they stay alive in an outage and say nothing.
    batteryShare: 0.3,
    // Hours that a battery holds; afterwards the terminal gasps like any other.
    batteryHours: 4,
    // Seconds from the terminal to the management system and on.
    delaySeconds: [1, 4],
    // Seconds that a terminal takes to start when supply is back.
    bootSeconds: [60, 120],
  },
  telemetry: {
    isReporting: true,
    // Share of feeder heads whose telemetry works.
    coveredShare: 0.95,
    // Seconds of scan cycle and transmission.
    delaySeconds: [1, 6],
    // Share of trips after which the lost voltage is told as well.
    voltageAlarmShare: 0.8,
    // Seconds after the trip at which it is told.
    voltageAlarmSeconds: [0.5, 2],
  },
  calls: {
    isReporting: true,
    // Share of interrupted customers who call in the end: 5 to 20 % by hour and country.
    eventualShare: 0.12,
    // Mean minutes until they do (the tau of c(t) = c * (1 - exp(-t / tau))): 10 to 20.
    meanMinutes: 15,
    // Seconds until the call is registered.
    registerSeconds: [20, 90],
    // Share of callers who give their meter's number, and their telephone; the others only know where they live.
    byNumberShare: 0.4,
    byPhoneShare: 0.4,
    // Share of given meter numbers that are another's or nobody's.
    wrongNumberShare: 0.01,
    // Share of calls that tell of a danger instead of lost supply.
    hazardShare: 0.02,
    // How many times as often as others customers call who lost one phase of three.
    partialShare: 0.5,
    // Share of tickets that are closed by a second message when supply is back.
    closedShare: 0.3,
    // Calls an hour and meter about a customer's own fuse.
    strayPerMeterHour: 1e-5,
  },
  transport: {
    // How often each message arrives.
    copies: 1,
    // Seconds after which a sender repeats what it got no answer to.
    copySeconds: [1, 5],
    // Share of messages that come again though they arrived: the answer was lost, or slower than the sender's patience.
    repeatedShare: 0.02,
    // Share of messages that arrive cut off first, and then whole: connections break, and senders try again.
    brokenShare: 0.001,
    // Share of messages that wait in some queue, and for how many minutes at most.
    reorderShare: 0,
    reorderMinutes: 0,
  },
};

/** Only the meters speak, and nothing else disturbs: what the scenarios about inference from gasps begin with. */
export const metersOnly: StormBehaviour = {
  ...ordinaryBehaviour,
  meters: {
    ...ordinaryBehaviour.meters,
    deadCellShare: 0,
    deadClockShare: 0,
    falseGaspsPerMeterHour: 0,
    unknownMeterShare: 0,
  },
  terminals: { ...ordinaryBehaviour.terminals, isReporting: false },
  telemetry: { ...ordinaryBehaviour.telemetry, isReporting: false },
  calls: { ...ordinaryBehaviour.calls, isReporting: false },
  transport: { ...ordinaryBehaviour.transport, repeatedShare: 0, brokenShare: 0 },
};

/** `base` with the given numbers in place of its own. */
export function adjusted(
  base: StormBehaviour,
  changes: { readonly [Part in keyof StormBehaviour]?: Partial<StormBehaviour[Part]> },
): StormBehaviour {
  return {
    meters: { ...base.meters, ...changes.meters },
    terminals: { ...base.terminals, ...changes.terminals },
    telemetry: { ...base.telemetry, ...changes.telemetry },
    calls: { ...base.calls, ...changes.calls },
    transport: { ...base.transport, ...changes.transport },
  };
}
