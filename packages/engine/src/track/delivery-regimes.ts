import type { CallShare, DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import { inferZone, type SpellBelief, type ZoneBeliefs } from './infer-zone.ts';
import { inRegime, type ZoneEvidence } from './node-likelihood.ts';
import type { Zone } from './zone.ts';
import { ZoneSilence } from './zone-silence.ts';

/** Below this a regime is not worth averaging over. */
const NEGLIGIBLE = 0.002;

/** How the sources of a site may do for the time being, with the silence of a zone under it. */
export interface Regime {
  readonly weight: number;
  readonly delivery: readonly DeliveryState[];
  readonly callShares: readonly CallShare[];
  readonly silence: ZoneSilence;
}

/** The regimes of a zone: of its meters' delivery, and, for where no meter is heard of, of how many customers call. */
export interface ZoneRegimes {
  readonly byDelivery: readonly Regime[];
  readonly byCalls: readonly Regime[];
}

/** Makes the regimes of a zone; what they hold is filled when it is asked for. */
export function zoneRegimes(zone: Zone, policy: TrackingPolicy): ZoneRegimes {
  const regime = (
    weight: number,
    delivery: readonly DeliveryState[],
    callShares: readonly CallShare[],
  ): Regime => ({
    weight,
    delivery,
    callShares,
    silence: new ZoneSilence(zone, policy, delivery, callShares),
  });
  const usual = policy.deliveryRegimes[0]?.meterDelivery ?? [];
  return {
    byDelivery: policy.deliveryRegimes.map(({ weight, meterDelivery }) =>
      regime(weight, meterDelivery, policy.callShares),
    ),
    byCalls: policy.callShares.map(({ weight, share }) => regime(weight, usual, [{ share, weight: 1 }])),
  };
}

/**
 * The beliefs about a zone, averaged over how well its cells may deliver: each regime as likely as its weight and the evidence make it.
 */
export function inferOverRegimes(evidence: ZoneEvidence, { byDelivery, byCalls }: ZoneRegimes): ZoneBeliefs {
  const regimes = evidence.heard.meters
    ? byDelivery
    : evidence.heard.calls
      ? byCalls
      : byDelivery.slice(0, 1);
  const judged = regimes.map((regime) => {
    const beliefs = inferZone(inRegime(evidence, regime.delivery, regime.callShares), regime.silence);
    return { beliefs, log: Math.log(regime.weight) + beliefs.logEvidence };
  });
  const most = Math.max(...judged.map(({ log }) => log));
  const sum = judged.reduce((total, { log }) => total + Math.exp(log - most), 0);
  const parts = judged
    .map(({ beliefs, log }) => ({ beliefs, weight: Math.exp(log - most) / sum }))
    .filter(({ weight }) => weight >= NEGLIGIBLE);
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first.beliefs;
  return average(parts, most + Math.log(sum));
}

function average(
  parts: readonly { readonly beliefs: ZoneBeliefs; readonly weight: number }[],
  logEvidence: number,
): ZoneBeliefs {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const count = parts[0]?.beliefs.dead.length ?? 0;
  const interrupting = new Float64Array(count);
  const dead = new Float64Array(count);
  const spells: SpellBelief[][] = Array.from({ length: count }, () => []);
  const services = new Map<number, readonly SpellBelief[]>();
  for (const { beliefs, weight } of parts) {
    const share = weight / total;
    for (let node = 0; node < count; node++) {
      interrupting[node] = (interrupting[node] as number) + share * (beliefs.interrupting[node] as number);
      dead[node] = (dead[node] as number) + share * (beliefs.dead[node] as number);
      spells[node] = addSpells(spells[node] as SpellBelief[], beliefs.spells[node] ?? [], share);
    }
    for (const [meter, own] of beliefs.services) {
      services.set(meter, addSpells([...(services.get(meter) ?? [])], own, share));
    }
  }
  return { logEvidence, interrupting, dead, spells, services };
}

function addSpells(sum: SpellBelief[], more: readonly SpellBelief[], share: number): SpellBelief[] {
  for (const { off, on, probability } of more) {
    const at = sum.findIndex((known) => known.off === off && known.on === on);
    const known = sum[at];
    if (known === undefined) sum.push({ off, on, probability: share * probability });
    else sum[at] = { ...known, probability: known.probability + share * probability };
  }
  return sum;
}
