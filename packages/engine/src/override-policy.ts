import { err, ok, type Result } from '@lastgasp/model';
import type { Policy } from './policy.ts';

/** A number of an override that cannot be used: its path, such as `tracking.falseGasp`, and why. */
export interface PolicyFault {
  readonly path: string;
  readonly reason: string;
}

/** Numbers that are no probabilities, by how their names end. */
const AMOUNT = /(Seconds|Minutes|Hours|Days|Factor)$/;
const COUNT = /^(chatterOffs|openingWitnesses|pingsPerIncident|sureWitnesses|fewest[A-Z]\w+|heardMinutes)$/;

/** Numbers that something outside the policy has as well. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ['futureSkewLimitMinutes', 'is fixed: oms_clock_suspect in the database has the same number'],
  ['pastSkewLimitMinutes', 'is fixed: oms_clock_suspect in the database has the same number'],
  ['tracking.plannedEarlyMinutes', 'is fixed: oms_is_planned in the database has the same number'],
  ['tracking.plannedLateMinutes', 'is fixed: oms_is_planned in the database has the same number'],
]);

/** Days of the providers' hours that the database keeps. */
const DAYS_KEPT = 35;

/**
 * A policy with some of its numbers replaced. `overrides` has the shape of a policy and names only what differs; lists, such as the
 * states of delivery, are replaced as a whole. Gives every number that cannot be used, where there is one: an unknown name, a
 * probability that is none, a certainty where something must stay possible, weights that do not sum to 1.
 */
export function overridePolicy(base: Policy, overrides: unknown): Result<Policy, readonly PolicyFault[]> {
  const faults: PolicyFault[] = [];
  const policy = override(base, overrides, '', faults);
  return faults.length > 0 ? err(faults) : ok(policy as Policy);
}

function override(base: unknown, value: unknown, path: string, faults: PolicyFault[]): unknown {
  const refuse = (reason: string): unknown => {
    faults.push({ path: path === '' ? 'the policy' : path, reason });
    return base;
  };
  const fixed = FIXED.get(path);
  if (fixed !== undefined && value !== base) return refuse(fixed);
  if (typeof base === 'number') {
    const reason = faultOf(base, value, path);
    return reason === null ? value : refuse(reason);
  }
  if (Array.isArray(base)) return overrideList(base, value, path, faults, refuse);
  if (!isObject(base)) return base;
  if (!isObject(value)) return refuse('must be an object');
  const merged: Record<string, unknown> = { ...base };
  for (const [key, inner] of Object.entries(value)) {
    const below = path === '' ? key : `${path}.${key}`;
    if (Object.hasOwn(base, key)) merged[key] = override(base[key], inner, below, faults);
    else faults.push({ path: below, reason: 'is not a number of the policy' });
  }
  return merged;
}

function overrideList(
  base: readonly unknown[],
  value: unknown,
  path: string,
  faults: PolicyFault[],
  refuse: (reason: string) => unknown,
): unknown {
  if (!Array.isArray(value) || value.length === 0) return refuse('must be a list that is not empty');
  const [model] = base;
  if (typeof model === 'number') {
    const [first, last] = value as readonly unknown[];
    const isRange = typeof first === 'number' && typeof last === 'number' && 0 <= first && first < last;
    return isRange && value.length === 2 && Number.isFinite(last)
      ? value
      : refuse('must be two numbers, the first below the last');
  }
  const found = value.length;
  const list = value.map((item: unknown, i) => {
    const at = `${path}.${i}`;
    const missing = isObject(item)
      ? Object.keys(model as object).filter((key) => !Object.hasOwn(item, key))
      : [];
    for (const key of missing) faults.push({ path: `${at}.${key}`, reason: 'is missing' });
    return override(model, item, at, faults);
  }) as readonly { readonly weight: number }[];
  const sum = list.reduce((total, { weight }) => total + weight, 0);
  if (list.length === found && Math.abs(sum - 1) > 1e-6)
    return refuse(`has weights that sum to ${sum}, not 1`);
  return list;
}

function faultOf(base: number, value: unknown, path: string): string | null {
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (COUNT.test(name)) return Number.isInteger(value) && value >= 1 ? null : 'must be a whole number from 1';
  if (path === 'providers.learnDays' && value > DAYS_KEPT)
    return `must be at most ${DAYS_KEPT}: the database keeps no more`;
  if (AMOUNT.test(name)) return value > 0 ? null : 'must be above 0';
  if (name === 'weight') return value > 0 && value <= 1 ? null : 'must be above 0 and at most 1';
  const mayBeNothing = base === 0 || name === 'gasp' || name === 'restore';
  if (value < 1 && (value > 0 || (mayBeNothing && value === 0))) return null;
  return mayBeNothing
    ? 'must be a probability from 0 and below 1'
    : 'must be a probability above 0 and below 1';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
