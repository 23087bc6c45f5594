import type { Provider } from '@lastgasp/model';
import type { Carried } from '../reading/envelope.ts';
import type { JsonObject } from '../reading/json-object.ts';

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
