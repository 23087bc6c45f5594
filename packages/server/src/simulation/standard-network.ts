import { readFile } from 'node:fs/promises';

/** A device of a standard feeder. */
export interface StandardDevice {
  readonly id: string;
  readonly type: string;
  readonly parent: string | null;
  /** Where phases come from different devices, such as single-phase regulators side by side. */
  readonly parents?: readonly string[];
  readonly normallyOpen: boolean;
  readonly phases?: string;
}

/** A load of a standard feeder, or a meter where the data has meters. */
export interface StandardMeter {
  readonly id: string;
  readonly parent: string;
  readonly phases: string;
  readonly customers: number;
  /** Kilowatts. */
  readonly kw: number;
}

/** A standard feeder (IEEE, EPRI) as its JSON file has it: devices with parents, meters with theirs. */
export interface StandardNetwork {
  readonly name: string;
  readonly devices: readonly StandardDevice[];
  readonly meters: readonly StandardMeter[];
}

/** The network of a file, as it is. */
export async function readStandardNetwork(path: string): Promise<StandardNetwork> {
  return JSON.parse(await readFile(path, 'utf8')) as StandardNetwork;
}

/** The device that feeds another: of several parents, one for each phase, the nearest one above all of them. */
export function feedingDevice(
  byId: ReadonlyMap<string, StandardDevice>,
  { parent, parents }: StandardDevice,
): string | null {
  return parents === undefined ? parent : nearestAbove(byId, parents);
}

/** The lowest device that all of `ids` are, or lie below; null where there is none. */
function nearestAbove(byId: ReadonlyMap<string, StandardDevice>, ids: readonly string[]): string | null {
  const paths = ids.map((id) => pathAbove(byId, id));
  return paths[0]?.find((id) => paths.every((path) => path.includes(id))) ?? null;
}

/** A device and everything above it by its first parent. */
function pathAbove(byId: ReadonlyMap<string, StandardDevice>, id: string): readonly string[] {
  const path: string[] = [];
  for (let at = byId.get(id); at !== undefined && !path.includes(at.id); ) {
    path.push(at.id);
    at = byId.get(at.parent ?? '');
  }
  return path;
}
