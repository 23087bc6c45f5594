import type { Provider, Rejection, SourceType } from '@lastgasp/model';
import type { StoredEvent } from '../store/queries/ingest/insert-events.ts';

/** A message as a transport hands it in: nothing of it has been looked at yet. */
export interface InboundMessage {
  readonly provider: Provider;
  /** The bytes or text as they came; an object where the transport has parsed JSON already (a recorded file). */
  readonly body: Uint8Array | string | object;
  readonly receivedAt: Date;
  readonly transport: 'http' | 'file' | 'kafka';
  /** Who sent it, where the transport knows (the `X-SCADA-Source` header). */
  readonly sender?: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: bigint;
}

/** What became of a message, told only after everything in it is committed. */
export interface Receipt {
  readonly events: readonly StoredEvent[];
  readonly rejected: readonly SetAside[];
  /** Where a gateway also, or only, put it on a topic. */
  readonly published?: Published;
}

/** What was put on a topic, and the ids by which a caller may ask for each ticket of it. */
export interface Published {
  readonly events: number;
  readonly tickets: readonly {
    readonly ticketId: string;
    readonly intakeId: string;
    readonly omsEventId: string;
  }[];
}

/** A part of a message that was set aside, and under which dead letter it is kept. */
export interface SetAside {
  readonly rejection: Omit<Rejection, 'code'> & { readonly code: string };
  readonly deadLetterId: number;
}

/** The provider as the database writes it. */
export const toSourceType = (provider: Provider): Exclude<SourceType, 'system'> =>
  provider === 'call-center' ? 'call_center' : provider;
