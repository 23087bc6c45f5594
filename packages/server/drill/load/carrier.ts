import type { Delivery } from './make-load.ts';

export const CARRIER_KINDS = ['http', 'kafka'] as const;
export type CarrierKind = (typeof CARRIER_KINDS)[number];

/**
 * What a sender learns of one delivery: `taken` is acknowledged, `refused` is acknowledged as set aside, `again` is to be
 * sent again, by an answer that says so or for want of an answer.
 */
export type Carried =
  | { readonly kind: 'taken' | 'refused'; readonly counted: Counted }
  | { readonly kind: 'again'; readonly isAnswered: boolean }
  | { readonly kind: 'fault'; readonly text: string };

/** What an answer counts of a message's events. */
export interface Counted {
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: number;
}

/** The way of messages to the server. */
export interface Carrier {
  readonly carry: (delivery: Delivery) => Promise<readonly Carried[]>;
  readonly close: () => Promise<void>;
}
