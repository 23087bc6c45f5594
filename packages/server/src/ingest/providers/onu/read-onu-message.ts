import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { findHalfPlace } from '../../reading/find-half-place.ts';
import type { JsonObject } from '../../reading/json-object.ts';
import { findFieldFault } from '../../reading/validate.ts';
import type { CheckedMessage } from '../checked-message.ts';
import { OnuMessage } from './onu-message.ts';

const validator = Compile(OnuMessage);

/** An ONU message as it is handed on: all of it, unchanged; it is about its ONU. */
export function readOnuMessage(message: JsonObject): Result<CheckedMessage, Rejection> {
  const fault =
    findFieldFault(validator, message) ??
    findHalfPlace((message as OnuMessage).location, 'lat', 'lng', 'location');
  if (fault !== null) return err(fault);
  return ok({ message, subject: String((message as OnuMessage).onuId) });
}
