import type { StateEvidence } from '../meter-message.ts';
import { SOURCE } from '../posterior-forest.ts';

/** A device of a small snapshot, with everything that was observed about it. */
export interface SnapshotDevice {
  readonly parent: number;
  readonly prior: number;
  readonly switchEvidence: { readonly open: number; readonly closed: number };
  readonly voltageEvidence: StateEvidence;
}

/** A meter of a small snapshot. */
export interface SnapshotMeter {
  readonly device: number;
  readonly prior: number;
  readonly customers: number;
  readonly evidence: StateEvidence;
}

/** Devices in preorder, and meters. */
export interface SmallSnapshot {
  readonly devices: readonly SnapshotDevice[];
  readonly meters: readonly SnapshotMeter[];
}

/** Everything that can be asked of a snapshot, by weighing every joint state. */
export interface Enumerated {
  readonly logEvidence: number;
  readonly open: number[];
  readonly interrupting: number[];
  readonly deenergized: number[];
  /** Of the meters' supply points. */
  readonly supplyDead: number[];
  /** Of the meters, own service included. */
  readonly meterDead: number[];
  /** P(exactly n customers are out), by n. */
  readonly customersOut: ReadonlyMap<number, number>;
  /** The same below each device. */
  readonly customersOutBelow: readonly ReadonlyMap<number, number>[];
  /** The largest log probability of a joint state by the set of devices that interrupt in it, joined by commas; best first. */
  readonly best: readonly (readonly [interrupting: string, logProbability: number])[];
}

/** The model of docs/infer.md written down a second time, as plainly as it can be told; null where no state is possible. */
export function enumerateStates({ devices, meters }: SmallSnapshot): Enumerated | null {
  const unknowns = devices.length + meters.length;
  const states = Array.from({ length: 2 ** unknowns }, (_, bits) => {
    const isOut = (unknown: number) => ((bits >> unknown) & 1) === 1;
    const isDead = (device: number): boolean =>
      device !== SOURCE && (isOut(device) || isDead(devices[device]!.parent));
    let weight = 0;
    const chance = (out: boolean, prior: number) => Math.log(out ? prior : 1 - prior);
    for (const [d, { prior, switchEvidence, voltageEvidence }] of devices.entries()) {
      weight += chance(isOut(d), prior);
      weight += isOut(d) ? switchEvidence.open : switchEvidence.closed;
      weight += isDead(d) ? voltageEvidence.deenergized : voltageEvidence.energized;
    }
    const dead = meters.map(({ device }, m) => isOut(devices.length + m) || isDead(device));
    for (const [m, { prior, evidence }] of meters.entries()) {
      weight += chance(isOut(devices.length + m), prior);
      weight += dead[m] ? evidence.deenergized : evidence.energized;
    }
    return { isOut, isDead, dead, weight };
  }).filter(({ weight }) => weight > Number.NEGATIVE_INFINITY);
  if (states.length === 0) return null;

  const largest = Math.max(...states.map(({ weight }) => weight));
  const sum = states.reduce((total, { weight }) => total + Math.exp(weight - largest), 0);
  const result = {
    logEvidence: largest + Math.log(sum),
    open: devices.map(() => 0),
    interrupting: devices.map(() => 0),
    deenergized: devices.map(() => 0),
    supplyDead: meters.map(() => 0),
    meterDead: meters.map(() => 0),
    customersOut: new Map<number, number>(),
    customersOutBelow: devices.map(() => new Map<number, number>()),
  };
  const best = new Map<string, number>();
  for (const { isOut, isDead, dead, weight } of states) {
    const p = Math.exp(weight - largest) / sum;
    const interrupting = devices.flatMap(({ parent }, d) => (isOut(d) && !isDead(parent) ? [d] : []));
    for (const d of interrupting) result.interrupting[d]! += p;
    for (const d of devices.keys()) {
      if (isOut(d)) result.open[d]! += p;
      if (isDead(d)) result.deenergized[d]! += p;
    }
    for (const [m, { device }] of meters.entries()) {
      if (isDead(device)) result.supplyDead[m]! += p;
      if (dead[m]) result.meterDead[m]! += p;
    }
    const customersWhere = (counts: (m: number) => boolean) =>
      meters.reduce((total, { customers }, m) => total + (dead[m] && counts(m) ? customers : 0), 0);
    const add = (to: Map<number, number>, customers: number) =>
      to.set(customers, (to.get(customers) ?? 0) + p);
    add(
      result.customersOut,
      customersWhere(() => true),
    );
    const isBelow = (lower: number, upper: number): boolean =>
      lower !== SOURCE && (lower === upper || isBelow(devices[lower]!.parent, upper));
    for (const d of devices.keys()) {
      add(
        result.customersOutBelow[d]!,
        customersWhere((m) => isBelow(meters[m]!.device, d)),
      );
    }
    const key = interrupting.join(',');
    best.set(key, Math.max(weight, best.get(key) ?? Number.NEGATIVE_INFINITY));
  }
  return { ...result, best: [...best].sort((a, b) => b[1] - a[1]) };
}
