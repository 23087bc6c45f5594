import type { Quality, Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON, type Histories } from './histories.ts';
import type { ZoneBeliefs } from './infer-zone.ts';
import type { Logs } from './log-vectors.ts';
import { NodeLikelihood } from './node-likelihood.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { CellGroup, ZoneNode } from './zone.ts';

/** Where some meters of a cell hang, and as which of the node's groups. */
interface Place {
  readonly node: number;
  readonly index: number;
}

/**
 * How likely the cells of a zone answer for a meter with supply, given what was heard through them. Silence of branches that may be out is
 * not held against a cell, since what is asked is what follows where they have supply.
 */
export class CellAnswers {
  readonly #evidence: ZoneEvidence;
  readonly #beliefs: ZoneBeliefs;
  readonly #regimes: Regimes;
  readonly #likelihood: NodeLikelihood;
  /** By cell: where something was said through it. */
  readonly #heard = new Map<number, Place[]>();
  /** By quality: log P(the regime is its, and a cell of that regime has it). */
  readonly #logs: Logs;
  /** P(a meter with supply answers | nothing was ever said through its cell), 0 to 1. */
  readonly usual: number;

  constructor(evidence: ZoneEvidence, beliefs: ZoneBeliefs, regimes: Regimes) {
    this.#evidence = evidence;
    this.#beliefs = beliefs;
    this.#regimes = regimes;
    this.#likelihood = new NodeLikelihood(evidence, regimes);
    const logs = regimes.all.map(({ weight }) => Math.log(weight));
    for (const [node, words] of evidence.said.entries()) {
      if (words === null) continue;
      let isHeard = false;
      for (const [index, { heard }] of words.groups.entries()) {
        if (heard.length === 0) continue;
        isHeard = true;
        const { cell } = groupAt(evidence, { node, index });
        const places = this.#heard.get(cell);
        if (places === undefined) this.#heard.set(cell, [{ node, index }]);
        else places.push({ node, index });
      }
      if (isHeard)
        this.#likelihood.addTo(logs, node, evidence.histories.get(beliefs.history[node] as number));
    }
    const shares = sharesOf(logs);
    this.#logs = regimes.qualities.map(
      ({ regime, logWeight }) => logWeight + Math.log(shares[regime] as number),
    );
    this.usual = this.#answered(this.#logs);
  }

  /** P(a meter of a node's group answers | it has supply), 0 to 1. */
  of(node: number, index: number): number {
    const { histories } = this.#evidence;
    const { cell } = groupAt(this.#evidence, { node, index });
    const logs = this.#logs.slice();
    const alive = withSupply(histories, this.#beliefs.history[node] as number);
    this.#likelihood.addGroup(logs, node, index, histories.get(alive));
    for (const place of this.#heard.get(cell) ?? []) {
      if (place.node === node) continue;
      const history = this.#beliefs.history[place.node] as number;
      this.#likelihood.addGroup(logs, place.node, place.index, histories.get(history));
    }
    return this.#answered(logs);
  }

  #answered(logs: Logs): number {
    const { qualities, rates } = this.#regimes;
    let works = 0;
    for (const [q, share] of sharesOf(logs).entries())
      if ((rates[(qualities[q] as Quality).rate]?.restore ?? 0) > 0) works += share;
    return works * this.#evidence.meters.policy.pingAnsweredOn;
  }
}

function groupAt({ zone }: ZoneEvidence, { node, index }: Place): CellGroup {
  return (zone.nodes[node] as ZoneNode).groups[index] as CellGroup;
}

/** A history without the spell that lasts. */
function withSupply(histories: Histories, id: number): number {
  const { isDeadNow, spells } = histories.get(id);
  if (!isDeadNow) return id;
  let alive = ALWAYS_ON;
  for (const { off, on } of spells.slice(0, -1)) alive = histories.join(alive, histories.spell(off, on));
  return alive;
}

function sharesOf(logs: Logs): Logs {
  const most = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}
