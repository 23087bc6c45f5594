export * from './attention.ts';
export * from './ingest.ts';
export * from './meter.ts';
export * from './network.ts';
export * from './outage.ts';
export * from './posterior.ts';
export * from './problem.ts';
export * from './provider.ts';
export { refTo, wordOf } from './schema.ts';
