import type { SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import type { PingChoice } from './choose-pings.ts';
import { ALWAYS_ON, type History } from './histories.ts';
import { NodeLikelihood } from './node-likelihood.ts';
import type { JudgedZone } from './outage-tracker.ts';
import { slotToldAt } from './slots.ts';
import { switchLog } from './telemetry-likelihood.ts';
import type { TrackedOutage, TrackedTarget } from './tracked-outage.ts';
import type { ZoneNode } from './zone.ts';

/** What the witnesses of one class of devices below an outage say of it. */
export interface BranchEvidence {
  /** Code of the likeliest device of the class. */
  readonly device: string;
  /** Meters that hang on it: those that gasped when the outage began, that said since that they have supply, and that said nothing. */
  readonly gasped: number;
  readonly on: number;
  readonly silent: number;
  /** Terminals that told of the loss of supply, and callers. */
  readonly terminals: number;
  readonly calls: number;
  /** How much more probable, as log of the ratio, all that is said and not said there is with the outage than with supply; below 0 it speaks against it. */
  readonly weight: number;
}

/** What telemetry told of one device. */
export interface TelemetryEvidence {
  readonly device: string;
  readonly says: 'open' | 'dead';
  readonly at: Instant;
}

/** Another explanation of the same evidence. */
export interface Alternative {
  /** Codes of devices that meters cannot tell apart, the likeliest first. */
  readonly devices: readonly string[];
  /** Database key of the meter whose own service it would be; null for a device. */
  readonly serviceOf: number | null;
  readonly probability: number;
}

/** A meter worth asking. */
export interface PingAdvice {
  /** Database key. */
  readonly meterKey: number;
  /** Expected information, in nats. */
  readonly gain: number;
  /** Probability that it is without supply, as far as is known. */
  readonly dead: number;
}

/** Why an outage is believed, what speaks against it, and what would tell more. */
export interface OutageExplanation {
  /** How many meters, terminals, callers and signals speak for it. */
  readonly sources: Readonly<Record<Exclude<SourceType, 'system'>, number>>;
  /** Branches by their weight, those that speak loudest first, on either side. */
  readonly branches: readonly BranchEvidence[];
  /** How many branches there are, listed or not. */
  readonly branchCount: number;
  readonly telemetry: readonly TelemetryEvidence[];
  /** Ranked; the first is what is shown. */
  readonly alternatives: readonly Alternative[];
  readonly pings: readonly PingAdvice[];
}

/** A list holds so many: an outage of a substation has a thousand branches. */
const MOST_BRANCHES = 40;
const MOST_PINGS = 3;

/** Seconds that a gasp of this outage may be stamped before it began. */
const SKEW_SECONDS = 150;

/** Explains an outage of a zone as it was last judged. */
export function explainOutage(judged: JudgedZone, outage: TrackedOutage): OutageExplanation {
  const all = branchesOf(judged, outage).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const telemetry = telemetryOf(judged, outage);
  const sum = (read: (branch: BranchEvidence) => number): number =>
    all.reduce((total, branch) => total + read(branch), 0);
  const { site } = judged;
  return {
    sources: {
      scada: telemetry.length,
      onu: sum(({ terminals }) => terminals),
      kaifa: sum(({ gasped }) => gasped),
      call_center: sum(({ calls }) => calls),
    },
    branches: all.slice(0, MOST_BRANCHES),
    branchCount: all.length,
    telemetry,
    alternatives: outage.alternatives.map(({ target, probability }) => ({
      devices: codesOf(judged, target),
      serviceOf: target.kind === 'service' ? (site.network.meterKey[target.meter] as number) : null,
      probability: round(probability),
    })),
    pings: pingsFor(judged, outage).map(({ meter, gain, dead }) => ({
      meterKey: site.network.meterKey[meter] as number,
      gain: round(gain),
      dead: round(dead),
    })),
  };
}

/** The meters to ask about an outage: those below it, and below what else may be open instead. */
function pingsFor(judged: JudgedZone, outage: TrackedOutage): readonly PingChoice[] {
  const { zone, evidence } = judged;
  const { policy } = evidence.meters;
  const ranges = outage.alternatives
    .filter(({ probability }) => probability > 1 - policy.pingUntil)
    .flatMap(({ target }) => (target.kind === 'device' ? [zone.nodes[target.node] as ZoneNode] : []));
  const isAbout = (meter: number): boolean =>
    [outage, ...ranges].some(({ from, to }) => meter >= from && meter < to);
  return judged.pings().best(MOST_PINGS, isAbout);
}

function codesOf({ site }: JudgedZone, { devices }: TrackedTarget): readonly string[] {
  return devices.map((device) => site.network.devices[device]?.code as string);
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function branchesOf(judged: JudgedZone, outage: TrackedOutage): BranchEvidence[] {
  const { site, zone, evidence, book } = judged;
  const { target } = outage;
  const startedAt = outage.startedAt / 1e6;
  const { slots, histories, said } = evidence;
  if (target.kind === 'service') {
    const words = book.meters.get(target.meter);
    const isOff = words?.offs.some((at) => at >= startedAt - SKEW_SECONDS) ?? false;
    const isOn = words?.ons.some(({ at }) => at > startedAt) ?? false;
    const odds = Math.min(1 - 1e-6, Math.max(1e-6, outage.confidence));
    return [
      {
        device: codesOf(judged, target)[0] as string,
        gasped: isOff ? 1 : 0,
        on: isOn ? 1 : 0,
        silent: 0,
        terminals: 0,
        calls: words?.calls.length ?? 0,
        weight: round(Math.log(odds / (1 - odds))),
      },
    ];
  }
  const off = slotToldAt(slots.offs, startedAt);
  const last = outage.endedAt === null ? -1 : slotToldAt(slots.ons, outage.endedAt / 1e6);
  if (off < 0) return [];
  const dead = histories.get(histories.spell(off, last));
  const on = histories.get(ALWAYS_ON);
  const likelihood = new NodeLikelihood(evidence, judged.regimes.usual);
  const logOf = (node: number, history: History): number => {
    const logs = [0];
    likelihood.addTo(logs, node, history);
    return logs[0] as number;
  };
  const branches: BranchEvidence[] = [];
  for (let node = target.node; node < (zone.nodes[target.node] as ZoneNode).end; node++) {
    const { devices, groups, meters } = zone.nodes[node] as ZoneNode;
    if (meters.length === 0) continue;
    const words = said[node];
    let gasped = 0;
    let heardOn = 0;
    let silent = 0;
    for (const [index, group] of groups.entries()) {
      const own = words?.groups[index];
      silent += own?.silent ?? group.meters.length;
      for (const { witness } of own?.heard ?? []) {
        if (witness.offs.some(({ at }) => at >= startedAt - SKEW_SECONDS)) gasped++;
        else if (witness.ons.some(({ at }) => at > startedAt)) heardOn++;
        else silent++;
      }
    }
    const terminals =
      words?.terminals.filter(({ offs }) => offs.some(({ at }) => at >= startedAt - SKEW_SECONDS)) ?? [];
    branches.push({
      device: site.network.devices[devices[0] as number]?.code ?? '',
      gasped,
      on: heardOn,
      silent,
      terminals: terminals.length,
      calls: words?.calls.length ?? 0,
      weight: round(logOf(node, dead) - logOf(node, on) + switchWeight(judged, node, off, last)),
    });
  }
  return branches;
}

/** What telemetry of a node's own position adds. */
function switchWeight({ evidence }: JudgedZone, node: number, off: number, on: number): number {
  return switchLog(evidence, node, [{ off, on }]) - switchLog(evidence, node, []);
}

function telemetryOf({ site, zone, book }: JudgedZone, outage: TrackedOutage): readonly TelemetryEvidence[] {
  const { target, startedAt, endedAt } = outage;
  if (target.kind === 'service') return [];
  const end = (zone.nodes[target.node] as ZoneNode).end;
  const until = endedAt ?? Number.POSITIVE_INFINITY;
  const told: TelemetryEvidence[] = [];
  for (const [device, words] of book.signals) {
    const node = zone.nodeOfDevice.get(device) ?? -1;
    if (node < target.node || node >= end) continue;
    for (const { at, kind } of words) {
      const instant = Math.round(at * 1e6);
      if (instant < startedAt - SKEW_SECONDS * 1e6 || instant > until) continue;
      const code = site.network.devices[device]?.code as string;
      if (kind === 'switch_open' || kind === 'voltage_lost')
        told.push({ device: code, says: kind === 'switch_open' ? 'open' : 'dead', at: instant });
    }
  }
  return told.sort((a, b) => a.at - b.at);
}
