import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import type { JsonObject } from '../../reading/json-object.ts';
import { findFieldFault } from '../../reading/validate.ts';
import type { CheckedMessage } from '../checked-message.ts';
import { CallCenterMessage } from './call-center-message.ts';

const validator = Compile(CallCenterMessage);

/** A call center message as it is handed on: all of it, with a ticket id of digits as text; it is about its ticket. */
export function readCallCenterMessage(message: JsonObject): Result<CheckedMessage, Rejection> {
  const fault = findFieldFault(validator, message);
  if (fault !== null) return err(fault);
  const { ticketId } = message as CallCenterMessage;
  const subject = String(ticketId);
  return ok({ message: typeof ticketId === 'number' ? { ...message, ticketId: subject } : message, subject });
}
