export { customersInterval, type IntervalOptions } from './customers-interval.ts';
export * from './device-classes.ts';
export { isLogLikelihood, LOG_LIKELIHOOD_LIMIT } from './log-space.ts';
export * from './meter-message.ts';
export * from './most-probable.ts';
export { type PosteriorForest, SOURCE } from './posterior-forest.ts';
export * from './posterior-tree.ts';
