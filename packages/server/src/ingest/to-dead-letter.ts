import { createHash } from 'node:crypto';
import type { DatabaseError } from 'pg';
import type { NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import { type InboundMessage, toSourceType } from './inbound-message.ts';

/** A part of a message as it is set aside: where it came from, and why it is not taken. */
export function toDeadLetter(
  message: InboundMessage,
  payload: string,
  rejection: NewDeadLetter['rejection'],
): NewDeadLetter {
  const bytes = Buffer.from(payload);
  return {
    sourceType: toSourceType(message.provider),
    transport: message.transport,
    sender: message.sender ?? null,
    topic: message.topic ?? null,
    partition: message.partition ?? null,
    offset: message.offset ?? null,
    rejection,
    payload: bytes,
    payloadSha256: createHash('sha256').update(bytes).digest(),
    receivedAt: message.receivedAt,
  };
}

/** Why an event that the readers took is set aside all the same: the database's own words. */
export const refusalOf = (error: DatabaseError): NewDeadLetter['rejection'] => ({
  code: 'refused_by_database',
  field: error.column ?? null,
  reason: `the database refused it: ${error.message} (${error.code})`,
});
