import type { Rejection } from '@lastgasp/model';
import { rejectWithin } from '../reading/reject.ts';

/** Something that was set aside: why, and what to look at and to send again once it is mended. */
export interface SetAside {
  readonly rejection: Rejection;
  readonly payload: string;
}

/**
 * Most text that one message may become. What is said once for several events (a header, an intake, an event's fields for
 * each of its meters) is repeated in each, so that 1 MB made for the purpose would become gigabytes; a real message becomes
 * twice its size.
 */
export const MAX_WRITTEN_CHARACTERS = 16 * 1024 * 1024;

/** What one message of a provider holds. */
export interface ReadMessage {
  /** The provider's events in order, each as the JSON text of the provider's own format that the SQL functions take. */
  readonly events: readonly string[];
  /**
   * What each of the events is about, at the same place of the list: a meter's asset or usage point, an ONU's number, a
   * substation's code, or a ticket's id. Events about one of them must be written in the order in which they came.
   */
  readonly subjects: readonly string[];
  readonly rejected: readonly SetAside[];
}

/** A message without events, for one reason. */
export function refuse(rejection: Rejection, payload: string): ReadMessage {
  return { events: [], subjects: [], rejected: [{ rejection, payload }] };
}

/** The same outcome with the paths of its rejections continued from `prefix`. */
export function within(prefix: string, read: ReadMessage): ReadMessage {
  if (prefix === '' || read.rejected.length === 0) return read;
  const rejected = read.rejected.map(({ rejection, payload }) => ({
    rejection: rejectWithin(prefix, rejection),
    payload,
  }));
  return { ...read, rejected };
}

/** Several outcomes as one, in order. */
export function joined(reads: readonly ReadMessage[]): ReadMessage {
  return {
    events: reads.flatMap((read) => read.events),
    subjects: reads.flatMap((read) => read.subjects),
    rejected: reads.flatMap((read) => read.rejected),
  };
}
