import type { Interval, Intervals } from './intervals.ts';
import type { OutageTarget } from './outage-target.ts';
import type { PhaseMask } from './phases.ts';

/** A fault with what it does to the device that clears it, or to one service. */
export interface Fault {
  readonly target: OutageTarget;
  /** Phases that are cut; a service is cut as a whole. */
  readonly phases: PhaseMask;
  readonly cause: string;
  /** The line section where it is, by index; -1 where it is at the target itself. */
  readonly location: number;
  /** When the target is open: once, or with each shot of a reclosing device. */
  readonly openings: Intervals;
  /** Of work for which a device is opened, and which is no fault: from when to when it was announced. */
  readonly announced?: Interval;
}

/** A section, from the device at its head down, that is fed over a tie from elsewhere for a time. */
export interface TieFeed {
  readonly section: number;
  readonly times: Intervals;
}

/** The faults and switchings of a storm: everything that decides who has supply. */
export interface StormPhysics {
  readonly faults: readonly Fault[];
  readonly tieFeeds: readonly TieFeed[];
  /** By meter position: the device that it really hangs on, where the registry is wrong about it. */
  readonly movedMeters: ReadonlyMap<number, number>;
}
