import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { TrackingPolicy } from '../policy-tracking.ts';

/** A piece of evidence as the tracker takes it; seconds since 1970 in event time. */
export interface TrackedEvidence {
  readonly kind: EvidenceKind;
  readonly source: SourceType;
  readonly at: number;
}

/** A word that a witness has supply; a restore told by itself, or that it was heard of at all. */
export interface OnWord {
  readonly at: number;
  readonly isRestore: boolean;
}

/** Everything one witness, a meter or a terminal, said: each list ascends by event time and holds each instant once. */
export interface WitnessWords {
  readonly offs: number[];
  readonly ons: OnWord[];
  readonly calls: number[];
  /** Pings that it did not answer. */
  readonly unheard: number[];
}

/** Whether a meter gasps so often that it must be its contact and not its supply. */
export function isChattering({ offs }: Pick<WitnessWords, 'offs'>, policy: TrackingPolicy): boolean {
  const span = policy.chatterMinutes * 60;
  const last = policy.chatterOffs - 1;
  for (let i = last; i < offs.length; i++) {
    if ((offs[i] as number) - (offs[i - last] as number) <= span) return true;
  }
  return false;
}

/** What telemetry said of one device. */
export interface SignalWord {
  readonly at: number;
  readonly kind: 'switch_open' | 'switch_closed' | 'voltage_lost' | 'voltage_present';
}

/** The evidence of one zone, as a set: the order in which it was taken, and how often, leaves no trace. */
export class EvidenceBook {
  readonly meters = new Map<number, WitnessWords>();
  readonly terminals = new Map<number, WitnessWords>();
  readonly signals = new Map<number, SignalWord[]>();

  /** Of a meter by its position; with the terminal of its building where that is the witness. False where it was known. */
  takeMeter({ kind, at, source }: TrackedEvidence, meter: number, terminal: number): boolean {
    const isTerminals = source === 'onu' && terminal >= 0;
    const words = isTerminals ? wordsOf(this.terminals, terminal) : wordsOf(this.meters, meter);
    switch (kind) {
      case 'power_off':
        return insert(words.offs, at);
      case 'no_supply_call':
        return insert(words.calls, at);
      case 'not_heard':
        return insert(words.unheard, at);
      case 'power_on':
      case 'heard':
        return insertWord(words.ons, { at, isRestore: kind === 'power_on' }, rankOfOn);
      default:
        return false;
    }
  }

  /** Takes what the calls from a meter are, instead of those known; gives the earliest that makes a difference, else null. */
  setCalls(times: readonly number[], meter: number): number | null {
    const calls = [...new Set(times)].sort((a, b) => a - b);
    const known = this.meters.get(meter)?.calls ?? [];
    const changed = [
      ...calls.filter((at) => !known.includes(at)),
      ...known.filter((at) => !calls.includes(at)),
    ];
    if (changed.length === 0) return null;
    const words = wordsOf(this.meters, meter);
    words.calls.splice(0, words.calls.length, ...calls);
    // A meter of which nothing is left is one that never said anything.
    if (isEmpty(words)) this.meters.delete(meter);
    return Math.min(...changed);
  }

  /** What was said before an instant, by event time. */
  before(end: number): EvidenceBook {
    return this.#where((at) => at < end);
  }

  /** What was said at an instant or later, by event time; the book itself where that is all. */
  since(start: number): EvidenceBook {
    const isAll = (words: WitnessWords): boolean =>
      (words.offs[0] ?? start) >= start &&
      (words.ons[0]?.at ?? start) >= start &&
      (words.calls[0] ?? start) >= start &&
      (words.unheard[0] ?? start) >= start;
    const isWhole =
      this.meters.values().every(isAll) &&
      this.terminals.values().every(isAll) &&
      this.signals.values().every((words) => (words[0]?.at ?? start) >= start);
    return isWhole ? this : this.#where((at) => at >= start);
  }

  #where(isKept: (at: number) => boolean): EvidenceBook {
    const book = new EvidenceBook();
    for (const [from, to] of [
      [this.meters, book.meters],
      [this.terminals, book.terminals],
    ] as const) {
      for (const [witness, { offs, ons, calls, unheard }] of from) {
        const words = {
          offs: offs.filter(isKept),
          ons: ons.filter(({ at }) => isKept(at)),
          calls: calls.filter(isKept),
          unheard: unheard.filter(isKept),
        };
        if (!isEmpty(words)) to.set(witness, words);
      }
    }
    for (const [device, words] of this.signals) {
      const own = words.filter(({ at }) => isKept(at));
      if (own.length > 0) book.signals.set(device, own);
    }
    return book;
  }

  takeSignal(word: SignalWord, device: number): boolean {
    let words = this.signals.get(device);
    if (words === undefined) {
      words = [];
      this.signals.set(device, words);
    }
    return insertWord(words, word, rankOfSignal);
  }
}

function isEmpty({ offs, ons, calls, unheard }: WitnessWords): boolean {
  return offs.length + ons.length + calls.length + unheard.length === 0;
}

function wordsOf(book: Map<number, WitnessWords>, witness: number): WitnessWords {
  let words = book.get(witness);
  if (words === undefined) {
    words = { offs: [], ons: [], calls: [], unheard: [] };
    book.set(witness, words);
  }
  return words;
}

function insert(times: number[], at: number): boolean {
  let place = times.length;
  while (place > 0 && (times[place - 1] as number) > at) place--;
  if (times[place - 1] === at) return false;
  times.splice(place, 0, at);
  return true;
}

function insertWord<W extends { readonly at: number }>(
  words: W[],
  word: W,
  rankOf: (word: W) => number,
): boolean {
  const rank = rankOf(word);
  let place = words.length;
  for (; place > 0; place--) {
    const before = words[place - 1] as W;
    if (before.at < word.at) break;
    if (before.at > word.at) continue;
    const other = rankOf(before);
    if (other === rank) return false;
    if (other < rank) break;
  }
  words.splice(place, 0, word);
  return true;
}

/** Of two words of one instant the one that was heard of at all comes first. */
function rankOfOn({ isRestore }: OnWord): number {
  return isRestore ? 1 : 0;
}

/** What opened and closed in one instant was in service, so the loss comes first. */
const SIGNAL_ORDER: readonly SignalWord['kind'][] = [
  'switch_open',
  'voltage_lost',
  'switch_closed',
  'voltage_present',
];

function rankOfSignal({ kind }: SignalWord): number {
  return SIGNAL_ORDER.indexOf(kind);
}
