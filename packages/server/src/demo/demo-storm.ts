import type { Span } from '@lastgasp/engine';
import {
  DEMO_SCENARIO,
  planScenario,
  type SimulatedMessage,
  type Storm,
  simulateStorm,
} from '@lastgasp/engine/simulate';
import type { BundleSite } from '../simulation/read-bundle-site.ts';
import { partSeed } from './random.ts';

/** How long one storm is; the next one follows it at once. */
export const STORM_SECONDS = DEMO_SCENARIO.minutes * 60;

/** One storm of the demo, in the simulator's own time. Throws on a network that has no room for it. */
export function simulateDemoStorm({ site, name }: BundleSite, seed: number, index: number): Storm {
  const stormSeed = partSeed(seed, index);
  const planned = planScenario(DEMO_SCENARIO, site, stormSeed);
  if (planned === null) throw new Error(`the network ${name} has no room for the demo's storm`);
  return simulateStorm(site, { ...planned, behaviour: DEMO_SCENARIO.behaviour, seed: stormSeed });
}

/** The message with all its times moved by `span`: a storm is the same whenever it is played. */
export function movedMessage(message: SimulatedMessage, span: Span): SimulatedMessage {
  const receivedAt = message.receivedAt + span;
  if (message.source === 'kaifa') {
    const events = message.events.map((event) => ({
      ...event,
      eventAt: event.eventAt + span,
      causedAt: event.causedAt + span,
    }));
    return { ...message, receivedAt, sentAt: message.sentAt + span, events };
  }
  return { ...message, receivedAt, eventAt: message.eventAt + span, causedAt: message.causedAt + span };
}
