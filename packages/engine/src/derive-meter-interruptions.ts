import type { Episode, EpisodeStep } from './episodes.ts';
import { isClockSuspect, type MeterReport, powerReportRank } from './evidence.ts';
import { type Instant, minutes } from './instant.ts';
import type { Policy } from './policy.ts';

/** One meter's part in one outage. */
export interface Interruption {
  readonly episode: Episode;
  readonly from: Instant;
  /** Since when the meter is back; null while it is out. It may have come back and gone again in between. */
  readonly until: Instant | null;
}

/** A report of a meter that belongs to an outage. */
export interface JoinedReport {
  readonly report: MeterReport;
  readonly episode: Episode;
}

export interface MeterInterruptions {
  readonly interruptions: readonly Interruption[];
  readonly joined: readonly JoinedReport[];
}

/**
 * What the steps above one meter and its own reports mean for it. The nearest open outage above a meter has it, and keeps it
 * until that outage ends: a meter that came back early is not taken over by an outage further up, so no customer is counted twice.
 *
 * Within its outage a meter is out from the start, back by its own `power_on` after the start or by a closing signal between
 * it and the outage's device, out again by a later `power_off` or a signal that joins. When the outage ends it is back. A call
 * is evidence and changes nothing. At one instant the steps of devices come between `power_on` and `power_off`.
 */
export function deriveMeterInterruptions(
  steps: readonly EpisodeStep[],
  allReports: readonly MeterReport[],
  policy: Policy,
): MeterInterruptions {
  const reports = allReports.filter((report) => !isClockSuspect(report, policy));
  const parts = new Map<Episode, { episode: Episode; from: Instant; until: Instant | null }>();
  const open: Episode[] = [];
  let isOut = false;

  // Of two outages above the meter the lower device has it.
  const holder = (): Episode | undefined =>
    open.reduce<Episode | undefined>(
      (lowest, episode) => (lowest === undefined || episode.device > lowest.device ? episode : lowest),
      undefined,
    );
  const goOut = (episode: Episode, at: Instant) => {
    const part = parts.get(episode);
    if (part === undefined) parts.set(episode, { episode, from: at, until: null });
    else part.until = null;
    isOut = true;
  };
  const comeBack = (episode: Episode, at: Instant) => {
    if (!isOut) return;
    const part = parts.get(episode);
    if (part !== undefined) part.until = at;
    isOut = false;
  };
  const takeStep = ({ signal, device, effect, episode }: EpisodeStep) => {
    const before = holder();
    switch (effect) {
      case 'opens':
        open.push(episode);
        if (holder() === episode) goOut(episode, signal.eventAt);
        break;
      case 'joins':
        // Only a device further down can take meters out again; a repeated signal of the outage's own tells nothing new.
        if (before === episode && !isOut && device !== episode.device) goOut(episode, signal.eventAt);
        break;
      case 'ends':
        if (before === episode) comeBack(episode, signal.eventAt);
        open.splice(open.indexOf(episode), 1);
        break;
      case 'returns':
        if (before === episode) comeBack(episode, signal.eventAt);
        break;
    }
  };

  const powerReports = decidingReports(reports);
  let next = 0;
  const takeReportsUntil = (at: Instant) => {
    for (; next < powerReports.length; next++) {
      const report = powerReports[next] as MeterReport;
      const isOn = report.kind === 'power_on';
      if (report.eventAt > at || (report.eventAt === at && !isOn)) return;
      const episode = holder();
      if (episode === undefined) continue;
      if (!isOn) {
        if (!isOut) goOut(episode, report.eventAt);
      } else if (report.eventAt > episode.startedAt) {
        comeBack(episode, report.eventAt);
      }
    }
  };
  for (const step of steps) {
    takeReportsUntil(step.signal.eventAt);
    takeStep(step);
  }
  takeReportsUntil(Number.POSITIVE_INFINITY);

  return { interruptions: [...parts.values()], joined: joinReports(steps, reports, parts, policy) };
}

/** Power reports in event-time order, of each instant only the one that counts. */
function decidingReports(reports: readonly MeterReport[]): readonly MeterReport[] {
  const decisive = new Map<Instant, MeterReport>();
  for (const report of reports) {
    if (report.kind === 'no_supply_call') continue;
    const other = decisive.get(report.eventAt);
    if (other === undefined || powerReportRank(report) > powerReportRank(other)) {
      decisive.set(report.eventAt, report);
    }
  }
  return [...decisive.values()].sort((a, b) => a.eventAt - b.eventAt);
}

/**
 * The outage each report belongs to, of those the meter is in: the lowest and then newest that lasts at its event time, else the
 * next one that starts within the lead. A `power_on` belongs only to an outage that had started before it.
 */
function joinReports(
  steps: readonly EpisodeStep[],
  reports: readonly MeterReport[],
  parts: ReadonlyMap<Episode, unknown>,
  policy: Policy,
): readonly JoinedReport[] {
  const lead = minutes(policy.evidenceLeadMinutes);
  const episodes = steps
    .filter((step) => step.effect === 'opens' && parts.has(step.episode))
    .map((step) => step.episode);
  const joined: JoinedReport[] = [];
  for (const report of reports) {
    const at = report.eventAt;
    let during: Episode | undefined;
    let after: Episode | undefined;
    // Episodes come in the order of their starts, so later ones of one device replace earlier ones.
    for (const episode of episodes) {
      if (episode.startedAt > at) {
        if (episode.startedAt - lead <= at) after ??= episode;
      } else if (episode.endedAt === null || at <= episode.endedAt) {
        if (during === undefined || episode.device >= during.device) during = episode;
      }
    }
    const isReturn = report.kind === 'power_on';
    const episode = isReturn
      ? during !== undefined && at > during.startedAt
        ? during
        : undefined
      : (during ?? after);
    if (episode !== undefined) joined.push({ report, episode });
  }
  return joined;
}
