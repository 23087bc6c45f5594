export * from './estimators.ts';
export { classTimes, demandAt, type Incident, incidentsOf } from './incidents.ts';
export { type ClassKey, classDistance, classKeyOf, isOnOnePath, metersOfTarget } from './outage-class.ts';
export type * from './outage-estimator.ts';
export { type PingBehaviour, PingOracle, pingBehaviour } from './ping-oracle.ts';
export * from './run-estimator.ts';
export type { CheckScore, Prediction, ToldFault } from './score-check.ts';
export { type CourseScore, CourseScorer, type SeenFault } from './score-course.ts';
export * from './summarise-runs.ts';
