import type { JsonObject } from '../reading/json-object.ts';

/** A message with one event that was checked: as it is handed on, and what it is about (`ReadMessage.subjects`). */
export interface CheckedMessage {
  readonly message: JsonObject;
  readonly subject: string;
}
