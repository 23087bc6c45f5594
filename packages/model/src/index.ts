export * from './errors.ts';
export * from './rejection.ts';
export * from './result.ts';
export * from './vocabulary.ts';
export * from './wire/index.ts';
