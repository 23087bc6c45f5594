import type { Instant } from '../instant.ts';
import type { StormBehaviour } from './behaviour.ts';
import { deliverMessages } from './deliver-messages.ts';
import type { EvidenceRecord } from './evidence-record.ts';
import { messageEvidence } from './message-evidence.ts';
import { observeCalls } from './observe-calls.ts';
import { observeMeters } from './observe-meters.ts';
import { observeTelemetry } from './observe-telemetry.ts';
import { observeTerminals } from './observe-terminals.ts';
import { withoutSilenced } from './silence-sources.ts';
import type { SimulatedMessage } from './simulated-message.ts';
import type { Site } from './site.ts';
import { drawConditions, type StormPeriod, type StormWorld } from './storm-conditions.ts';
import type { StormPlan } from './storm-plan.ts';
import { deriveSupply } from './supply.ts';

/** What a storm is made from. */
export interface StormOptions {
  readonly plan: StormPlan;
  readonly behaviour: StormBehaviour;
  readonly period: StormPeriod;
  readonly seed: number;
}

/** A storm with its truth: who really had no supply, what was said, and what that is as evidence. */
export interface Storm extends StormWorld {
  /** In order of receipt. */
  readonly messages: readonly SimulatedMessage[];
  /** In order of receipt; without a database, what the messages would leave in its evidence log. */
  readonly evidence: readonly EvidenceRecord[];
}

/** Midnight in UTC of a winter's day, from which storms are played unless told otherwise. */
export const STORM_START: Instant = Date.UTC(2026, 0, 5) * 1_000;

/** Plays a planned storm: physical truth first, then what each source makes of it. The same options give the same storm. */
export function simulateStorm(site: Site, options: StormOptions): Storm {
  const supply = deriveSupply(site, options.plan);
  const before = { site, supply, ...options };
  const world: StormWorld = { ...before, conditions: drawConditions(before) };
  const sent = [
    ...observeTelemetry(world),
    ...observeMeters(world),
    ...observeTerminals(world),
    ...observeCalls(world),
  ];
  const messages = withoutSilenced(deliverMessages(world, sent), world.conditions.silences);
  return { ...world, messages, evidence: messageEvidence(site, messages) };
}
