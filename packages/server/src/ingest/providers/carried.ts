import type { Provider } from '@lastgasp/model';
import type { JsonObject } from '../reading/json-object.ts';

/** What an envelope or a request says about the message in it. */
export interface Carried {
  /** Sender named by the request's header `X-SCADA-Source`. */
  readonly source?: string;
  /** The intake that the call center's envelope carries: `{intakeId, omsEventId}`. */
  readonly intake?: unknown;
}

/**
 * The message with what is carried with it, where it does not say it itself: SCADA's `source` and the call center's
 * `intake`. Absent, null and blank count as not said.
 */
export function withCarried(provider: Provider, message: JsonObject, carried: Carried): JsonObject {
  if (provider === 'scada' && carried.source !== undefined && isLeftOpen(message.source)) {
    return { ...message, source: carried.source };
  }
  if (provider === 'call-center' && carried.intake !== undefined && isLeftOpen(message.intake)) {
    return { ...message, intake: carried.intake };
  }
  return message;
}

function isLeftOpen(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
