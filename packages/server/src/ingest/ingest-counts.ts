import { PROVIDERS, type Provider } from '@lastgasp/model';

/** Provider events since the process started: received = stored + duplicates + rejected, an unreadable message counting as one. */
export interface ProviderCounts {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
}

export type IngestCounts = Readonly<Record<Provider, ProviderCounts>>;

/** Counters at nought for every provider. */
export const newIngestCounts = (): IngestCounts =>
  Object.fromEntries(
    PROVIDERS.map((provider) => [provider, { received: 0, stored: 0, duplicate: 0, rejected: 0 }]),
  ) as unknown as IngestCounts;
