import { adjusted, metersOnly, ordinaryBehaviour } from './behaviour.ts';
import { planPlannedWork, planSilentHeadEnd } from './plan-conditions.ts';
import {
  planChattering,
  planConcentratorGasp,
  planContradictingReads,
  planFalseSingles,
  planFibreCut,
  planForLateMessages,
  planLyingTelemetry,
  planSwappedMeters,
  planWrongTransformers,
} from './plan-disturbed.ts';
import {
  planFaults,
  planMomentaries,
  planNestedReclose,
  planOnePhase,
  planRecloserShots,
  planTieRestoration,
} from './plan-faults.ts';
import { planStorm } from './plan-storm.ts';
import type { Scenario } from './scenario.ts';

/** A quarter of an hour with one look at it, of meters only: what most scenarios are but for what they say. */
const SHORT = {
  minutes: 13,
  checkMinutes: [12],
  graceMinutes: 0,
  comparesOrder: false,
  needsLargeSite: false,
  behaviour: metersOnly,
} as const;

const withDelivery = (gaspDelivery: number) => adjusted(metersOnly, { meters: { gaspDelivery } });
const withDeadCells = (deadCellShare: number) => adjusted(metersOnly, { meters: { deadCellShare } });
const withTelemetry = adjusted(metersOnly, { telemetry: { isReporting: true, coveredShare: 1 } });

/** The faults that the storm day of a large utility brought, in an hour. */
const STORM_DAY_FAULTS_PER_HOUR = 1_457;

/** What the inference is judged on; the last one is an ordinary storm with every source and no special hardship. */
export const SCENARIOS: readonly Scenario[] = [
  ...[0.95, 0.8, 0.6, 0.3].map(
    (delivery): Scenario => ({
      ...SHORT,
      name: `single-${delivery}`,
      summary: `One device of any kind opens; of the gasps ${delivery * 100} % get through.`,
      behaviour: withDelivery(delivery),
      plan: planFaults(1),
    }),
  ),
  {
    ...SHORT,
    name: 'three-at-once',
    summary: 'Three devices open within a minute, none above another.',
    plan: planFaults(3),
  },
  {
    ...SHORT,
    name: 'ten-at-once-0.6',
    summary: 'Ten devices open within a minute, none above another; of the gasps 60 % get through.',
    behaviour: withDelivery(0.6),
    plan: planFaults(10),
  },
  ...[0.2, 0.6].map(
    (share): Scenario => ({
      ...SHORT,
      name: `dead-cells-${share * 100}`,
      summary: `One device opens; ${share * 100} % of the radio cells deliver nothing.`,
      behaviour: withDeadCells(share),
      plan: planFaults(1),
    }),
  ),
  {
    ...SHORT,
    name: 'nested-reclose',
    summary:
      'A breaker or recloser opens together with a device below it and recloses: the one below stays open.',
    minutes: 23,
    checkMinutes: [6, 22],
    plan: planNestedReclose,
  },
  {
    ...SHORT,
    name: 'tie-restoration',
    summary: 'The healthy end of a faulted section is fed over a tie, and the rest after the repair.',
    minutes: 40,
    checkMinutes: [8, 20, 38],
    plan: planTieRestoration,
  },
  {
    ...SHORT,
    name: 'momentary',
    summary: 'Four interruptions of one to three minutes, one after another; nothing is to be dispatched.',
    minutes: 24,
    checkMinutes: [22],
    plan: planMomentaries,
  },
  {
    ...SHORT,
    name: 'recloser-shots',
    summary: 'A reclosing device opens three times and stays open in one of two storms; with telemetry.',
    minutes: 15,
    checkMinutes: [14],
    behaviour: withTelemetry,
    plan: planRecloserShots,
  },
  {
    ...SHORT,
    name: 'false-single',
    summary: 'One device opens; elsewhere single meters and unplugged terminals gasp with supply there.',
    behaviour: adjusted(metersOnly, { terminals: { isReporting: true } }),
    plan: planFalseSingles,
  },
  {
    ...SHORT,
    name: 'concentrator-gasp',
    summary: 'One device opens; elsewhere a concentrator without supply gasps for all its meters.',
    plan: planConcentratorGasp,
  },
  {
    ...SHORT,
    name: 'swapped-meters',
    summary: 'One device opens; of the meters 2 % are registered in each other’s places.',
    plan: planSwappedMeters(0.02),
  },
  {
    ...SHORT,
    name: 'wrong-transformer',
    summary: 'One device opens; of the meters 2 % really hang on a neighbouring transformer.',
    plan: planWrongTransformers(0.02),
  },
  {
    ...SHORT,
    name: 'chattering',
    summary: 'One device opens; elsewhere five meters with loose contacts gasp and come back all the time.',
    plan: planChattering,
  },
  {
    ...SHORT,
    name: 'duplicates-reorder',
    summary: 'Three faults; every message comes three times, and half of them up to 30 minutes late.',
    minutes: 60,
    checkMinutes: [58],
    comparesOrder: true,
    behaviour: adjusted(metersOnly, { transport: { copies: 3, reorderShare: 0.5, reorderMinutes: 30 } }),
    plan: planForLateMessages,
  },
  {
    ...SHORT,
    name: 'clock-skew',
    summary: 'One device opens; the clocks of the meters are up to two minutes off.',
    comparesOrder: true,
    behaviour: adjusted(metersOnly, { meters: { clockSkewSeconds: 120 } }),
    plan: planFaults(1),
  },
  {
    ...SHORT,
    name: 'carrier-late',
    summary: 'Three faults; the carrier of three cells in ten works in batches an hour late.',
    minutes: 100,
    checkMinutes: [30, 98],
    comparesOrder: true,
    behaviour: adjusted(metersOnly, { meters: { lateCellShare: 0.3 } }),
    plan: planForLateMessages,
  },
  {
    ...SHORT,
    name: 'contradicting-reads',
    summary: 'A part of a zone is off; false gasps come from the rest, then readings contradict them.',
    plan: planContradictingReads,
  },
  {
    ...SHORT,
    name: 'lying-telemetry',
    summary: 'A relay under test tells of a trip that did not happen; a real one comes without telemetry.',
    behaviour: withTelemetry,
    plan: planLyingTelemetry,
  },
  {
    ...SHORT,
    name: 'calls-only',
    summary: 'Three devices open and nobody tells but customers, of whom one in five calls.',
    minutes: 62,
    checkMinutes: [30, 60],
    behaviour: adjusted(metersOnly, {
      meters: { isReporting: false },
      calls: { isReporting: true, eventualShare: 0.2 },
    }),
    plan: planFaults(3),
  },
  {
    ...SHORT,
    name: 'onu-battery-fibre-cut',
    summary: 'A device opens; only fibre terminals and customers tell, some have batteries, a fibre is cut.',
    minutes: 32,
    checkMinutes: [30],
    behaviour: adjusted(metersOnly, {
      meters: { isReporting: false },
      terminals: { isReporting: true, batteryShare: 0.4 },
      calls: { isReporting: true },
    }),
    plan: planFibreCut,
  },
  {
    ...SHORT,
    name: 'one-phase',
    summary: 'A three-phase device loses one phase of three.',
    plan: planOnePhase,
  },
  {
    ...SHORT,
    name: 'planned-work',
    summary:
      'A device is opened for announced work while two others fail; every source reports. A crew is to be sent to what stays off after the work, and none to the work.',
    minutes: 64,
    checkMinutes: [36, 62],
    graceMinutes: 5,
    behaviour: ordinaryBehaviour,
    plan: planPlannedWork,
  },
  {
    ...SHORT,
    name: 'silent-head-end',
    summary:
      'An hour of storm with every source; for 20 minutes the head-end says nothing, which somebody notes after two.',
    minutes: 64,
    checkMinutes: [22, 38, 50, 62],
    graceMinutes: 5,
    behaviour: ordinaryBehaviour,
    plan: planSilentHeadEnd(6),
  },
  {
    ...SHORT,
    name: 'storm-day',
    summary: `Every source, and ${STORM_DAY_FAULTS_PER_HOUR.toLocaleString('en')} new faults an hour, services among them; a small site gets what it can carry.`,
    minutes: 60,
    checkMinutes: [15, 30, 45, 58],
    graceMinutes: 5,
    needsLargeSite: true,
    behaviour: adjusted(ordinaryBehaviour, { transport: { reorderShare: 0.02, reorderMinutes: 10 } }),
    plan: planStorm(STORM_DAY_FAULTS_PER_HOUR),
  },
  {
    ...SHORT,
    name: 'ordinary',
    summary: 'Two hours of an ordinary storm: every source reports, with its usual weaknesses.',
    minutes: 120,
    checkMinutes: [30, 60, 90, 118],
    graceMinutes: 5,
    behaviour: ordinaryBehaviour,
    plan: planStorm(4),
  },
];

/** The scenario of this name; undefined where there is none. */
export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
