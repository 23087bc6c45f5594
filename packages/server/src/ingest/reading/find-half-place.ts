import type { Rejection } from '@lastgasp/model';
import { joinPath, reject } from './reject.ts';

/** The rejection of a place of which only one of latitude and longitude is given; null for both or neither. */
export function findHalfPlace(
  place: { readonly [key: string]: unknown } | null | undefined,
  latitudeKey: string,
  longitudeKey: string,
  path: string,
): Rejection | null {
  const latitudeGiven = isGiven(place?.[latitudeKey]);
  if (latitudeGiven === isGiven(place?.[longitudeKey])) return null;
  const [absent, given] = latitudeGiven ? [longitudeKey, latitudeKey] : [latitudeKey, longitudeKey];
  return reject('missing_field', joinPath(path, absent), `is missing beside ${joinPath(path, given)}`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
