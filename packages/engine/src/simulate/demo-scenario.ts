import { adjusted, ordinaryBehaviour } from './behaviour.ts';
import { planDemo } from './plan-demo.ts';
import type { Scenario } from './scenario.ts';

/** How long one storm of the demo is; the next one follows it at once. */
const MINUTES = 120;

/**
 * What `npm start` plays. It is no test of the inference and not in its scores: the first minutes are chosen to show much, and
 * repairs take minutes.
 */
export const DEMO_SCENARIO: Scenario = {
  name: 'demo',
  summary:
    'What `npm start` plays: much in the first minutes, then a fault now and then, repaired in minutes.',
  minutes: MINUTES,
  checkMinutes: [5, 30, 60, 90],
  graceMinutes: 2,
  comparesOrder: false,
  needsLargeSite: false,
  behaviour: adjusted(ordinaryBehaviour, {
    // A viewer of ten minutes is to meet what an operator of ten weeks meets.
    meters: { unknownMeterShare: 0.01 },
    calls: { meanMinutes: 5, strayPerMeterHour: 1e-4 },
    transport: { repeatedShare: 0.04, brokenShare: 0.002, reorderShare: 0.02, reorderMinutes: 5 },
  }),
  plan: planDemo,
};
