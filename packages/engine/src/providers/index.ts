export * from './judge-provider.ts';
export * from './policy-providers.ts';
export type * from './provider-figures.ts';
export type { ProviderRhythm } from './provider-rhythm.ts';
export * from './settle-conditions.ts';
