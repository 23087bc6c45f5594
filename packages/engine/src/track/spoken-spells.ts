import { fromKey, type OwnSpell, spellKey } from './own-spell.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { Slot, ZoneSlots } from './slots.ts';
import type { Witness } from './witness-likelihood.ts';

/** A telemetry word counts as so many witnesses. */
export const TOLD = 100;

/** The spells that something said at a node speaks for, and how many witnesses do; undefined where nobody said anything. */
export function spokenAt(evidence: ZoneEvidence, node: number): ReadonlyMap<number, number> | undefined {
  const words = evidence.said[node];
  if (words === null || words === undefined) return undefined;
  const spoken = new Map<number, number>();
  const note = ({ spells }: Witness): void => {
    for (const { off, on } of spells) count(spoken, spellKey(off, on), 1);
  };
  for (const { heard } of words.groups) for (const { witness } of heard) note(witness);
  for (const witness of words.terminals) note(witness);
  noteCalls(spoken, words.calls, evidence.slots);
  for (const key of spellsOfTelemetry(evidence, node)) count(spoken, key, TOLD);
  return spoken;
}

/** Calls speak for the latest slots before them. */
function noteCalls(spoken: Map<number, number>, calls: readonly number[], { offs }: ZoneSlots): void {
  for (const at of calls) {
    let noted = 0;
    for (let i = offs.length - 1; i >= 0 && noted < 3; i--) {
      const { from } = offs[i] as Slot;
      if (from > at + 5) continue;
      if (at - from > 7_200) break;
      count(spoken, spellKey(i, -1), 1);
      noted++;
    }
  }
}

/** The spells that telemetry told of a node's devices. */
function spellsOfTelemetry({ said, slots }: ZoneEvidence, node: number): readonly number[] {
  const keys = new Set<number>();
  for (const { switchSpells, voltageSpells, voltageAt } of said[node]?.told ?? []) {
    for (const at of voltageAt) {
      const on = slots.ons.findIndex((slot) => at >= slot.from && at <= slot.to);
      const off = slots.offs.findLastIndex((slot) => slot.from < at);
      if (on >= 0 && off >= 0) keys.add(spellKey(off, on));
    }
    for (const { openings, closedAt } of [...switchSpells, ...voltageSpells]) {
      for (const at of openings) {
        const off = slots.offs.findIndex((slot) => at >= slot.from && at <= slot.to);
        if (off < 0) continue;
        keys.add(spellKey(off, -1));
        const on =
          closedAt === null
            ? -1
            : slots.ons.findIndex((slot) => closedAt >= slot.from && closedAt <= slot.to);
        if (on >= 0) keys.add(spellKey(off, on));
      }
    }
  }
  return [...keys];
}

/** The spells that telemetry told of a node's devices and that are over, and the last of those that last. */
export function toldInTurn(evidence: ZoneEvidence, node: number): readonly OwnSpell[] {
  const spells = spellsOfTelemetry(evidence, node).map(fromKey);
  const over = spells.filter(({ on }) => on >= 0 || spells.length === 1);
  return [...over, ...spells.filter(({ on }) => on < 0).slice(-1)];
}

/** Whether telemetry told of a node's voltage in an on-slot. */
export function isVoltageTold({ said, slots }: ZoneEvidence, node: number, on: number): boolean {
  const { from, to } = slots.ons[on] as Slot;
  return said[node]?.told.some(({ voltageAt }) => voltageAt.some((at) => at >= from && at <= to)) ?? false;
}

function count(counts: Map<number, number>, key: number, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** Seconds by which clocks differ at most. */
export const SKEW_SECONDS = 150;
