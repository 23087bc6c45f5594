import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A feeder of the test's network: one breaker at its head, one meter for some customers. */
export interface TestFeeder {
  readonly id: string;
  readonly name: string;
  readonly customers: number;
}

/** The code of a feeder's breaker. */
export const breakerOf = (feeder: TestFeeder): string => `CB-${feeder.id}`;
/** What the head-end calls the meter of a feeder. */
export const assetOf = (feeder: TestFeeder): string => `asset-${feeder.id}`;
export const meterOf = (feeder: TestFeeder): string => `M-${feeder.id}`;

export const SUBSTATION = { id: 'S1', name: 'عمان الشمالية' };

/** Writes a network bundle with these feeders of one substation. */
export async function writeTestNetwork(folder: string, feeders: readonly TestFeeder[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = {
    'substations.csv': ['substation_id,name', `${SUBSTATION.id},${SUBSTATION.name}`],
    'feeders.csv': [
      'feeder_id,substation_id,name',
      ...feeders.map(({ id, name }) => `${id},${SUBSTATION.id},"${name.replaceAll('"', '""')}"`),
    ],
    'devices.csv': [
      'device_id,kind,feeder_id,upstream_id,normally_open,phases',
      ...feeders.map((feeder) => `${breakerOf(feeder)},breaker,${feeder.id},,false,ABC`),
    ],
    'meters.csv': [
      'meter_number,upstream_id,feeder_id,asset_mrid,customers',
      ...feeders.map((feeder) =>
        [meterOf(feeder), breakerOf(feeder), feeder.id, assetOf(feeder), feeder.customers].join(','),
      ),
    ],
  };
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  }
}
