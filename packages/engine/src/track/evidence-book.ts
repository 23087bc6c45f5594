import type { EvidenceKind, SourceType } from '@lastgasp/model';

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
        return insertWord(
          words.ons,
          { at, isRestore: kind === 'power_on' },
          (a, b) => a.isRestore === b.isRestore,
        );
      default:
        return false;
    }
  }

  takeSignal(word: SignalWord, device: number): boolean {
    let words = this.signals.get(device);
    if (words === undefined) {
      words = [];
      this.signals.set(device, words);
    }
    return insertWord(words, word, (a, b) => a.kind === b.kind);
  }
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
  isSame: (a: W, b: W) => boolean,
): boolean {
  let place = words.length;
  while (place > 0 && (words[place - 1] as W).at > word.at) place--;
  for (let i = place - 1; i >= 0 && (words[i] as W).at === word.at; i--) {
    if (isSame(words[i] as W, word)) return false;
  }
  words.splice(place, 0, word);
  return true;
}
