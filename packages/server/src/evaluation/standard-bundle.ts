import type { BundleDevice, BundleMeter, NetworkBundle } from '../demo/network-bundle.ts';
import { feedingDevice, type StandardNetwork } from '../simulation/standard-network.ts';
import { cellOf, toKind } from '../simulation/standard-site.ts';

/**
 * A standard feeder as a network bundle, the same tree that `standardSite` makes of it: one substation, one feeder, every device, and
 * meters with an asset and a usage point of their own. Coordinates of these feeders are no degrees, and are left out.
 */
export function standardBundle({ name, devices, meters }: StandardNetwork): NetworkBundle {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const feeder = `F-${name}`;
  return {
    substations: [{ ...NOWHERE, substation_id: `S-${name}`, name, region_code: '', voltage_level: '' }],
    feeders: [{ ...NOWHERE, feeder_id: feeder, substation_id: `S-${name}`, name }],
    devices: devices.map(
      (device): BundleDevice => ({
        ...NOWHERE,
        device_id: device.id,
        kind: toKind(device.type),
        feeder_id: feeder,
        upstream_id: feedingDevice(byId, device),
        normally_open: device.normallyOpen,
        phases: device.phases ?? '',
        distribution_point_id: null,
        name: null,
      }),
    ),
    distributionPoints: [],
    customers: function* () {},
    meters: function* (): Generator<BundleMeter> {
      for (const meter of meters) {
        yield {
          ...NOWHERE,
          meter_number: meter.id,
          upstream_id: meter.parent,
          feeder_id: feeder,
          customer_id: '',
          building_id: '',
          asset_mrid: `asset-${meter.id}`,
          usage_point_mrid: `point-${meter.id}`,
          onu_id: null,
          onu_serial_no: null,
          customers: meter.customers,
          priority: 4,
          phases: meter.phases,
          cell: cellOf(meter, byId),
          meter_type: '',
        };
      }
    },
  };
}

const NOWHERE = { lat: null, lng: null } as const;
