import { type Instant, minutes } from '../instant.ts';
import type { Range } from '../network.ts';
import { commonTo, type Intervals, intervalAt, NEVER } from '../simulate/intervals.ts';
import type { Site } from '../simulate/site.ts';
import type { Supply } from '../simulate/supply.ts';
import type { Incident } from './incidents.ts';
import { type ClassKey, classKeyOf, isOnOnePath, metersOfTarget } from './outage-class.ts';
import type { EstimatedOutage } from './outage-estimator.ts';

/** How long until a sustained fault was seen; null where it was not before it was over. */
export interface SeenFault {
  /** Seconds until an outage was open on its path. */
  readonly detectedSeconds: number | null;
  /** Seconds until an outage of its own class was open. */
  readonly scopedSeconds: number | null;
}

/** What the answers of one run were like over time. */
export interface CourseScore {
  readonly seen: readonly SeenFault[];
  /** Classes that were taken back although their fault was not over, or was none. */
  readonly flips: number;
  /** Crews sent, to a class that was open for as long as an interruption is momentary. */
  readonly dispatches: number;
  /** Of these to a class below which everyone had supply. */
  readonly falseDispatches: number;
  /** Of these to a class that was not the one that interrupted, though somebody below was off. */
  readonly misdirectedDispatches: number;
}

/** A crew is sent when an outage has lasted longer than a momentary interruption (IEEE 1366). */
const DISPATCH_AFTER = minutes(5);

/** A crew sent within this time after supply came back was sent rightly. */
const DISPATCH_GRACE = minutes(2);

interface OpenClass {
  readonly range: Range;
  readonly since: Instant;
  isDispatched: boolean;
}

/** Follows the open outages of one run from step to step; steps must ascend. */
export class CourseScorer {
  readonly #site: Site;
  readonly #supply: Supply;
  /** Sustained ones: nobody has to see what is over within minutes. */
  readonly #incidents: readonly Incident[];
  readonly #beginnings: readonly Incident[];
  readonly #begun = new Set<ClassKey>();
  readonly #times: ReadonlyMap<ClassKey, Intervals>;
  readonly #open = new Map<ClassKey, OpenClass>();
  readonly #detected = new Map<Incident, number>();
  readonly #scoped = new Map<Incident, number>();
  #flips = 0;
  #dispatches = 0;
  #falseDispatches = 0;
  #misdirected = 0;

  constructor(
    site: Site,
    supply: Supply,
    incidents: readonly Incident[],
    times: ReadonlyMap<ClassKey, Intervals>,
  ) {
    this.#site = site;
    this.#supply = supply;
    this.#incidents = incidents.filter(({ isMomentary }) => !isMomentary);
    this.#beginnings = incidents;
    this.#times = times;
  }

  step(at: Instant, outages: readonly Pick<EstimatedOutage, 'target'>[]): void {
    const now = new Map(
      outages.map(({ target }) => [classKeyOf(this.#site, target), metersOfTarget(this.#site, target)]),
    );
    for (const [key, { since }] of this.#open) {
      if (now.has(key)) continue;
      this.#open.delete(key);
      if (!this.#isOver(key, since, at)) this.#flips++;
    }
    for (const [key, range] of now) {
      if (!this.#open.has(key)) this.#open.set(key, { range, since: at, isDispatched: false });
    }
    this.#look(at);
    for (const [key, open] of this.#open) {
      if (!open.isDispatched && at - open.since >= DISPATCH_AFTER) this.#dispatch(key, open, at);
    }
  }

  /** `seen` is in the order of the sustained incidents. */
  score(): CourseScore {
    return {
      seen: this.#incidents.map((incident) => ({
        detectedSeconds: this.#detected.get(incident) ?? null,
        scopedSeconds: this.#scoped.get(incident) ?? null,
      })),
      flips: this.#flips,
      dispatches: this.#dispatches,
      falseDispatches: this.#falseDispatches,
      misdirectedDispatches: this.#misdirected,
    };
  }

  /** Whether the class interrupted at some time since, and does so no longer. */
  #isOver(key: ClassKey, since: Instant, at: Instant): boolean {
    const times = this.#times.get(key) ?? NEVER;
    // An outage may open after its fault is over, since messages come late: then it had interrupted before.
    return (
      intervalAt(times, at) === null &&
      times.some(({ from, to }) => from <= at && to >= since - DISPATCH_GRACE)
    );
  }

  /** Notes which faults are seen now; an outage of another fault's own class is not about this one. */
  #look(at: Instant): void {
    for (const { startedAt, key } of this.#beginnings) {
      if (startedAt > at) break;
      this.#begun.add(key);
    }
    for (const incident of this.#incidents) {
      if (incident.startedAt > at) break;
      if (incident.endedAt <= at || this.#scoped.has(incident)) continue;
      const seconds = (at - incident.startedAt) / 1e6;
      if (this.#open.has(incident.key)) this.#scoped.set(incident, seconds);
      if (this.#detected.has(incident)) continue;
      for (const [key, { range }] of this.#open) {
        const isOwn = key === incident.key || (!this.#begun.has(key) && isOnOnePath(range, incident.range));
        if (isOwn) this.#detected.set(incident, seconds);
      }
    }
  }

  #dispatch(key: ClassKey, open: OpenClass, at: Instant): void {
    open.isDispatched = true;
    this.#dispatches++;
    const recent = [{ from: at - DISPATCH_GRACE, to: at + 1 }];
    if (commonTo(this.#times.get(key) ?? NEVER, recent).length > 0) return;
    for (let meter = open.range.from; meter < open.range.to; meter++) {
      if (commonTo(this.#supply.off.get(meter) ?? NEVER, recent).length > 0) {
        this.#misdirected++;
        return;
      }
    }
    this.#falseDispatches++;
  }
}
