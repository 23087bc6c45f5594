import type { Finding, FindingCode } from '../finding.ts';
import { openBundle } from '../open-bundle.ts';
import { type PlacedMeter, type QualityReport, readNetwork } from '../read-network.ts';
import { NONE, type Topology, type TopologyDevice } from '../topology.ts';
import { type BundleTexts, withBundleFolder } from './bundle-folder.ts';

/** Header lines of a bundle's files. */
export const METERS = 'meter_number,upstream_id,feeder_id';
export const DEVICES = 'device_id,kind,feeder_id,upstream_id';
export const POINTS = 'dp_id,feeder_id,upstream_id';

/** Two substations with one feeder each. */
const BASE: BundleTexts = {
  'substations.csv': ['substation_id', 'S1', 'S2'],
  'feeders.csv': ['feeder_id,substation_id', 'F1,S1', 'F2,S2'],
  'meters.csv': [METERS],
};

/** A network as the tests look at it: by ids. */
export interface ReadTexts {
  readonly report: QualityReport;
  readonly topology: Topology;
  readonly device: (id: string) => TopologyDevice;
  /** Ids from a device up to its substation. */
  readonly path: (id: string) => string[];
  readonly head: (feederId: string) => TopologyDevice;
  readonly meter: (meterNumber: string) => PlacedMeter;
  /** `device/distribution point/feeder/substation` of a meter. */
  readonly place: (meterNumber: string) => string;
  readonly findings: (code: FindingCode) => Finding[];
}

/** Reads a bundle of these files; substations and feeders are those of the base unless they are among them. */
export async function readTexts(texts: BundleTexts): Promise<ReadTexts> {
  return withBundleFolder({ ...BASE, ...texts }, async (folder) => {
    const source = await openBundle(folder);
    if (!source.ok) throw new Error(source.error.map(({ message }) => message).join('; '));
    const meters = new Map<string, PlacedMeter>();
    const { report, topology } = await readNetwork(source.value, {
      onCustomers: async () => undefined,
      onMeters: async (placed) => {
        for (const meter of placed) meters.set(meter.row.meterNumber, meter);
      },
      onProgress: () => undefined,
    });
    const device = (id: string): TopologyDevice => {
      const found = topology.devices.find(({ deviceId }) => deviceId === id);
      if (found === undefined) throw new Error(`no device ${id}`);
      return found;
    };
    const meter = (number: string): PlacedMeter => {
      const found = meters.get(number);
      if (found === undefined) throw new Error(`no meter ${number}`);
      return found;
    };
    return {
      report,
      topology,
      device,
      path: (id) => {
        const path = [];
        for (
          let at: TopologyDevice | undefined = device(id);
          at !== undefined;
          at = topology.devices[at.upstream]
        )
          path.push(at.deviceId);
        return path;
      },
      head: (feederId) =>
        topology.devices[topology.headOfFeeder[topology.feederById.get(feederId) ?? NONE] ?? NONE]!,
      meter,
      place: (number) => {
        const { place } = meter(number);
        return [
          topology.devices[place.device]?.deviceId,
          topology.distributionPoints[place.distributionPoint]?.row.dpId,
          topology.feeders[place.feeder]?.feederId,
          topology.substations[place.substation]?.substationId,
        ]
          .map((id) => id ?? '-')
          .join('/');
      },
      findings: (code) => report.findings.filter((finding) => finding.code === code),
    };
  });
}
