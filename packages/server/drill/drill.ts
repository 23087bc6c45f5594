import type { CarrierKind } from './load/carrier.ts';
import type { LoadOptions } from './load/make-load.ts';
import type { Stage } from './stage.ts';

/** One fault, played on real processes. */
export interface Drill {
  /** What `--only` takes. */
  readonly name: string;
  /** What fails, in a sentence. */
  readonly fault: string;
  /** By what it is seen that it really failed. */
  readonly proof: string;
  /** What ends the fault; nothing else is done for the server's sake. */
  readonly healing: string;
  /** Whether it belongs to the short form, which runs before every change goes in. */
  readonly isShort: boolean;
  /** Processes of `serve` that run when it begins; 1 unless told. */
  readonly processes?: number;
  readonly roles?: string;
  /** Set for every process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How messages get there; by HTTP unless told. */
  readonly carrier?: CarrierKind;
  /** Whether each message goes to every process at the same moment. */
  readonly sendsToAll?: boolean;
  readonly load?: LoadOptions;
  /** Deliveries a second; 250 unless told. */
  readonly ratePerSecond?: number;
  /** A PostgreSQL of its own, on a small disk. */
  readonly hasSmallDisk?: boolean;
  /** Why it cannot be played on this machine; null where it can. */
  readonly whyNot?: () => Promise<string | null>;
  /** Makes the fault, proves it, ends it. Load runs meanwhile; what must hold is looked at afterwards. */
  readonly play: (stage: Stage) => Promise<void>;
}
