import type { DeviceKind } from '@lastgasp/model';

/** One state of a cell's radio: how likely a gasp gets through, and how common such cells are. */
export interface DeliveryState {
  readonly gasp: number;
  readonly restore: number;
  readonly weight: number;
}

/** A share of interrupted customers who call in the end, and how common it is. */
export interface CallShare {
  readonly share: number;
  readonly weight: number;
}

/** Every number that the outage tracker rests on. Probabilities are 0 to 1. */
export interface TrackingPolicy {
  readonly openPriors: Readonly<Record<DeviceKind | 'service', number>>;
  readonly openingWitnesses: number;
  readonly mostOpeningFactor: number;
  readonly reclosedByItself: number;
  readonly reclosedByHand: number;
  /** Kinds of sites by how well gasps get through; weights of both sum to 1. */
  readonly deliveryRegimes: readonly {
    readonly weight: number;
    readonly meterDelivery: readonly DeliveryState[];
  }[];
  readonly terminalDelivery: readonly DeliveryState[];
  readonly callShares: readonly CallShare[];
  readonly callMeanMinutes: number;
  readonly strayCall: number;
  readonly falseGasp: number;
  readonly falseTerminalGasp: number;
  readonly misplacedShare: number;
  readonly concentratorFailure: number;
  readonly sameStampOutage: number;
  readonly onWhileDead: number;
  readonly restoreStampedEarly: number;
  readonly backBeforeTold: number;
  readonly unexplainedRestore: number;
  readonly nearClock: number;
  readonly nearClockSeconds: number;
  readonly nearTerminalSeconds: number;
  readonly badClock: number;
  readonly skewMarginSeconds: number;
  readonly slotGapSeconds: number;
  readonly gaspOfMomentary: number;
  readonly gaspLatencySeconds: readonly [first: number, last: number];
  readonly restoreLatencySeconds: readonly [first: number, last: number];
  readonly falseGaspOverSeconds: readonly [first: number, last: number];
  readonly falseGaspTakenBack: number;
  readonly pingAnsweredOn: number;
  readonly pingAnsweredOff: number;
  readonly switchTold: number;
  readonly switchFalse: number;
  readonly switchCloseMissed: number;
  readonly voltageFalse: number;
  readonly voltageWhileDead: number;
  readonly voltageUnexplained: number;
  readonly telemetryOutOfStep: number;
  readonly telemetryClockShifts: number;
  readonly telemetryMissed: number;
  readonly telemetryLate: number;
  readonly fedOtherwise: number;
  readonly shotGapSeconds: number;
  readonly nestedFactor: number;
  readonly nestedShare: number;
  readonly nestedMost: number;
  readonly tieFeed: number;
  readonly plannedOpen: number;
  readonly plannedEarlyMinutes: number;
  readonly plannedLateMinutes: number;
  readonly sickFalseFactor: number;
  readonly headEndSilent: number;
  readonly chatterOffs: number;
  readonly chatterMinutes: number;
  readonly showFrom: number;
  readonly sureFrom: number;
  readonly sureWitnesses: number;
  readonly settledShare: number;
  readonly withdrawToldBelow: number;
  readonly holdOffSeconds: number;
  readonly pingUntil: number;
  readonly pingsPerIncident: number;
}

/** The start policy of the tracker. */
export const defaultTrackingPolicy: TrackingPolicy = {
  // Probability that one device of the kind opens in one slot of a disturbed hour. The more line a device protects, the more often
  // it opens; a service fault is rare for one meter and common over all. Their ratios matter, their level hardly does.
  openPriors: {
    service: 1.2e-5,
    transformer: 3e-4,
    distribution_point: 3e-4,
    switch: 6e-4,
    fuse: 8e-4,
    sectionalizer: 1.4e-3,
    recloser: 2e-3,
    breaker: 2.5e-3,
    feeder: 2.5e-3,
    substation: 6e-4,
    line: 0,
  },
  // So many gasps at one time are more than false ones make, so that something opened; and by how much that raises the priors at most:
  // in a small zone 1 / (their sum) would make a suspicion of every one.
  openingWitnesses: 3,
  mostOpeningFactor: 30,
  // Probability that a device which opened is closed again within the hours that are looked at: half of the trips of reclosing devices
  // are transient; a fuse or a switch waits for a crew or for switching.
  reclosedByItself: 0.4,
  reclosedByHand: 0.1,
  // A cell delivers nothing (access point without backhaul), or gasps at rates that technologies span: 0.3 to 0.95. What delivers gasps
  // delivers restores at 0.95, since those are repeated. A few cells are dead anywhere; where a backhaul is down many are, and
  // where the technology is poor or the storm heavy most cells deliver little: the evidence tells which of these it is.
  deliveryRegimes: [
    {
      weight: 0.79,
      meterDelivery: [
        { gasp: 0, restore: 0, weight: 0.03 },
        { gasp: 0.3, restore: 0.93, weight: 0.07 },
        { gasp: 0.6, restore: 0.95, weight: 0.22 },
        { gasp: 0.8, restore: 0.95, weight: 0.4 },
        { gasp: 0.94, restore: 0.95, weight: 0.28 },
      ],
    },
    {
      weight: 0.1,
      meterDelivery: [
        { gasp: 0, restore: 0, weight: 0.45 },
        { gasp: 0.6, restore: 0.95, weight: 0.15 },
        { gasp: 0.8, restore: 0.95, weight: 0.4 },
      ],
    },
    {
      weight: 0.1,
      meterDelivery: [
        { gasp: 0, restore: 0, weight: 0.05 },
        { gasp: 0.25, restore: 0.93, weight: 0.45 },
        { gasp: 0.4, restore: 0.95, weight: 0.4 },
        { gasp: 0.6, restore: 0.95, weight: 0.1 },
      ],
    },
    // Where meters are registered that the head-end hardly reads yet, nearly every cell is dumb. Rare: in most zones silence counts.
    {
      weight: 0.01,
      meterDelivery: [
        { gasp: 0, restore: 0, weight: 0.9 },
        { gasp: 0.6, restore: 0.95, weight: 0.05 },
        { gasp: 0.85, restore: 0.95, weight: 0.05 },
      ],
    },
  ],
  // A terminal has a battery or hangs behind a cut fibre and tells nothing, or gasps at 0.5 to 0.9.
  terminalDelivery: [
    { gasp: 0.02, restore: 0.02, weight: 0.1 },
    { gasp: 0.35, restore: 0.5, weight: 0.35 },
    { gasp: 0.5, restore: 0.65, weight: 0.35 },
    { gasp: 0.75, restore: 0.88, weight: 0.2 },
  ],
  // Share of interrupted customers who call in the end: 5 to 20 % by hour and country; where the centre is jammed, none.
  callShares: [
    { share: 0.01, weight: 0.1 },
    { share: 0.06, weight: 0.25 },
    { share: 0.12, weight: 0.35 },
    { share: 0.2, weight: 0.3 },
  ],
  // Minutes: the mean of the exponential time to a call.
  callMeanMinutes: 15,
  // Probability of a call from one meter with supply in one incident: a fuse of his own, or another's number given.
  strayCall: 3e-5,
  // Probability of a gasp from one meter with supply in one incident: brown-outs, faulty power supplies.
  falseGasp: 2e-5,
  // The same of a terminal: its plug is pulled.
  falseTerminalGasp: 3e-4,
  // Share of meters that the registry has in a wrong place, halved: most of them stay near.
  misplacedShare: 0.01,
  // Probability that one concentrator loses its own supply and gasps for all its meters.
  concentratorFailure: 3e-5,
  // Probability that the gasps of a real outage within one cell carry one stamp that is finer than a second, as where the concentrator stamps
  // them: clocks differ. It counts where nobody outside of the cell gasps with them; stamps of whole seconds are alike in any outage.
  sameStampOutage: 0.05,
  // Probability that a meter without supply is said to have it: stale answers, swapped addresses.
  onWhileDead: 1e-3,
  // Probability that a restore after an outage is stamped within it: a meter whose clock battery is dead stamps it seconds after the loss,
  // half of a hundred do; the rest is parts of a branch that were switched over earlier, and nobody told.
  restoreStampedEarly: 0.02,
  // Probability that a meter comes back while what telemetry told to be open is not told closed: a part of it was switched over.
  backBeforeTold: 0.02,
  // Probability of a restore message from a meter that was not out as far as is known.
  unexplainedRestore: 0.01,
  // Probability that a stamp lies beside its slot, and by how many seconds at most: clocks are synchronised once a day.
  nearClock: 0.4,
  nearClockSeconds: 4,
  // The same of terminals, which their system stamps when it hears of them.
  nearTerminalSeconds: 60,
  // Probability that a stamp is off by more than that, up to the skew margin.
  badClock: 0.02,
  // Seconds a clock may be off without evidence being held against it: two minutes and their jitter.
  skewMarginSeconds: 150,
  // Seconds without a gasp that part two slots: clocks in step are off by two seconds at most.
  slotGapSeconds: 2,
  // Probability that a meter tells of a loss that is over before it would gasp, where its own restore does not say how short it was: most
  // wait for 30 to 45 seconds of zero volts, and ride through what is shorter.
  gaspOfMomentary: 0.1,
  // Seconds from loss of supply until the first and nearly all gasps are there: zero-volt hold 30 to 45, mesh, head-end batch.
  gaspLatencySeconds: [28, 80],
  // Seconds from return of supply until restores come in numbers, and nearly all are there: meters start, join their network and wait for their
  // concentrator's next message, so that the first seconds tell nothing of those that are silent. Of terminals as long after their start.
  restoreLatencySeconds: [12, 90],
  // Seconds after a false gasp by which meters begin to take it back, and have; and the share of those that do. The rest say nothing more, as
  // one with a bad relay: that a gasp stands makes it twice as likely to be true, and no more.
  falseGaspOverSeconds: [20, 190],
  falseGaspTakenBack: 0.5,
  // Answer rates of pings.
  pingAnsweredOn: 0.97,
  pingAnsweredOff: 0.001,
  // Probability that telemetry of an opening and its closing is right where it covers the device.
  switchTold: 0.97,
  // Probability that it tells an opening that did not happen: tests, wiring.
  switchFalse: 1e-4,
  // Probability that a device is closed although telemetry that told its opening did not tell its closing.
  switchCloseMissed: 0.02,
  // The same as `switchFalse` for loss of voltage that is not taken back: a blown fuse of the measuring transformer.
  voltageFalse: 1e-4,
  // Probability that voltage, or a closed switch, is told where there is none.
  voltageWhileDead: 1e-4,
  // Probability that the return of voltage is told where it was never lost as far as is known.
  voltageUnexplained: 0.02,
  // Probability that telemetry is stamped by another clock than the meters, within the skew margin: it holds for all of a slot at once.
  telemetryOutOfStep: 0.1,
  // Probability that its closing is out of step where its opening is in step: that is one clock.
  telemetryClockShifts: 2e-3,
  // Probability that nothing is told of a feeder's head or a substation that opened, where others of the same substation are told of.
  telemetryMissed: 0.1,
  // Probability that loss of voltage is told only minutes after it happened: alarms come at once or not at all.
  telemetryLate: 5e-4,
  // Probability that a feeder is fed from elsewhere while its substation is dead, where telemetry tells of its voltage.
  fedOtherwise: 0.05,
  // Seconds closed between two shots of a reclosing device: one sequence is one event.
  shotGapSeconds: 60,
  // A device that opened together with one above it was the reason: so much likelier than by chance, up to `nestedMost`.
  nestedFactor: 100,
  // Probability that the reason of a trip is told by a device of its own below the one that tripped; all of those share it.
  nestedShare: 0.6,
  nestedMost: 0.02,
  // Probability that a section is fed over a tie when some below it come back.
  tieFeed: 2e-3,
  // Probability that a device for which work is announced is opened in one slot of that time: most announced work takes place, and what is
  // said when it begins falls into a slot or two.
  plannedOpen: 0.5,
  // Minutes by which announced work begins early, and ends late, before what is out below is no part of it: crews keep to the half hour,
  // and who was told by notice waits no longer than that before he is helped. oms_is_planned in the database has the same numbers.
  plannedEarlyMinutes: 15,
  plannedLateMinutes: 15,
  // By so much is false what a provider tells more often while it is known to be sick: a system that restarts replays and mixes up some
  // of its messages, yet what many meters tell alike stays believed.
  sickFalseFactor: 10,
  // Probability that the head-end tells nothing when a device opens: it is restarted, or cut off, for half an hour some ten times a year, and in
  // storms more often than by chance.
  headEndSilent: 1e-3,
  // So many gasps of one meter within so many minutes are a loose contact: it is heard no longer.
  chatterOffs: 4,
  chatterMinutes: 30,
  // Probability, that everything below it is without supply, from which a class is shown as an outage: more likely than not.
  showFrom: 0.5,
  // Probability that a class is itself open, from which it is shown while those who are silent may still be heard, so that the first who speak
  // do not open a feeder, nor a part of it for some seconds: one false alarm of twenty. It falls to `showFrom` until silence has spoken.
  sureFrom: 0.95,
  // So many below a class of several branches, or half of those that can where they are few, must have told of it before silence has spoken:
  // two or three that speak at one second from different branches may be so many faults.
  sureWitnesses: 6,
  // Share of the gasps, or of the restores after a return of supply, with which those who are still silent have spoken: half of them are
  // there within 54 and 48 seconds. What comes later changes little, and who is out must not wait for it.
  settledShare: 0.5,
  // Probability below which an outage that telemetry told of is taken back: silence of meters of which nobody knows whether they can
  // gasp must not hide a trip.
  withdrawToldBelow: 0.01,
  // Seconds for which an outage that one witness alone tells of waits for more, or for him to take it back.
  holdOffSeconds: 60,
  // Probability at which pings have nothing left to tell, and how many an incident may cost.
  pingUntil: 0.98,
  pingsPerIncident: 3,
};
