import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { findHalfPlace } from '../../reading/find-half-place.ts';
import type { JsonObject } from '../../reading/json-object.ts';
import { findFieldFault } from '../../reading/validate.ts';
import { OnuMessage } from './onu-message.ts';

const validator = Compile(OnuMessage);

/** An ONU message as it is handed on: all of it, unchanged. */
export function readOnuMessage(message: JsonObject): Result<JsonObject, Rejection> {
  const fault =
    findFieldFault(validator, message) ??
    findHalfPlace((message as OnuMessage).location, 'lat', 'lng', 'location');
  return fault === null ? ok(message) : err(fault);
}
