import type { TrackingPolicy } from '../policy-tracking.ts';
import { type EvidenceBook, isChattering, type WitnessWords } from './evidence-book.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** A call, with the branch below the source's own node that the caller hangs in. */
export interface BranchCall {
  readonly at: number;
  readonly branch: number;
}

/**
 * When anybody in a zone said that supply went or came, in seconds since 1970, each list ascending: kept up to date with what is said, so
 * that the zone's slots are found without reading its book again. What meters with a loose contact say is not in it.
 */
export class ZoneTimes {
  readonly offs: number[] = [];
  readonly ons: number[] = [];
  /** When terminals said that they are back, which they do only after they started. */
  readonly terminalOns: number[] = [];
  /** By branch, all losses, those of loose contacts too. */
  readonly offsByBranch = new Map<number, number[]>();
  readonly calls: BranchCall[] = [];
  readonly #zone: Zone;
  readonly #policy: TrackingPolicy;
  readonly #chattering = new Set<WitnessWords>();

  constructor(zone: Zone, policy: TrackingPolicy) {
    this.#zone = zone;
    this.#policy = policy;
  }

  /** Those of everything that a book holds. */
  static of(zone: Zone, book: EvidenceBook, policy: TrackingPolicy): ZoneTimes {
    const times = new ZoneTimes(zone, policy);
    for (const [isTerminal, witnesses] of [
      [false, book.meters],
      [true, book.terminals],
    ] as const) {
      for (const [witness, words] of witnesses) {
        const node = isTerminal
          ? (zone.nodeOfTerminal.get(witness) as number)
          : (zone.nodeOfMeter[witness - zone.from] as number);
        if (isChattering(words, policy)) times.#chattering.add(words);
        for (const at of words.offs) times.takeOff(words, at, node, isTerminal);
        for (const { at, isRestore } of words.ons)
          if (isRestore || isTerminal) times.takeOn(words, at, isTerminal);
        for (const at of words.calls) times.takeCall(at, node);
      }
    }
    return times;
  }

  /** A loss that a witness at a node told of; its words hold it already. */
  takeOff(words: WitnessWords, at: number, node: number, isTerminal: boolean): void {
    const branch = this.#branchOf(node);
    const inBranch = this.offsByBranch.get(branch) ?? [];
    this.offsByBranch.set(branch, inBranch);
    insert(inBranch, at);
    if (this.#chattering.has(words)) return;
    if (!isChattering(words, this.#policy)) {
      insert(this.offs, at);
      return;
    }
    this.#chattering.add(words);
    for (const other of words.offs) if (other !== at) remove(this.offs, other);
    for (const on of words.ons) {
      if (isTerminal) remove(this.terminalOns, on.at);
      else if (on.isRestore) remove(this.ons, on.at);
    }
  }

  /** A return that a witness told of by itself; its words hold it already. */
  takeOn(words: WitnessWords, at: number, isTerminal: boolean): void {
    if (!this.#chattering.has(words)) insert(isTerminal ? this.terminalOns : this.ons, at);
  }

  takeCall(at: number, node: number): void {
    const call = { at, branch: this.#branchOf(node) };
    let place = this.calls.length;
    while (place > 0 && isAfter(this.calls[place - 1] as BranchCall, call)) place--;
    this.calls.splice(place, 0, call);
  }

  /** Forgets the calls of a meter at a node that are no calls of its any more. */
  dropCalls(times: readonly number[], node: number): void {
    const branch = this.#branchOf(node);
    for (const at of times) {
      const place = this.calls.findIndex((call) => call.at === at && call.branch === branch);
      if (place >= 0) this.calls.splice(place, 1);
    }
  }

  #branchOf(node: number): number {
    const { nodes } = this.#zone;
    let at = node;
    while (at > 0 && (nodes[at] as ZoneNode).depth > 1) at = (nodes[at] as ZoneNode).parent;
    return at;
  }
}

function isAfter(a: BranchCall, b: BranchCall): boolean {
  return a.at > b.at || (a.at === b.at && a.branch > b.branch);
}

/** The first place whose time is not below `at`. */
export function placeOf(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(times: number[], at: number): void {
  if (times.length === 0 || (times[times.length - 1] as number) <= at) times.push(at);
  else times.splice(placeOf(times, at), 0, at);
}

function remove(times: number[], at: number): void {
  const place = placeOf(times, at);
  if (times[place] === at) times.splice(place, 1);
}
