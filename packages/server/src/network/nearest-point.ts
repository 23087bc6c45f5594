/** Mean radius of the earth in metres, as `haversine_distance_meters` has it. */
const EARTH_RADIUS_M = 6_371_000;

const METRES_PER_DEGREE = (Math.PI / 180) * EARTH_RADIUS_M;

/** Height of a band of latitude in degrees; about a kilometre, the largest distance that is searched for. */
const BAND_DEGREES = 0.01;

/** Great-circle distance in metres on a sphere (haversine formula). */
export function distanceMetres(lat1: number, lng1: number, lat2: number, lng2: number): number {
  const radians = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat1) * radians) / 2) ** 2 +
    Math.cos(lat1 * radians) * Math.cos(lat2 * radians) * Math.sin(((lng2 - lng1) * radians) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(a)));
}

/** A point of the search, with what it stands for. */
export interface SearchPoint {
  readonly lat: number;
  readonly lng: number;
  readonly index: number;
}

/** The nearest point to a place within a distance in metres, or null; of equally near ones the lowest index. */
export type FindNearest = (
  lat: number,
  lng: number,
  withinMetres: number,
) => { readonly index: number; readonly metres: number } | null;

/** Prepares points for `FindNearest`: bands of latitude, sorted by longitude. */
export function buildNearestSearch(points: readonly SearchPoint[]): FindNearest {
  const bands = new Map<number, SearchPoint[]>();
  for (const point of points) {
    const band = Math.floor(point.lat / BAND_DEGREES);
    const members = bands.get(band);
    if (members === undefined) bands.set(band, [point]);
    else members.push(point);
  }
  for (const members of bands.values()) members.sort((a, b) => a.lng - b.lng || a.index - b.index);

  return (lat, lng, withinMetres) => {
    const latSpan = withinMetres / METRES_PER_DEGREE;
    // Near the poles every longitude is near.
    const lngSpan = latSpan / Math.max(Math.cos((lat * Math.PI) / 180), 0.001);
    let best: { index: number; metres: number } | null = null;
    const last = Math.floor((lat + latSpan) / BAND_DEGREES);
    for (let band = Math.floor((lat - latSpan) / BAND_DEGREES); band <= last; band += 1) {
      const members = bands.get(band) ?? [];
      for (let at = firstAtOrAfter(members, lng - lngSpan); at < members.length; at += 1) {
        const point = members[at]!;
        if (point.lng > lng + lngSpan) break;
        const metres = distanceMetres(lat, lng, point.lat, point.lng);
        if (metres > withinMetres) continue;
        if (best === null || metres < best.metres || (metres === best.metres && point.index < best.index))
          best = { index: point.index, metres };
      }
    }
    return best;
  };
}

function firstAtOrAfter(members: readonly SearchPoint[], lng: number): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (members[middle]!.lng < lng) low = middle + 1;
    else high = middle;
  }
  return low;
}
