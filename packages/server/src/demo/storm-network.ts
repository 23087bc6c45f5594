import { mainStationId } from './generate-grid.ts';
import type { NetworkBundle } from './network-bundle.ts';

/** A meter as the storm needs it: by which names each provider knows it. */
export interface StormMeter {
  readonly meterNumber: string;
  readonly assetMrid: string | null;
  readonly usagePointMrid: string | null;
  readonly onuId: number | null;
  readonly onuSerial: string | null;
  readonly buildingId: string;
  readonly feederId: string;
  readonly distributionPointId: string;
  /** The concentrator that its messages come through. */
  readonly cell: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly phone: string;
  readonly address: string;
}

/** A feeder with its meters. */
export interface StormFeeder {
  readonly feederId: string;
  readonly substationId: string;
  readonly mainStationId: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly meters: readonly StormMeter[];
}

/** The feeders of a network, in order, with the meters of each. */
export function stormFeeders(network: NetworkBundle): StormFeeder[] {
  const stationIndex = new Map(network.substations.map(({ substation_id }, index) => [substation_id, index]));
  const metersOf = new Map<string, StormMeter[]>(network.feeders.map(({ feeder_id }) => [feeder_id, []]));
  const customers = new Map<string, { readonly phone: string; readonly address: string }>();
  for (const { customer_id, phone, address } of network.customers())
    customers.set(customer_id, { phone, address });
  for (const meter of network.meters()) {
    const { phone, address } = customers.get(meter.customer_id) ?? { phone: '', address: '' };
    metersOf.get(meter.feeder_id)?.push({
      meterNumber: meter.meter_number,
      assetMrid: meter.asset_mrid,
      usagePointMrid: meter.usage_point_mrid,
      onuId: meter.onu_id,
      onuSerial: meter.onu_serial_no,
      buildingId: meter.building_id,
      feederId: meter.feeder_id,
      distributionPointId: meter.upstream_id,
      cell: meter.cell,
      lat: meter.lat,
      lng: meter.lng,
      phone,
      address,
    });
  }
  return network.feeders.map(({ feeder_id, substation_id, lat, lng }) => ({
    feederId: feeder_id,
    substationId: substation_id,
    mainStationId: mainStationId(stationIndex.get(substation_id) ?? 0),
    lat,
    lng,
    meters: metersOf.get(feeder_id) ?? [],
  }));
}
