import type { FindingCode, FindingLog } from './finding.ts';
import { IdIndex } from './id-index.ts';
import { buildNearestSearch, type FindNearest } from './nearest-point.ts';
import type { MeterRow } from './network-rows.ts';
import { NONE, type Topology, type TopologyDevice } from './topology.ts';

/** How a meter's place in the network is known, as `oms_meters.link_source` has it. */
export const LINK_SOURCES = ['explicit', 'building', 'proximity', 'none'] as const;
export type LinkSource = (typeof LINK_SOURCES)[number];

/** Where a meter hangs; indices into the topology, `NONE` where it has none. */
export interface MeterPlace {
  readonly device: number;
  readonly distributionPoint: number;
  readonly feeder: number;
  readonly substation: number;
  /** True where its feeder's trip does not concern it. */
  readonly isAboveFeederHead: boolean;
  readonly linkSource: LinkSource;
  /** Metres to the distribution point that it was linked to by proximity, else null. */
  readonly linkDistanceM: number | null;
}

/** A distribution point further off than this is hardly a meter's own: low voltage does not reach that far. */
export const MAX_LINK_DISTANCE_M = 1_000;

const UNPLACED: MeterPlace = {
  device: NONE,
  distributionPoint: NONE,
  feeder: NONE,
  substation: NONE,
  isAboveFeederHead: false,
  linkSource: 'none',
  linkDistanceM: null,
};

/**
 * Finds the place of one meter after another. First every meter goes through `placeByLink`; those for which
 * that gives null go through `placeByFallback` once all the others are known, since a neighbour in the same
 * building may come later in the file.
 */
export class MeterPlacer {
  readonly #topology: Topology;
  readonly #findings: FindingLog;
  readonly #takenIds: Set<string>;
  readonly #buildings = new IdIndex();
  /** By building: the index of a distribution point, or of a device as `-2 - index`. */
  readonly #placeOfBuilding: number[] = [];
  readonly #metersOnIsland = new Map<number, number>();
  #findNearest: FindNearest | null = null;

  constructor(topology: Topology, findings: FindingLog) {
    this.#topology = topology;
    this.#findings = findings;
    this.#takenIds = new Set(topology.devices.map(({ deviceId }) => deviceId));
    topology.distributionPoints.forEach(({ row }, point) => {
      if (row.buildingId !== null && this.#canSupply(point)) this.#learnBuilding(row.buildingId, point);
    });
  }

  /** The place that the meter's own upstream or feeder gives it, or null where they give none. */
  placeByLink(row: MeterRow): MeterPlace | null {
    const { feeders, feederById, headOfFeeder, devices } = this.#topology;
    const named = feederById.get(row.feederId) ?? NONE;
    if (row.feederId !== '' && named === NONE)
      this.#note(row, 'unknown_feeder', 'feeder_id', `the feeder ${row.feederId} is not in the network`);
    const { device, distributionPoint } = this.#followUpstream(row);

    if (device === NONE) {
      if (named === NONE) return null;
      this.#note(row, 'meter_without_device', 'upstream_id', `hangs on feeder ${row.feederId} as a whole`);
      return this.#placeAt(row, headOfFeeder[named]!, distributionPoint, 'explicit');
    }
    const followed = devices[device]!.feeder;
    if (followed !== NONE && named !== NONE && followed !== named) {
      const reason = `is said to be of feeder ${row.feederId}, but hangs below ${devices[device]!.deviceId} of feeder ${feeders[followed]!.feederId}, which counts`;
      this.#note(row, 'feeder_disagrees', 'feeder_id', reason);
    }
    if (followed === NONE && named !== NONE && !this.#isOfSubstation(named, devices[device]!)) {
      const reason = `feeder ${row.feederId} is not of the substation of ${devices[device]!.deviceId}, which counts`;
      this.#note(row, 'feeder_disagrees', 'feeder_id', reason);
      return this.#placeAt(row, device, distributionPoint, 'explicit');
    }
    return this.#placeAt(row, device, distributionPoint, 'explicit', named);
  }

  /** The place of a meter without a link: that of its building, else the nearest distribution point, else none. */
  placeByFallback(row: MeterRow): MeterPlace {
    const building = row.buildingId === null ? -1 : this.#buildings.numberOf(row.buildingId);
    if (building >= 0) {
      const place = this.#placeOfBuilding[building]!;
      const point = place >= 0 ? place : NONE;
      const device = place >= 0 ? this.#deviceOfPoint(place) : -2 - place;
      const what = place >= 0 ? this.#pointId(place) : this.#topology.devices[device]!.deviceId;
      this.#note(
        row,
        'linked_by_building',
        'upstream_id',
        `linked to ${what} of its building ${row.buildingId}`,
      );
      return this.#placeAt(row, device, point, 'building');
    }
    const near =
      row.lat === null || row.lng === null ? null : this.#nearest(row.lat, row.lng, MAX_LINK_DISTANCE_M);
    if (near !== null) {
      const metres = Math.round(near.metres * 10) / 10;
      this.#note(
        row,
        'linked_by_proximity',
        'upstream_id',
        `linked to ${this.#pointId(near.index)}, ${metres} m away`,
      );
      const device = this.#deviceOfPoint(near.index);
      return { ...this.#placeAt(row, device, near.index, 'proximity'), linkDistanceM: metres };
    }
    this.#note(
      row,
      'not_linked',
      'upstream_id',
      'has no upstream, feeder or building, and no distribution point is near',
    );
    return UNPLACED;
  }

  /** Tells of every island, once all meters have their place. */
  tellIslands(): void {
    const { devices } = this.#topology;
    const below = new Map<number, number>();
    for (const { island } of devices) {
      if (island !== NONE) below.set(island, (below.get(island) ?? -1) + 1);
    }
    for (const [island, count] of below) {
      const meters = this.#metersOnIsland.get(island) ?? 0;
      const { deviceId, origin } = devices[island]!;
      if (origin === null || (count === 0 && meters === 0)) continue;
      const reason = `${count} devices and ${meters} meters are fed only through it, and it is normally open`;
      this.#findings.add({
        code: 'island',
        ...origin,
        field: 'normally_open',
        id: deviceId,
        reason,
        leftOut: false,
      });
    }
  }

  /** The device and distribution point that `upstream_id` names, `NONE` where it names none. */
  #followUpstream(row: MeterRow): { readonly device: number; readonly distributionPoint: number } {
    const topology = this.#topology;
    const id = row.upstreamId;
    if (id === '') return { device: NONE, distributionPoint: NONE };
    const point = topology.distributionPointById.get(id);
    const device = topology.deviceById.get(id);
    if (device !== undefined)
      return { device, distributionPoint: point ?? topology.distributionPointOfDevice.get(device) ?? NONE };
    if (point !== undefined) return { device: this.#deviceOfPoint(point), distributionPoint: point };
    const feeder = topology.feederById.get(id);
    if (feeder !== undefined) return { device: topology.headOfFeeder[feeder]!, distributionPoint: NONE };
    const substation = topology.substationById.get(id);
    if (substation !== undefined)
      return { device: topology.deviceOfSubstation[substation]!, distributionPoint: NONE };
    this.#note(row, 'unknown_upstream', 'upstream_id', `${id} is not in the network`);
    return { device: NONE, distributionPoint: NONE };
  }

  #placeAt(
    row: MeterRow,
    device: number,
    distributionPoint: number,
    linkSource: LinkSource,
    namedFeeder: number = NONE,
  ): MeterPlace {
    const { feeder: followed, substation, isBelowHead, island } = this.#topology.devices[device]!;
    if (island !== NONE) this.#metersOnIsland.set(island, (this.#metersOnIsland.get(island) ?? 0) + 1);
    if (row.buildingId !== null && linkSource === 'explicit')
      this.#learnBuilding(row.buildingId, distributionPoint === NONE ? -2 - device : distributionPoint);
    const feeder = followed === NONE ? namedFeeder : followed;
    const isAboveFeederHead = feeder !== NONE && !isBelowHead;
    return {
      device,
      distributionPoint,
      feeder,
      substation,
      isAboveFeederHead,
      linkSource,
      linkDistanceM: null,
    };
  }

  /** A distribution point that no device supplies becomes a device below its feeder's head when a meter asks for it. */
  #deviceOfPoint(point: number): number {
    const { distributionPoints, devices, headOfFeeder } = this.#topology;
    const place = distributionPoints[point]!;
    if (place.device !== NONE || place.feeder === NONE) return place.device;
    const head = headOfFeeder[place.feeder]!;
    const { dpId, name, lat, lng, line } = place.row;
    const { substation, island, isBelowHead } = devices[head]!;
    const device: TopologyDevice = {
      deviceId: this.#uniqueId(dpId, line),
      kind: 'distribution_point',
      name,
      feeder: place.feeder,
      substation,
      upstream: head,
      normallyOpen: false,
      otherEnd: NONE,
      phases: null,
      isFeederHead: false,
      implied: false,
      isBelowHead,
      island,
      lat,
      lng,
      origin: { file: 'distribution_points.csv', line },
    };
    place.device = devices.push(device) - 1;
    return place.device;
  }

  #uniqueId(id: string, line: number): string {
    let unique = id;
    while (this.#takenIds.has(unique)) unique = `${unique}#distribution_point`;
    this.#takenIds.add(unique);
    if (unique !== id) {
      const reason = `the id is also that of another device; the distribution point is kept as ${unique}`;
      this.#findings.add({
        code: 'id_clash',
        file: 'distribution_points.csv',
        line,
        field: null,
        id,
        reason,
        leftOut: false,
      });
    }
    return unique;
  }

  #nearest(lat: number, lng: number, withinMetres: number): ReturnType<FindNearest> {
    this.#findNearest ??= buildNearestSearch(
      this.#topology.distributionPoints.flatMap(({ row }, index) =>
        row.lat === null || row.lng === null || !this.#canSupply(index)
          ? []
          : [{ lat: row.lat, lng: row.lng, index }],
      ),
    );
    return this.#findNearest(lat, lng, withinMetres);
  }

  #canSupply(point: number): boolean {
    const { device, feeder } = this.#topology.distributionPoints[point]!;
    return device !== NONE || feeder !== NONE;
  }

  #learnBuilding(buildingId: string, place: number): void {
    const known = this.#buildings.size;
    const building = this.#buildings.add(buildingId);
    if (building === known) this.#placeOfBuilding.push(place);
    else if (this.#isWholeFeeder(this.#placeOfBuilding[building]!) && !this.#isWholeFeeder(place))
      this.#placeOfBuilding[building] = place;
  }

  /** Whether the place of a building is only a feeder's head, for want of a nearer device. */
  #isWholeFeeder(place: number): boolean {
    return place < 0 && this.#topology.devices[-2 - place]!.isFeederHead;
  }

  #isOfSubstation(feeder: number, device: TopologyDevice): boolean {
    return this.#topology.substationOfFeeder[feeder] === device.substation;
  }

  #pointId(point: number): string {
    return this.#topology.distributionPoints[point]!.row.dpId;
  }

  #note(row: MeterRow, code: FindingCode, field: string, reason: string): void {
    this.#findings.add({
      code,
      file: 'meters.csv',
      line: row.line,
      field,
      id: row.meterNumber,
      reason,
      leftOut: false,
    });
  }
}
