import type { Instant } from '../../instant.ts';
import { minutes } from '../../instant.ts';
import type { Range } from '../../network.ts';
import type { OutageTarget } from '../../simulate/outage-target.ts';
import type { Site } from '../../simulate/site.ts';
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

  const update = (now: Instant): void => {
    const dead = [...book.deadAt.keys()].map((device): OutageTarget => ({ kind: 'device', device }));
    const claims = topmost(site, [...dead, ...rule(book, now)]);
    const startedAt = earliestWords(book, claims);
    const next = new Map<ClassKey, EstimatedOutage>();
    for (const [index, { target, range }] of claims.entries()) {
      const key = classKeyOf(site, target);
      const known = open.get(key) ?? newOutage(site, target, range, now);
      const at = Math.min(known.startedAt, startedAt[index] as Instant);
      next.set(key, at === known.startedAt ? known : { ...known, startedAt: at });
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

interface Claim {
  readonly target: OutageTarget;
  readonly range: Range;
}

function newOutage(site: Site, target: OutageTarget, { from, to }: Range, now: Instant): EstimatedOutage {
  let customersOut = 0;
  for (let meter = from; meter < to; meter++) customersOut += site.network.customers[meter] as number;
  return {
    target,
    confidence: 1,
    customersOut,
    customersOutInterval: [customersOut, customersOut],
    startedAt: now,
    detectedAt: now,
    endedAt: null,
    isMomentary: false,
    alternatives: [{ target, probability: 1 }],
    meters: () => Array.from({ length: to - from }, (_, index) => from + index),
  };
}

/** The targets that none of the others holds, one of each class, by their first meter. */
function topmost(site: Site, targets: readonly OutageTarget[]): readonly Claim[] {
  const sized = targets
    .map((target) => ({ target, range: metersOfTarget(site, target) }))
    .filter(({ range }) => range.to > range.from)
    .sort((a, b) => a.range.from - b.range.from || b.range.to - a.range.to);
  const kept: Claim[] = [];
  for (const one of sized) {
    const last = kept.at(-1);
    if (last === undefined || !isOnOnePath(last.range, one.range)) kept.push(one);
  }
  return kept;
}

/** By claim: the earliest word of an outage that a meter below gave; Infinity where none did. One walk over all meters. */
function earliestWords(book: ReportBook, claims: readonly Claim[]): Float64Array {
  const earliest = new Float64Array(claims.length).fill(Number.POSITIVE_INFINITY);
  for (const told of [book.offAt, book.calledAt]) {
    for (const [meter, at] of told) {
      const index = claimOver(claims, meter);
      if (index >= 0 && at < (earliest[index] as number)) earliest[index] = at;
    }
  }
  return earliest;
}

/** The claim that holds a meter, by halving: claims do not overlap and are in order. -1 where none does. */
function claimOver(claims: readonly Claim[], meter: number): number {
  let low = 0;
  let high = claims.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const { from, to } = (claims[middle] as Claim).range;
    if (meter < from) high = middle - 1;
    else if (meter >= to) low = middle + 1;
    else return middle;
  }
  return -1;
}
