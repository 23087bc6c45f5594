import type { DeviceKind } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import type { Intervals } from '../simulate/intervals.ts';
import type { Site } from '../simulate/site.ts';
import { type Demand, demandAt, type Incident } from './incidents.ts';
import { type ClassKey, classDistance, classKeyOf, isOnOnePath, metersOfTarget } from './outage-class.ts';
import type { EstimatedOutage, RankedTarget } from './outage-estimator.ts';

/** How one fault that was open at a comparison was told. */
export interface ToldFault {
  readonly kind: DeviceKind | 'service';
  readonly customers: number;
  /** Whether its class was among the open outages. */
  readonly isFound: boolean;
  /** Place of its class among the explanations of the outage that is nearest to it: 1 is the outage itself; null where none has it. */
  readonly rank: number | null;
  /** Steps from that outage's class to its own; null where no open outage lies on its path. */
  readonly distance: number | null;
  /** What that outage says of the customers; null where there is none. */
  readonly said: { readonly customers: number; readonly least: number; readonly most: number } | null;
}

/** A probability that was given for a class, and whether it did interrupt. */
export interface Prediction {
  readonly probability: number;
  readonly isTrue: boolean;
}

/** The comparison of one answer with the truth. */
export interface CheckScore {
  readonly at: Instant;
  /** Whether all required classes and none but allowed ones are open. */
  readonly isExact: boolean;
  /** Open classes that are right, and that are not; those within grace count for neither. */
  readonly right: number;
  readonly wrong: number;
  /** Classes that interrupt and of which no message had come: right where open, and not missed where not. */
  readonly untold: number;
  readonly faults: readonly ToldFault[];
  /** Squared error of the probabilities, summed over all classes of the network; a class that was not named has 0. */
  readonly squaredError: number;
  /** Every class named with at least one percent. */
  readonly predictions: readonly Prediction[];
}

/** What an estimator says at one instant. */
export interface Answer {
  readonly open: readonly EstimatedOutage[];
  readonly posterior: readonly RankedTarget[];
}

/** What an answer is compared with. */
export interface CheckTruth {
  readonly incidents: readonly Incident[];
  readonly times: ReadonlyMap<ClassKey, Intervals>;
  readonly grace: number;
}

/** Below this a probability says "no": calibration of the countless near zeros would hide that of the rest. */
const LEAST_PREDICTION = 0.01;

/** Compares what was said at `at` with the truth. */
export function scoreCheck(site: Site, answer: Answer, truth: CheckTruth, at: Instant): CheckScore {
  const demand = demandAt(truth.times, truth.incidents, at, truth.grace);
  const open = new Set(answer.open.map(({ target }) => classKeyOf(site, target)));
  let right = 0;
  let wrong = 0;
  for (const key of open) {
    if (demand.required.has(key)) right++;
    else if (!demand.allowed.has(key)) wrong++;
  }
  const judged = new Set<ClassKey>();
  const faults = truth.incidents.flatMap((incident): readonly ToldFault[] => {
    const isOpen = incident.times.some(({ from, to }) => from <= at && to > at);
    if (!isOpen || !demand.required.has(incident.key) || judged.has(incident.key)) return [];
    judged.add(incident.key);
    return [tellFault(site, answer.open, incident, open)];
  });
  return {
    at,
    isExact: right === demand.required.size && wrong === 0,
    right,
    wrong,
    untold: demand.untold.size,
    faults,
    ...scorePosterior(site, answer.posterior, demand),
  };
}

function tellFault(
  site: Site,
  open: readonly EstimatedOutage[],
  incident: Incident,
  keys: ReadonlySet<ClassKey>,
): ToldFault {
  const { target, key, customers } = incident;
  const nearest = nearestOutage(site, open, incident);
  const kind =
    target.kind === 'service' ? 'service' : (site.network.devices[target.device]?.kind as DeviceKind);
  const isFound = keys.has(key);
  if (nearest === null) return { kind, customers, isFound, rank: null, distance: null, said: null };
  const [least, most] = nearest.customersOutInterval;
  return {
    kind,
    customers,
    isFound,
    rank: rankOf(site, nearest, key),
    distance: classDistance(site, nearest.target, target),
    said: { customers: nearest.customersOut, least, most },
  };
}

/** Of the outages on the fault's path the one that shares most of its meters with it; of equals the surest. */
function nearestOutage(
  site: Site,
  open: readonly EstimatedOutage[],
  { range }: Incident,
): EstimatedOutage | null {
  let best: EstimatedOutage | null = null;
  let bestShare = 0;
  for (const outage of open) {
    const other = metersOfTarget(site, outage.target);
    if (!isOnOnePath(range, other)) continue;
    const common = Math.min(range.to, other.to) - Math.max(range.from, other.from);
    const all = Math.max(range.to, other.to) - Math.min(range.from, other.from);
    const share = common / all;
    if (share > bestShare || (share === bestShare && outage.confidence > (best?.confidence ?? 0))) {
      best = outage;
      bestShare = share;
    }
  }
  return best;
}

/** The outage's own class is the first, then its other explanations in their order. */
function rankOf(site: Site, { target, alternatives }: EstimatedOutage, key: ClassKey): number | null {
  const ranked = new Set([
    classKeyOf(site, target),
    ...alternatives.map((alternative) => classKeyOf(site, alternative.target)),
  ]);
  const place = [...ranked].indexOf(key);
  return place < 0 ? null : place + 1;
}

function scorePosterior(
  site: Site,
  posterior: readonly RankedTarget[],
  { required, allowed }: Demand,
): Pick<CheckScore, 'squaredError' | 'predictions'> {
  const said = new Map<ClassKey, number>();
  for (const { target, probability } of posterior) {
    const key = classKeyOf(site, target);
    said.set(key, Math.max(probability, said.get(key) ?? 0));
  }
  let squaredError = 0;
  const predictions: Prediction[] = [];
  for (const [key, probability] of said) {
    const isTrue = required.has(key);
    if (!isTrue && allowed.has(key)) continue;
    squaredError += (probability - (isTrue ? 1 : 0)) ** 2;
    if (probability >= LEAST_PREDICTION) predictions.push({ probability, isTrue });
  }
  for (const key of required) if (!said.has(key)) squaredError += 1;
  return { squaredError, predictions };
}
