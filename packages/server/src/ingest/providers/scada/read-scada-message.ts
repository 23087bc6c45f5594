import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { findHalfPlace } from '../../reading/find-half-place.ts';
import type { JsonObject } from '../../reading/json-object.ts';
import { findFieldFault } from '../../reading/validate.ts';
import { ScadaMessage } from './scada-message.ts';

const validator = Compile(ScadaMessage);

/** A SCADA message as it is handed on: all of it, unchanged. */
export function readScadaMessage(message: JsonObject): Result<JsonObject, Rejection> {
  const fault =
    findFieldFault(validator, message) ??
    findHalfPlace((message as ScadaMessage).coordinates, 'lat', 'lng', 'coordinates') ??
    findHalfPlace(message, 'latitude', 'longitude', '');
  return fault === null ? ok(message) : err(fault);
}
