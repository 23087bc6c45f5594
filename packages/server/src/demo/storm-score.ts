import { type Instant, minutes, type Span } from '@lastgasp/engine';
import {
  type ClassKey,
  CourseScorer,
  classKeyOf,
  classTimes,
  demandAt,
  type Incident,
  incidentsOf,
  isOnOnePath,
  metersOfTarget,
} from '@lastgasp/engine/evaluate';
import type { OutageTarget, Storm } from '@lastgasp/engine/simulate';

/** How the inference has done so far against the truth of the storms that were played. */
export interface StormScore {
  /** Sustained faults that somebody told of and that are old enough to be judged. */
  readonly faults: number;
  /** Of these, on whose path an outage opened before they were over, and seconds until then in the median. */
  readonly found: number;
  readonly foundSeconds: number | null;
  /** Of these, whose own device was said to be open, and seconds until then in the median. */
  readonly atDevice: number;
  readonly atDeviceSeconds: number | null;
  /** Sustained faults of which no message tells: nobody could find them. */
  readonly untold: number;
  /** Outages, by device, that are open now and neither are nor lately were. */
  readonly wrongNow: number;
  /** Outages that were taken back although their fault was not over, or was none. */
  readonly takenBack: number;
}

/** A fault that nobody has found yet is not counted as missed before this time: meters gasp after up to 45 seconds, then deliver. */
const FIRST_WORDS = minutes(1);

/** First breaths take a minute, and the head-end some seconds: an outage that ended within this time may still be open. */
const GRACE = minutes(2);

interface PlayedStorm {
  readonly storm: Storm;
  readonly later: Span;
  readonly scorer: CourseScorer;
  readonly incidents: readonly Incident[];
  readonly times: ReturnType<typeof classTimes>;
  /** In the order of the scorer's `seen`. */
  readonly sustained: readonly { readonly incident: Incident; readonly isTold: boolean }[];
}

/** Follows what is said of storms from second to second, and compares it with their truth by the rules of `lastgasp evaluate`. */
export class StormJudge {
  readonly #storms: PlayedStorm[] = [];
  readonly #leftAlone = new Set<string>();
  #wrongNow = 0;

  /** A storm that is played `later` than in the simulator's time. */
  begin(storm: Storm, later: Span): void {
    const incidents = incidentsOf(storm);
    const times = classTimes(incidents);
    this.#storms.push({
      storm,
      later,
      incidents,
      times,
      scorer: new CourseScorer(storm.site, storm.supply, incidents, times),
      sustained: incidents
        .filter(({ isMomentary }) => !isMomentary)
        .map((incident) => ({ incident, isTold: incident.toldAt < Number.POSITIVE_INFINITY })),
    });
  }

  /** The storm leaves these feeders alone: what is true of them in the simulator did not happen. */
  leaveAlone(feederIds: readonly string[]): void {
    for (const code of feederIds) this.#leftAlone.add(code);
  }

  /** What is open at `at`. Instants must ascend. */
  step(at: Instant, open: readonly OutageTarget[]): void {
    this.#wrongNow = 0;
    const current = this.#storms.findLast(({ storm, later }) => storm.period.startAt + later <= at);
    if (current === undefined) return;
    const { storm, later, scorer, incidents, times } = current;
    const now = at - later;
    const judged = open.filter((target) => !this.#isLeftAlone(storm, target));
    scorer.step(
      now,
      judged.map((target) => ({ target })),
    );
    const { allowed } = demandAt(times, incidents, now, GRACE);
    const classes = new Set<ClassKey>(judged.map((target) => classKeyOf(storm.site, target)));
    this.#wrongNow = [...classes].filter((key) => !allowed.has(key)).length;
  }

  /** The score as of `at`. */
  score(at: Instant): StormScore {
    const seen = this.#storms.flatMap(({ storm, later, scorer, sustained }) => {
      const all = scorer.score().seen;
      return sustained.flatMap(({ incident, isTold }, index) => {
        const { detectedSeconds = null, scopedSeconds = null } = all[index] ?? {};
        const age = at - later - incident.startedAt;
        const isDue = detectedSeconds !== null || age >= FIRST_WORDS;
        return isDue && !this.#isLeftAlone(storm, incident.target)
          ? [{ isTold: isTold || detectedSeconds !== null, detectedSeconds, scopedSeconds }]
          : [];
      });
    });
    const found = seen.flatMap(({ detectedSeconds }) => detectedSeconds ?? []);
    const atDevice = seen.flatMap(({ scopedSeconds }) => scopedSeconds ?? []);
    return {
      faults: seen.filter(({ isTold }) => isTold).length,
      found: found.length,
      foundSeconds: median(found),
      atDevice: atDevice.length,
      atDeviceSeconds: median(atDevice),
      untold: seen.filter(({ isTold }) => !isTold).length,
      wrongNow: this.#wrongNow,
      takenBack: this.#storms.reduce((sum, { scorer }) => sum + scorer.score().flips, 0),
    };
  }

  #isLeftAlone({ site }: Storm, target: OutageTarget): boolean {
    if (this.#leftAlone.size === 0) return false;
    const range = metersOfTarget(site, target);
    return site.feeders.some(
      ({ code, head }) =>
        this.#leftAlone.has(code) &&
        isOnOnePath(range, metersOfTarget(site, { kind: 'device', device: head })),
    );
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
