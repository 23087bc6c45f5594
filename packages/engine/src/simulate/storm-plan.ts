import type { Instant } from '../instant.ts';
import type { StormPhysics } from './fault.ts';
import type { Interval } from './intervals.ts';
import type { SimulatedMessage } from './simulated-message.ts';

/** What is planned to disturb the messages of a storm, beside what chance adds. Meters are positions, the rest indices of the site. */
export interface PlannedDisturbances {
  /** Meters that gasp with supply there, until they say that it is back. */
  readonly falseGasps: readonly { readonly meter: number; readonly times: Interval }[];
  /** Cells whose concentrator lost its own supply and gasps for all its meters. */
  readonly concentratorGasps: readonly { readonly cell: number; readonly times: Interval }[];
  /** Meters that are heard of at an instant. */
  readonly readings: readonly { readonly meter: number; readonly at: Instant }[];
  /** Meters with a loose contact, which gasp and come back all the time. */
  readonly chattering: readonly number[];
  /** Feeders whose telemetry tells a trip that did not happen. */
  readonly falseTrips: readonly { readonly feeder: number; readonly times: Interval }[];
  /** Feeders whose telemetry is away. */
  readonly silentFeeders: readonly number[];
  /** Terminals whose plug is pulled. */
  readonly unplugged: readonly { readonly terminal: number; readonly times: Interval }[];
  /** Terminals behind a cut fibre: they say nothing. */
  readonly cutTerminals: readonly number[];
  /** Sources of which nothing arrives for a time, nor ever what they would have sent then. */
  readonly silences: readonly SourceSilence[];
}

/** A time in which a source says nothing, and when somebody notes that it began, and that it is over. */
export interface SourceSilence {
  readonly source: SimulatedMessage['source'];
  readonly times: Interval;
  readonly notedAt: Instant;
  readonly overNotedAt: Instant;
}

/** A storm before it is played: what happens in the network, and what disturbs its messages. */
export interface StormPlan extends StormPhysics {
  readonly disturbances: PlannedDisturbances;
}

const NOTHING: StormPlan = {
  faults: [],
  tieFeeds: [],
  movedMeters: new Map(),
  disturbances: {
    falseGasps: [],
    concentratorGasps: [],
    readings: [],
    chattering: [],
    falseTrips: [],
    silentFeeders: [],
    unplugged: [],
    cutTerminals: [],
    silences: [],
  },
};

/** A plan of the given parts and nothing else. */
export function stormPlan(
  parts: Partial<StormPhysics> & { readonly disturbances?: Partial<PlannedDisturbances> },
): StormPlan {
  const { disturbances, ...physics } = parts;
  return { ...NOTHING, ...physics, disturbances: { ...NOTHING.disturbances, ...disturbances } };
}
