import { addToSum, replaceInSum, sumAt } from './compensated-sum.ts';
import { logAddExp, logPair } from './log-space.ts';
import { COUNT, INPUT, NODE } from './node-layout.ts';
import { SOURCE } from './posterior-forest.ts';

/** What a child tells the device above, given that its supply side is energised. */
export interface ChildMessage {
  ratio: number;
  mean: number;
  variance: number;
}

/**
 * The upward half of the recursion: what each device knows from itself and everything below it, as running sums over its
 * children. Ratios that are infinite are counted instead of summed, so that they can be taken back. The source stands behind the
 * last device, so that its sums are kept like any other's. It checks nothing: `PosteriorTree` does.
 */
export class UpwardPass {
  readonly nodes: Float64Array;
  readonly inputs: Float64Array;
  readonly counts: Int32Array;
  /** Sum of what the ratios leave out of the log evidence, over all devices and leaves. */
  readonly #base = new Float64Array(2);
  readonly #parent: Int32Array;
  /** The node of the source. */
  readonly #source: number;

  constructor(parent: Int32Array) {
    this.#parent = parent;
    this.#source = parent.length;
    this.nodes = new Float64Array((parent.length + 1) * NODE.stride);
    this.inputs = new Float64Array(parent.length * INPUT.stride);
    this.counts = new Int32Array((parent.length + 1) * COUNT.stride);
  }

  /** log P(all evidence); minus infinity where it contradicts itself. */
  logEvidence(): number {
    const at = this.#source * COUNT.stride;
    const contradictions =
      (this.counts[at + COUNT.certainOff] as number) + (this.counts[at + COUNT.impossible] as number);
    if (contradictions > 0) return Number.NEGATIVE_INFINITY;
    return sumAt(this.nodes, this.#source * NODE.stride + NODE.ratioSum) + sumAt(this.#base, 0);
  }

  /** Forgets all sums. `addChild` for each leaf and then `settleAll` make them anew. */
  clear(): void {
    const { nodes, inputs } = this;
    this.#base.fill(0);
    this.counts.fill(0);
    for (let at = 0; at < nodes.length; at += NODE.stride) {
      nodes.fill(0, at + NODE.ratioSum, at + NODE.ratioSum + 2);
      nodes.fill(0, at + NODE.meanSum, at + NODE.meanSum + 2);
      nodes.fill(0, at + NODE.varianceSum, at + NODE.varianceSum + 2);
      nodes[at + NODE.exceptions] = 0;
    }
    for (let device = 0; device < this.#source; device++) {
      inputs[device * INPUT.stride + INPUT.base] = 0;
      this.#takeInputs(device);
    }
  }

  /** Adds a child to the sums of `device`, the source included, and carries nothing. */
  addChild(device: number, ratio: number, mean: number, variance: number): void {
    const node = device === SOURCE ? this.#source : device;
    this.#addRatio(node, ratio);
    const at = node * NODE.stride;
    if (mean !== 0) addToSum(this.nodes, at + NODE.meanSum, mean);
    if (variance !== 0) addToSum(this.nodes, at + NODE.varianceSum, variance);
  }

  /** Computes every device from the last up; needs the leaves added and no device. */
  settleAll(): void {
    const { nodes } = this;
    for (let device = this.#source - 1; device >= 0; device--) {
      this.#settle(device);
      const at = device * NODE.stride;
      this.addChild(
        this.#parent[device] as number,
        nodes[at + NODE.ratio] as number,
        nodes[at + NODE.mean] as number,
        nodes[at + NODE.variance] as number,
      );
    }
  }

  /** Replaces a part of the log evidence that no ratio carries. */
  moveBase(before: number, after: number): void {
    if (before === after) return;
    replaceInSum(this.#base, 0, before, after);
  }

  /** Takes a device's own terms anew from its inputs and carries what changes. */
  reset(device: number): void {
    const before = this.#messageOf(device);
    this.#takeInputs(device);
    this.#settle(device);
    this.carry(this.#parent[device] as number, before, this.#messageOf(device));
  }

  /** A child of `start` changed: replaces it in the sums there, and so on up while anything changes. Uses up both messages. */
  carry(start: number, before: ChildMessage, after: ChildMessage): void {
    let device = start;
    while (
      this.#replaceChild(device === SOURCE ? this.#source : device, before, after) &&
      device !== SOURCE
    ) {
      this.#readMessage(device, before);
      this.#settle(device);
      this.#readMessage(device, after);
      device = this.#parent[device] as number;
    }
  }

  #messageOf(device: number): ChildMessage {
    const message = { ratio: 0, mean: 0, variance: 0 };
    this.#readMessage(device, message);
    return message;
  }

  #readMessage(device: number, into: ChildMessage): void {
    const at = device * NODE.stride;
    into.ratio = this.nodes[at + NODE.ratio] as number;
    into.mean = this.nodes[at + NODE.mean] as number;
    into.variance = this.nodes[at + NODE.variance] as number;
  }

  /** Whether anything changed by it. */
  #replaceChild(node: number, before: ChildMessage, after: ChildMessage): boolean {
    const { nodes } = this;
    const at = node * NODE.stride;
    let isChanged = false;
    if (!Object.is(before.ratio, after.ratio)) {
      this.#replaceRatio(node, before.ratio, after.ratio);
      isChanged = true;
    }
    if (before.mean !== after.mean) {
      replaceInSum(nodes, at + NODE.meanSum, before.mean, after.mean);
      isChanged = true;
    }
    if (before.variance !== after.variance) {
      replaceInSum(nodes, at + NODE.varianceSum, before.variance, after.variance);
      isChanged = true;
    }
    return isChanged;
  }

  #addRatio(node: number, ratio: number): void {
    if (Number.isFinite(ratio)) addToSum(this.nodes, node * NODE.stride + NODE.ratioSum, ratio);
    else this.#countRatio(node, ratio, 1);
  }

  #replaceRatio(node: number, before: number, after: number): void {
    if (Number.isFinite(before) && Number.isFinite(after)) {
      replaceInSum(this.nodes, node * NODE.stride + NODE.ratioSum, before, after);
      return;
    }
    if (Number.isFinite(before)) addToSum(this.nodes, node * NODE.stride + NODE.ratioSum, -before);
    else this.#countRatio(node, before, -1);
    this.#addRatio(node, after);
  }

  #countRatio(node: number, ratio: number, change: number): void {
    const kind = ratio > 0 ? COUNT.certainOn : ratio < 0 ? COUNT.certainOff : COUNT.impossible;
    const at = node * COUNT.stride + kind;
    this.counts[at] = (this.counts[at] as number) + change;
    this.#countExceptions(node);
  }

  #countExceptions(node: number): void {
    const { nodes, counts } = this;
    const at = node * NODE.stride;
    const count = node * COUNT.stride;
    const isOwn =
      !Number.isFinite(nodes[at + NODE.voltage] as number) ||
      Number.isNaN(nodes[at + NODE.logOpen] as number);
    nodes[at + NODE.exceptions] =
      (counts[count + COUNT.certainOn] as number) +
      (counts[count + COUNT.certainOff] as number) +
      (counts[count + COUNT.impossible] as number) +
      (isOwn ? 1 : 0);
    if (nodes[at + NODE.exceptions] === 0 && node !== this.#source) this.#settleBase(node);
  }

  /** A device's own terms from its prior and evidence. */
  #takeInputs(device: number): void {
    const { inputs, nodes } = this;
    const from = device * INPUT.stride;
    const at = device * NODE.stride;
    const [logPrior, logRest] = logPair(inputs[from + INPUT.prior] as number);
    const logOpen = logPrior + (inputs[from + INPUT.switchOpen] as number);
    const logClosed = logRest + (inputs[from + INPUT.switchClosed] as number);
    const logSwitch = logAddExp(logOpen, logClosed);
    const voltageDead = inputs[from + INPUT.voltageDead] as number;
    const voltageOn = inputs[from + INPUT.voltageOn] as number;
    nodes[at + NODE.logOpen] = logOpen - logSwitch;
    nodes[at + NODE.logClosed] = logClosed - logSwitch;
    nodes[at + NODE.voltage] = voltageOn - voltageDead;
    inputs[from + INPUT.deadBase] = logSwitch + voltageDead;
    inputs[from + INPUT.liveBase] = logClosed + voltageOn;
    this.#countExceptions(device);
  }

  /** A device's numbers from its own terms and its children's sums. */
  #settle(device: number): void {
    const { nodes } = this;
    const at = device * NODE.stride;
    const isPlain = nodes[at + NODE.exceptions] === 0;
    const below = isPlain ? sumAt(nodes, at + NODE.ratioSum) : this.#exceptionalSum(device);
    const evidence = below + (nodes[at + NODE.voltage] as number);
    const logOpen = nodes[at + NODE.logOpen] as number;
    const logClosed = (nodes[at + NODE.logClosed] as number) + evidence;

    // One exponential gives the ratio and both probabilities.
    const gap = logOpen - logClosed;
    const rest = Math.exp(-Math.abs(gap));
    const likelier = 1 / (1 + rest);
    let open = gap > 0 ? likelier : rest * likelier;
    let closed = gap > 0 ? rest * likelier : likelier;
    let ratio = evidence === 0 ? 0 : Math.max(logOpen, logClosed) + Math.log1p(rest);
    if (Number.isNaN(gap)) {
      // Neither state explains the evidence with an energised supply side; a dead one may still do.
      ratio = logOpen === logClosed ? Number.NEGATIVE_INFINITY : Number.NaN;
      open = 0;
      closed = 1;
    }
    nodes[at + NODE.ratio] = ratio;
    nodes[at + NODE.open] = open;
    nodes[at + NODE.closed] = closed;

    // The law of total variance: open, and all are out; closed, and the children are independent.
    const customers = nodes[at + NODE.customers] as number;
    const mean = sumAt(nodes, at + NODE.meanSum);
    nodes[at + NODE.mean] = open * customers + closed * mean;
    nodes[at + NODE.variance] =
      closed * (sumAt(nodes, at + NODE.varianceSum) + open * (customers - mean) ** 2);
    if (!isPlain) this.#settleBase(device);
  }

  /** The sum of the children's ratios where some are infinite: NaN where one needs supply and another none. */
  #exceptionalSum(device: number): number {
    const at = device * COUNT.stride;
    const isOn = (this.counts[at + COUNT.certainOn] as number) > 0;
    const isOff = (this.counts[at + COUNT.certainOff] as number) > 0;
    if ((this.counts[at + COUNT.impossible] as number) > 0 || (isOn && isOff)) return Number.NaN;
    if (isOn) return Number.POSITIVE_INFINITY;
    return isOff ? Number.NEGATIVE_INFINITY : sumAt(this.nodes, device * NODE.stride + NODE.ratioSum);
  }

  /** What the device adds to the log evidence: the likelihood of its dead state, or of its live one where no other is possible. */
  #settleBase(device: number): void {
    const { inputs, nodes } = this;
    const from = device * INPUT.stride;
    const at = device * NODE.stride;
    let base = inputs[from + INPUT.deadBase] as number;
    if (nodes[at + NODE.exceptions] !== 0) {
      const ratio = nodes[at + NODE.ratio] as number;
      if (Number.isNaN(ratio)) base = 0;
      else if (ratio === Number.POSITIVE_INFINITY) {
        base = (inputs[from + INPUT.liveBase] as number) + sumAt(nodes, at + NODE.ratioSum);
      }
    }
    this.moveBase(inputs[from + INPUT.base] as number, base);
    inputs[from + INPUT.base] = base;
  }
}
