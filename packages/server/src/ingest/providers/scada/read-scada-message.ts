import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { findHalfPlace } from '../../reading/find-half-place.ts';
import type { JsonObject } from '../../reading/json-object.ts';
import { findFieldFault } from '../../reading/validate.ts';
import type { CheckedMessage } from '../checked-message.ts';
import { ScadaMessage } from './scada-message.ts';

const validator = Compile(ScadaMessage);

/** A SCADA message as it is handed on: all of it, unchanged; it is about its substation, so that a trip stays before the closing. */
export function readScadaMessage(message: JsonObject): Result<CheckedMessage, Rejection> {
  const fault =
    findFieldFault(validator, message) ??
    findHalfPlace((message as ScadaMessage).coordinates, 'lat', 'lng', 'coordinates') ??
    findHalfPlace(message, 'latitude', 'longitude', '');
  if (fault !== null) return err(fault);
  return ok({ message, subject: (message as ScadaMessage).substationId });
}
