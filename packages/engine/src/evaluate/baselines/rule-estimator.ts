import type { Instant } from '../../instant.ts';
import { minutes } from '../../instant.ts';
import type { OutageTarget } from '../../simulate/outage-target.ts';
import type { Site } from '../../simulate/site.ts';
import { customersOf } from '../../simulate/storm-truth.ts';
import { type ClassKey, classKeyOf, isOnOnePath, metersOfTarget } from '../outage-class.ts';
import type { EstimatedOutage, EstimatorDefinition, OutageEstimator } from '../outage-estimator.ts';
import { ReportBook } from './report-book.ts';

/** A rule that names what is out from what was said, with no probability. */
export type OutageRule = (book: ReportBook, now: Instant) => readonly OutageTarget[];

/** A rule of products as an estimator: it judges when something new was said, is sure of all it says, and what it no longer says has ended. */
export function ruleEstimator(
  name: string,
  summary: string,
  makeRule: (site: Site) => OutageRule,
): EstimatorDefinition {
  return {
    name,
    summary,
    create: (site, policy) =>
      runRule(site, makeRule(site), { momentaryLimit: minutes(policy.momentaryLimitMinutes) }),
  };
}

function runRule(
  site: Site,
  rule: OutageRule,
  { momentaryLimit }: { readonly momentaryLimit: number },
): OutageEstimator {
  const book = new ReportBook(site);
  let open = new Map<ClassKey, EstimatedOutage>();
  const ended: EstimatedOutage[] = [];
  let hasNews = false;

  const claim = (target: OutageTarget, now: Instant): EstimatedOutage => {
    const { from, to } = metersOfTarget(site, target);
    const meters = Array.from({ length: to - from }, (_, index) => from + index);
    const customersOut = customersOf(site, meters);
    return {
      target,
      confidence: 1,
      customersOut,
      customersOutInterval: [customersOut, customersOut],
      startedAt: earliest(book, from, to, now),
      detectedAt: now,
      endedAt: null,
      isMomentary: false,
      alternatives: [{ target, probability: 1 }],
      meters: () => meters,
    };
  };
  const update = (now: Instant): void => {
    const dead = [...book.deadAt.keys()].map((device): OutageTarget => ({ kind: 'device', device }));
    const claims = new Map<ClassKey, OutageTarget>();
    for (const target of topmost(site, [...dead, ...rule(book, now)]))
      claims.set(classKeyOf(site, target), target);
    const next = new Map<ClassKey, EstimatedOutage>();
    for (const [key, target] of claims) {
      const fresh = claim(target, now);
      const known = open.get(key);
      next.set(
        key,
        known === undefined ? fresh : { ...known, startedAt: Math.min(known.startedAt, fresh.startedAt) },
      );
    }
    for (const [key, outage] of open) {
      if (!next.has(key))
        ended.push({ ...outage, endedAt: now, isMomentary: now - outage.startedAt <= momentaryLimit });
    }
    open = next;
  };
  return {
    take: (evidence) => {
      for (const record of evidence) book.take(record);
      hasNews ||= evidence.length > 0;
    },
    advance: (now) => {
      if (hasNews) update(now);
      hasNews = false;
    },
    openOutages: () => [...open.values()],
    endedOutages: () => ended,
    posterior: () => [...open.values()].map(({ target }) => ({ target, probability: 1 })),
    takePings: () => [],
  };
}

/** The targets that none of the others holds, one of each class. */
function topmost(site: Site, targets: readonly OutageTarget[]): readonly OutageTarget[] {
  const sized = targets
    .map((target) => ({ target, range: metersOfTarget(site, target) }))
    .filter(({ range }) => range.to > range.from)
    .sort((a, b) => a.range.from - b.range.from || b.range.to - a.range.to);
  const kept: typeof sized = [];
  for (const one of sized) {
    const last = kept.at(-1);
    if (last === undefined || !isOnOnePath(last.range, one.range)) kept.push(one);
  }
  return kept.map(({ target }) => target);
}

/** The earliest word of an outage in the range; `now` where there is none. */
function earliest(book: ReportBook, from: number, to: number, now: Instant): Instant {
  let first = now;
  for (const told of [book.offAt, book.calledAt]) {
    for (const [meter, at] of told) if (meter >= from && meter < to && at < first) first = at;
  }
  return first;
}
