export * from './estimators.ts';
export type { Incident } from './incidents.ts';
export { classDistance, classKeyOf, metersOfTarget } from './outage-class.ts';
export type * from './outage-estimator.ts';
export { type PingBehaviour, PingOracle, pingBehaviour } from './ping-oracle.ts';
export * from './run-estimator.ts';
export type { CheckScore, Prediction, ToldFault } from './score-check.ts';
export type { CourseScore, SeenFault } from './score-course.ts';
export * from './summarise-runs.ts';
