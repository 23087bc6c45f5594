import type { EvidenceKind } from '@lastgasp/model';
import type { EvidenceSource } from '../evidence.ts';
import type { Instant } from '../instant.ts';

/** One row of the evidence log, of any kind: exactly one of the two keys is given. */
export interface EvidenceRecord {
  /** Two records with one key are one; ascending in the order of receipt. */
  readonly key: number;
  readonly kind: EvidenceKind;
  readonly eventAt: Instant;
  readonly receivedAt: Instant;
  readonly source: EvidenceSource;
  /** Database key of the meter that it is about. */
  readonly meterKey: number | null;
  /** Database key of the device that it is about. */
  readonly deviceKey: number | null;
}
