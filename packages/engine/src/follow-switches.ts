import { type DeviceRecord, isOpenNow } from './network.ts';
import type { NetworkFinding } from './order-devices.ts';

/** Stands for "no device". */
const NONE = -1;

/** The switches of a network whose normal tree has no rings; devices are indices. */
export interface Switches {
  readonly records: readonly DeviceRecord[];
  /** The device upstream in the normal tree; -1 for a root. */
  readonly upstream: Int32Array;
  /** The device at whose point a tie ends on its far side; -1 for all others. */
  readonly otherEnd: Int32Array;
}

/** What feeds what now. The point of a device is what lies behind it, seen from its normal source. */
export interface CurrentFeeds {
  /** The device that feeds each device; -1 where there is none. No walk along it is endless. */
  readonly parent: Int32Array;
  /** The device that feeds the point of each device: itself, where it feeds in its normal direction or nothing feeds the point. */
  readonly feedOf: Int32Array;
  /** 1 where the point of the device has supply when everything that is closed carries. */
  readonly isFed: Uint8Array;
  /** The tie through which the point of each device is fed; -1 where that is its normal feed. */
  readonly tieOf: Int32Array;
}

/**
 * Follows the switches as they stand: from the substations down the normal tree, then over closed ties into what is cut off, those
 * nearest to a source first, of one round by key. Adds to `findings` the ties between points that are both fed, and the sections that
 * nothing feeds. The work grows with devices and ties, whatever they look like (docs/decisions/0007).
 */
export function followSwitches(switches: Switches, findings: NetworkFinding[]): CurrentFeeds {
  const { records, upstream } = switches;
  const flow = new Flow(switches);
  for (let device = 0; device < records.length; device++)
    if (upstream[device] === NONE && (records[device] as DeviceRecord).kind === 'substation')
      flow.feed(device, device, NONE);
  for (const tie of flow.feedOverTies()) findings.push({ kind: 'parallel', tie: codeOf(records, tie) });

  const { feedOf, tieOf } = flow;
  const isFed = Uint8Array.from(feedOf, (by) => (by === NONE ? 0 : 1));
  for (let device = 0; device < records.length; device++) {
    const up = upstream[device] as number;
    const isCut = isFed[device] === 0 && up !== NONE && isFed[up] === 1;
    if (isCut && !flow.isTie(device))
      findings.push({ kind: 'unfed_section', device: codeOf(records, device) });
    if (isFed[device] === 0) feedOf[device] = device;
  }
  return { parent: findParents(switches, flow, isFed, findings), feedOf, isFed, tieOf };
}

/** Supply on its way through the network. */
class Flow {
  readonly feedOf: Int32Array;
  readonly tieOf: Int32Array;
  readonly #switches: Switches;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  readonly #stack: number[] = [];

  constructor(switches: Switches) {
    const count = switches.records.length;
    this.#switches = switches;
    this.feedOf = new Int32Array(count).fill(NONE);
    this.tieOf = new Int32Array(count).fill(NONE);
    this.#firstChild = new Int32Array(count).fill(NONE);
    this.#nextSibling = new Int32Array(count).fill(NONE);
    for (let device = 0; device < count; device++) {
      const up = switches.upstream[device] as number;
      if (up === NONE) continue;
      this.#nextSibling[device] = this.#firstChild[up] as number;
      this.#firstChild[up] = device;
    }
  }

  isTie(device: number): boolean {
    return (this.#switches.records[device] as DeviceRecord).isNormallyOpen;
  }

  isFed(point: number): boolean {
    return point !== NONE && this.feedOf[point] !== NONE;
  }

  /** Feeds a point by a device, and over closed devices all that is connected with it. */
  feed(point: number, by: number, tie: number): void {
    this.#reach(point, by, tie);
    for (let at = this.#stack.pop(); at !== undefined; at = this.#stack.pop()) {
      for (let d = this.#firstChild[at] as number; d !== NONE; d = this.#nextSibling[d] as number)
        if (this.#carries(d) && !this.isFed(d)) this.#reach(d, d, tie);
      // Backwards, where this section is cut off further up.
      const up = this.#switches.upstream[at] as number;
      if (up !== NONE && this.#carries(at) && !this.isFed(up)) this.#reach(up, at, tie);
    }
  }

  /** Gives the closed ties that feed nothing since both their ends are fed by others. */
  feedOverTies(): readonly number[] {
    const { records } = this.#switches;
    const ties: number[] = [];
    for (const [device, record] of records.entries())
      if (this.isTie(device) && !isOpenNow(record)) ties.push(device);
    const parallel: number[] = [];
    for (let waiting = ties; waiting.length > 0; ) {
      // What a round feeds counts in the next one only.
      const live: (readonly [tie: number, from: number])[] = [];
      const dead: number[] = [];
      for (const tie of waiting) {
        const from = this.#endsOf(tie).find((end) => this.isFed(end));
        if (from === undefined) dead.push(tie);
        else live.push([tie, from]);
      }
      for (const [tie, from] of live) {
        // An end may be fed by others, or through another end of this very tie.
        let isParallel = false;
        for (const end of this.#endsOf(tie)) {
          if (end === from) continue;
          if (this.isFed(end)) isParallel = true;
          else this.feed(end, tie, tie);
        }
        if (isParallel) parallel.push(tie);
      }
      waiting = live.length === 0 ? [] : dead;
    }
    return parallel.sort((a, b) => a - b);
  }

  /** The points that a tie connects: those of its two ends, and its own, on which other things may hang in the data. */
  #endsOf(tie: number): readonly number[] {
    const { upstream, otherEnd } = this.#switches;
    return [upstream[tie] as number, tie, otherEnd[tie] as number].filter((end) => end !== NONE);
  }

  #carries(device: number): boolean {
    const record = this.#switches.records[device] as DeviceRecord;
    return !record.isNormallyOpen && !isOpenNow(record);
  }

  #reach(point: number, by: number, tie: number): void {
    this.feedOf[point] = by;
    this.tieOf[point] = tie;
    this.#stack.push(point);
  }
}

/** What feeds each device itself: what feeds the point upstream of it, or where it feeds backwards, the one behind it. */
function findParents(
  { records, upstream, otherEnd }: Switches,
  { feedOf }: Flow,
  isFed: Uint8Array,
  findings: NetworkFinding[],
): Int32Array {
  return Int32Array.from(records, (record, device) => {
    const up = upstream[device] as number;
    const behind = feedOf[device] === device && record.isNormallyOpen ? (otherEnd[device] as number) : device;
    const isFedFromBehind = behind !== NONE && isFed[behind] === 1 && feedOf[behind] !== device;
    const feedsUp = up === NONE ? !isOpenNow(record) : isFed[up] === 1 && feedOf[up] === device;
    if (isFedFromBehind && feedsUp) return feedOf[behind] as number;
    if (up === NONE) return NONE;
    if (isFed[up] === 0 && (records[up] as DeviceRecord).isNormallyOpen) {
      // Nothing hangs on an open tie: what lies below it is an island.
      findings.push({ kind: 'below_normally_open', device: record.code, upstream: codeOf(records, up) });
      return NONE;
    }
    return feedOf[up] as number;
  });
}

function codeOf(records: readonly DeviceRecord[], device: number): string {
  return (records[device] as DeviceRecord).code;
}
