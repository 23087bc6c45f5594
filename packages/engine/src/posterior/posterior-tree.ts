import { sumAt } from './compensated-sum.ts';
import { requireLogLikelihood, requireProbability } from './log-space.ts';
import type { LeafMessage, MeterMessage } from './meter-message.ts';
import { COUNT, INPUT, NODE } from './node-layout.ts';
import {
  indexLeaves,
  type LeafIndex,
  type PosteriorForest,
  SOURCE,
  subtreeEnds,
} from './posterior-forest.ts';
import { type ChildMessage, UpwardPass } from './upward-pass.ts';

/** What is believed about a device, given all evidence. */
export interface DeviceBeliefs {
  /** P(open), whether its supply side is energised or not. */
  readonly open: number;
  /** P(open with an energised supply side): the device that a crew must go to. */
  readonly interrupting: number;
  /** P(its load side is dead): itself or a device above is open. */
  readonly deenergized: number;
}

/** Where evidence contradicts itself: no state of the devices explains what was observed at and below this place. */
export type Contradiction =
  | { readonly kind: 'device'; readonly device: number }
  | { readonly kind: 'leaf'; readonly leaf: number };

/** Mean and variance of a number of customers. */
export interface CustomerMoments {
  readonly mean: number;
  readonly variance: number;
}

/** Where `sweep` writes: an array given is filled, by device or by leaf. */
export interface PosteriorColumns {
  readonly open?: Float64Array;
  readonly interrupting?: Float64Array;
  readonly deenergized?: Float64Array;
  /** P(the leaf's supply point is dead); a meter's own service comes on top of it. */
  readonly leafDeenergized?: Float64Array;
}

/** What all leaves tell, a row for each: the arguments of `setLeaf` as columns. */
export interface LeafColumns {
  readonly logOn: Float64Array;
  readonly logOff: Float64Array;
  /** 0 for every leaf unless given. */
  readonly meanOut?: Float64Array;
  readonly varianceOut?: Float64Array;
}

/** The prior and the evidence of a device, as set. */
export interface DeviceInputs {
  readonly prior: number;
  readonly logOpen: number;
  readonly logClosed: number;
  readonly logDeenergized: number;
  readonly logEnergized: number;
}

/**
 * The exact posterior of which devices are open, kept up to date in O(depth) per change; docs/infer.md has the model. Each device
 * sends up one number, the log-likelihood ratio of everything observed at and below it between an energised and a dead supply side,
 * and with it mean and variance of the customers out.
 *
 * Throws a `RangeError` for an index that does not exist and for numbers that are no likelihood or probability. Evidence
 * that contradicts itself is no error: what cannot be answered then is null, and `contradictions` says where. Trees of the
 * forest do not disturb each other there. 208 bytes a device and 16 a leaf, 32 where leaves have customers out with supply.
 */
export class PosteriorTree {
  readonly forest: PosteriorForest;
  readonly deviceCount: number;
  readonly leafCount: number;
  /** One past the last device below each. */
  readonly subtreeEnd: Int32Array;
  readonly #parent: Int32Array;
  readonly #leafDevice: Int32Array;
  readonly #up: UpwardPass;
  /** log P(observed | energised) and | dead of each leaf side by side: one cache line for both. */
  readonly #messages: Float64Array;
  #leafMean: Float64Array | null = null;
  #leafVariance: Float64Array | null = null;
  #leafIndex: LeafIndex | null = null;
  // One change at a time: no object has to be made for it.
  readonly #before: ChildMessage = { ratio: 0, mean: 0, variance: 0 };
  readonly #after: ChildMessage = { ratio: 0, mean: 0, variance: 0 };

  /** Throws where devices are not in preorder, columns do not fit, or a prior is no probability. */
  constructor(forest: PosteriorForest, prior: Float64Array) {
    const { parent, leafDevice, customers } = forest;
    if (prior.length !== parent.length) throw new RangeError('there must be one prior for each device');
    if (customers.length !== leafDevice.length) {
      throw new RangeError('there must be one number of customers for each leaf');
    }
    this.forest = forest;
    this.deviceCount = parent.length;
    this.leafCount = leafDevice.length;
    this.subtreeEnd = subtreeEnds(parent);
    this.#parent = parent;
    this.#leafDevice = leafDevice;
    this.#up = new UpwardPass(parent);
    this.#messages = new Float64Array(2 * this.leafCount);

    const { inputs, nodes } = this.#up;
    for (let device = 0; device < this.deviceCount; device++) {
      requireProbability(prior[device] as number);
      inputs[device * INPUT.stride + INPUT.prior] = prior[device] as number;
    }
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      const device = leafDevice[leaf] as number;
      if (!(device >= SOURCE && device < this.deviceCount)) {
        throw new RangeError(`leaf ${leaf}: there is no device ${device}`);
      }
      if (device === SOURCE) continue;
      const at = device * NODE.stride + NODE.customers;
      nodes[at] = (nodes[at] as number) + (customers[leaf] as number);
    }
    for (let device = this.deviceCount - 1; device >= 0; device--) {
      if (parent[device] === SOURCE) continue;
      const above = (parent[device] as number) * NODE.stride + NODE.customers;
      nodes[above] = (nodes[above] as number) + (nodes[device * NODE.stride + NODE.customers] as number);
    }
    this.rebuild();
  }

  /**
   * Sets what a leaf tells: log P(everything observed there | supply point energised), the same | dead, and, given that it is
   * energised, mean and variance of the leaf's customers who are out all the same. O(depth).
   */
  setLeaf(leaf: number, logOn: number, logOff: number, meanOut = 0, varianceOut = 0): void {
    const device = this.#leafDevice[leaf];
    if (device === undefined) throw new RangeError(`there is no leaf ${leaf}`);
    requireLogLikelihood(logOn);
    requireLogLikelihood(logOff);
    if (meanOut !== 0 || varianceOut !== 0) this.#requireMoments(leaf, meanOut, varianceOut);
    const before = this.#before;
    const after = this.#after;
    const messages = this.#messages;
    const logOnBefore = messages[2 * leaf] as number;
    const logOffBefore = messages[2 * leaf + 1] as number;
    before.ratio = logOnBefore - logOffBefore;
    before.mean = this.#leafMean === null ? 0 : (this.#leafMean[leaf] as number);
    before.variance = this.#leafVariance === null ? 0 : (this.#leafVariance[leaf] as number);
    after.ratio = logOn - logOff;
    after.mean = meanOut;
    after.variance = varianceOut;
    messages[2 * leaf] = logOn;
    messages[2 * leaf + 1] = logOff;
    if (meanOut !== before.mean || varianceOut !== before.variance) {
      const moments = this.#momentColumns();
      moments.mean[leaf] = meanOut;
      moments.variance[leaf] = varianceOut;
    }
    this.#up.moveBase(leafBase(logOnBefore, logOffBefore), leafBase(logOn, logOff));
    this.#up.carry(device, before, after);
  }

  /** Sets a leaf that is one meter, with its own service's part of the customers out. O(depth). */
  setMeter(leaf: number, { logOn, logOff, serviceOut }: MeterMessage): void {
    const customers = this.forest.customers[leaf] as number;
    const mean = customers * serviceOut;
    this.setLeaf(leaf, logOn, logOff, mean, mean * (customers - mean));
  }

  /** Sets log P(switch telemetry | device open) and | closed. O(depth). */
  setSwitch(device: number, logOpen: number, logClosed: number): void {
    requireLogLikelihood(logOpen);
    requireLogLikelihood(logClosed);
    const at = this.#inputsOf(device);
    this.#up.inputs[at + INPUT.switchOpen] = logOpen;
    this.#up.inputs[at + INPUT.switchClosed] = logClosed;
    this.#up.reset(device);
  }

  /** Sets log P(voltage telemetry | load side dead) and | energised. O(depth). */
  setVoltage(device: number, logDeenergized: number, logEnergized: number): void {
    requireLogLikelihood(logDeenergized);
    requireLogLikelihood(logEnergized);
    const at = this.#inputsOf(device);
    this.#up.inputs[at + INPUT.voltageDead] = logDeenergized;
    this.#up.inputs[at + INPUT.voltageOn] = logEnergized;
    this.#up.reset(device);
  }

  /** Sets the prior probability that a device is open. O(depth). */
  setPrior(device: number, prior: number): void {
    requireProbability(prior);
    this.#up.inputs[this.#inputsOf(device) + INPUT.prior] = prior;
    this.#up.reset(device);
  }

  /** Replaces what all leaves tell; the columns are copied. A million leaves take 85 ms, one by one more than a second. */
  setAllLeaves({ logOn, logOff, meanOut, varianceOut }: LeafColumns): void {
    for (const column of [logOn, logOff, meanOut, varianceOut]) {
      if (column !== undefined && column.length !== this.leafCount) {
        throw new RangeError('a column must have one row for each leaf');
      }
    }
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      requireLogLikelihood(logOn[leaf] as number);
      requireLogLikelihood(logOff[leaf] as number);
      this.#requireMoments(leaf, meanOut?.[leaf] ?? 0, varianceOut?.[leaf] ?? 0);
    }
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      this.#messages[2 * leaf] = logOn[leaf] as number;
      this.#messages[2 * leaf + 1] = logOff[leaf] as number;
    }
    if (this.#leafMean !== null || meanOut !== undefined || varianceOut !== undefined) {
      const moments = this.#momentColumns();
      if (meanOut === undefined) moments.mean.fill(0);
      else moments.mean.set(meanOut);
      if (varianceOut === undefined) moments.variance.fill(0);
      else moments.variance.set(varianceOut);
    }
    this.rebuild();
  }

  /** Computes everything anew from what is set. Only bulk changes need it: running sums do not drift. */
  rebuild(): void {
    const up = this.#up;
    up.clear();
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      const logOn = this.#messages[2 * leaf] as number;
      const logOff = this.#messages[2 * leaf + 1] as number;
      up.moveBase(0, leafBase(logOn, logOff));
      up.addChild(
        this.#leafDevice[leaf] as number,
        logOn - logOff,
        this.#leafMean === null ? 0 : (this.#leafMean[leaf] as number),
        this.#leafVariance === null ? 0 : (this.#leafVariance[leaf] as number),
      );
    }
    up.settleAll();
  }

  /** log P(all evidence); minus infinity where it contradicts itself. */
  logEvidence(): number {
    return this.#up.logEvidence();
  }

  /** What is believed about a device; null where the evidence of its tree contradicts itself. O(depth). */
  deviceBeliefs(device: number): DeviceBeliefs | null {
    const { nodes } = this.#up;
    const at = this.#nodeOf(device);
    if (!this.#isPossible(device)) return null;
    const above = this.#parent[device] as number;
    const dead = this.#loadDead(above);
    const interrupting = this.#loadLive(above) * (nodes[at + NODE.open] as number);
    const openDead = dead > 0 ? dead * Math.exp(nodes[at + NODE.logOpen] as number) : 0;
    return {
      open: Math.min(1, interrupting + openDead),
      interrupting,
      deenergized: Math.min(1, dead + interrupting),
    };
  }

  /** P(a leaf's supply point is dead); null where the evidence of its tree contradicts itself. O(depth). */
  leafDeenergized(leaf: number): number | null {
    const device = this.#leafDevice[leaf];
    if (device === undefined) throw new RangeError(`there is no leaf ${leaf}`);
    if (device === SOURCE) return this.#messages[2 * leaf] === Number.NEGATIVE_INFINITY ? null : 0;
    return this.#isPossible(device) ? this.#loadDead(device) : null;
  }

  /** Fills the arrays given with the beliefs about every device and leaf; NaN in a tree whose evidence contradicts itself. */
  sweep(into: PosteriorColumns): void {
    const { nodes } = this.#up;
    const loadLive = new Float64Array(this.deviceCount);
    const loadDead = into.deenergized ?? new Float64Array(this.deviceCount);
    for (let device = 0; device < this.deviceCount; device++) {
      const at = device * NODE.stride;
      const above = this.#parent[device] as number;
      let live = above === SOURCE ? 1 : (loadLive[above] as number);
      if (above === SOURCE && !isPossibleRoot(nodes[at + NODE.ratio] as number)) live = Number.NaN;
      const dead = above === SOURCE ? 0 : (loadDead[above] as number);
      const interrupting = live * (nodes[at + NODE.open] as number);
      loadLive[device] = live * (nodes[at + NODE.closed] as number);
      loadDead[device] = Math.min(1, dead + interrupting);
      if (into.interrupting !== undefined) into.interrupting[device] = interrupting;
      if (into.open !== undefined) {
        const openDead = dead > 0 ? dead * Math.exp(nodes[at + NODE.logOpen] as number) : 0;
        into.open[device] = Math.min(1, interrupting + openDead);
      }
    }
    if (into.leafDeenergized === undefined) return;
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      const device = this.#leafDevice[leaf] as number;
      into.leafDeenergized[leaf] =
        device === SOURCE ? (this.leafDeenergized(leaf) ?? Number.NaN) : (loadDead[device] as number);
    }
  }

  /**
   * Mean and variance of the customers out, below `device` or everywhere; null where the evidence contradicts itself. Exact, by
   * the law of total variance. O(depth).
   */
  customersOut(device: number = SOURCE): CustomerMoments | null {
    const { nodes } = this.#up;
    if (device === SOURCE) {
      if (this.logEvidence() === Number.NEGATIVE_INFINITY) return null;
      const at = this.deviceCount * NODE.stride;
      return {
        mean: sumAt(nodes, at + NODE.meanSum),
        variance: Math.max(0, sumAt(nodes, at + NODE.varianceSum)),
      };
    }
    const at = this.#nodeOf(device);
    if (!this.#isPossible(device)) return null;
    const above = this.#parent[device] as number;
    const dead = this.#loadDead(above);
    const live = this.#loadLive(above);
    const customers = nodes[at + NODE.customers] as number;
    const mean = nodes[at + NODE.mean] as number;
    const variance = live * ((nodes[at + NODE.variance] as number) + dead * (customers - mean) ** 2);
    return { mean: live * mean + dead * customers, variance: Math.max(0, variance) };
  }

  /** log P(evidence at and below a device | supply side energised) - log P(... | dead); NaN where neither is possible. */
  logRatio(device: number): number {
    return this.#up.nodes[this.#nodeOf(device) + NODE.ratio] as number;
  }

  /** P(open) and P(closed) of a device given that its supply side is energised, and all evidence at and below it. */
  stateGivenSupply(device: number): { readonly open: number; readonly closed: number } {
    const at = this.#nodeOf(device);
    return {
      open: this.#up.nodes[at + NODE.open] as number,
      closed: this.#up.nodes[at + NODE.closed] as number,
    };
  }

  /** All customers below a device. */
  customersBelow(device: number): number {
    return this.#up.nodes[this.#nodeOf(device) + NODE.customers] as number;
  }

  /** The prior and the evidence of a device, as set. */
  deviceInputs(device: number): DeviceInputs {
    const at = this.#inputsOf(device);
    const { inputs } = this.#up;
    return {
      prior: inputs[at + INPUT.prior] as number,
      logOpen: inputs[at + INPUT.switchOpen] as number,
      logClosed: inputs[at + INPUT.switchClosed] as number,
      logDeenergized: inputs[at + INPUT.voltageDead] as number,
      logEnergized: inputs[at + INPUT.voltageOn] as number,
    };
  }

  /** What a leaf tells, as set. */
  leafMessage(leaf: number): LeafMessage {
    return { logOn: this.#messages[2 * leaf] as number, logOff: this.#messages[2 * leaf + 1] as number };
  }

  /** Mean and variance of a leaf's customers who are out though its supply point is energised, as set. */
  leafMoments(leaf: number): CustomerMoments {
    return { mean: this.#leafMean?.[leaf] ?? 0, variance: this.#leafVariance?.[leaf] ?? 0 };
  }

  /** The leaves at and below `device`, or all; in the order of devices. */
  leavesBelow(device: number = SOURCE): Int32Array {
    this.#leafIndex ??= indexLeaves(this.forest);
    const { order, start } = this.#leafIndex;
    return device === SOURCE
      ? order
      : order.subarray(start[device], start[this.subtreeEnd[device] as number]);
  }

  /** The deepest places whose evidence contradicts itself; empty where all of it can be explained. O(devices + leaves). */
  contradictions(): readonly Contradiction[] {
    const found: Contradiction[] = [];
    for (let leaf = 0; leaf < this.leafCount; leaf++) {
      const { logOn, logOff } = this.leafMessage(leaf);
      if (logOn !== Number.NEGATIVE_INFINITY) continue;
      const isSourceFed = this.#leafDevice[leaf] === SOURCE;
      if (isSourceFed || logOff === Number.NEGATIVE_INFINITY) found.push({ kind: 'leaf', leaf });
    }
    for (let device = 0; device < this.deviceCount; device++) {
      const ratio = this.logRatio(device);
      const isCause = Number.isNaN(ratio) && this.#up.counts[device * COUNT.stride + COUNT.impossible] === 0;
      const isDeadRoot = ratio === Number.NEGATIVE_INFINITY && this.#parent[device] === SOURCE;
      if (isCause || isDeadRoot) found.push({ kind: 'device', device });
    }
    return found;
  }

  #nodeOf(device: number): number {
    if (!(device >= 0 && device < this.deviceCount)) throw new RangeError(`there is no device ${device}`);
    return device * NODE.stride;
  }

  #inputsOf(device: number): number {
    if (!(device >= 0 && device < this.deviceCount)) throw new RangeError(`there is no device ${device}`);
    return device * INPUT.stride;
  }

  #requireMoments(leaf: number, mean: number, variance: number): void {
    const customers = this.forest.customers[leaf] as number;
    if (!(mean >= 0 && mean <= customers && variance >= 0)) {
      throw new RangeError(`leaf ${leaf}: ${mean} of ${customers} customers out, variance ${variance}`);
    }
  }

  #momentColumns(): { readonly mean: Float64Array; readonly variance: Float64Array } {
    this.#leafMean ??= new Float64Array(this.leafCount);
    this.#leafVariance ??= new Float64Array(this.leafCount);
    return { mean: this.#leafMean, variance: this.#leafVariance };
  }

  #isPossible(device: number): boolean {
    let root = device;
    while (this.#parent[root] !== SOURCE) root = this.#parent[root] as number;
    return isPossibleRoot(this.#up.nodes[root * NODE.stride + NODE.ratio] as number);
  }

  /** P(the load side of a device is energised | evidence); 1 for the source. */
  #loadLive(device: number): number {
    let live = 1;
    for (let above = device; above !== SOURCE; above = this.#parent[above] as number) {
      live *= this.#up.nodes[above * NODE.stride + NODE.closed] as number;
    }
    return live;
  }

  /** P(the load side of a device is dead | evidence), from its parts, so that a small one stays exact; 0 for the source. */
  #loadDead(device: number): number {
    let dead = 0;
    for (let above = device; above !== SOURCE; above = this.#parent[above] as number) {
      const at = above * NODE.stride;
      dead = (this.#up.nodes[at + NODE.open] as number) + (this.#up.nodes[at + NODE.closed] as number) * dead;
    }
    return Math.min(1, dead);
  }
}

/** What a leaf adds to the log evidence beside its ratio. */
function leafBase(logOn: number, logOff: number): number {
  if (logOff > Number.NEGATIVE_INFINITY) return logOff;
  return logOn > Number.NEGATIVE_INFINITY ? logOn : 0;
}

/** Whether a tree whose root has this ratio explains its evidence with the source energised, which it is. */
function isPossibleRoot(ratio: number): boolean {
  return ratio > Number.NEGATIVE_INFINITY;
}
