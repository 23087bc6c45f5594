import type { BundleFile } from './bundle-format.ts';

/** What can be the matter with a network's data; docs/network-bundle.md says what each means and what is done. */
export const FINDING_CODES = [
  'malformed_row',
  'missing_id',
  'duplicate',
  'id_clash',
  'invalid_value',
  'coordinates_out_of_range',
  'unreadable_text',
  'unknown_substation',
  'unknown_feeder',
  'unknown_upstream',
  'unknown_distribution_point',
  'unknown_customer',
  'loop',
  'island',
  'unknown_other_end',
  'feeder_disagrees',
  'several_substations',
  'several_devices',
  'no_place',
  'meter_without_device',
  'linked_by_building',
  'linked_by_proximity',
  'not_linked',
  'asset_mrid_twice',
  'onu_without_serial',
  'onu_serial_differs',
  'implied_feeder_head',
  'column_ignored',
  'column_absent',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** Codes that are normal in good data; they are told, but not as something to mend. */
export const NOTICE_CODES: ReadonlySet<FindingCode> = new Set([
  'linked_by_building',
  'linked_by_proximity',
  'implied_feeder_head',
  'column_ignored',
  'column_absent',
]);

/** One thing that the quality report tells about a network's data. */
export interface Finding {
  readonly code: FindingCode;
  readonly file: BundleFile;
  /** Line on which the row begins, from 1 (the header); null where it is about the whole file. */
  readonly line: number | null;
  /** Column that it is about; null where it is about the whole row. */
  readonly field: string | null;
  /** Id of the row; null where it has none. */
  readonly id: string | null;
  readonly reason: string;
  /** True where the row is not in the network because of it. */
  readonly leftOut: boolean;
}

/** How many findings of one code are kept in full: enough to mend by, and a million bad rows fit in memory. */
const LISTED_PER_CODE = 1_000;

/** Collects findings: counts them all, keeps the first thousand of each code. */
export class FindingLog {
  readonly #listed = new Map<FindingCode, Finding[]>();
  readonly #counts = new Map<FindingCode, number>();
  readonly #leftOut = new Map<BundleFile, number>();

  /** Takes one finding. */
  add(finding: Finding): void {
    this.#counts.set(finding.code, (this.#counts.get(finding.code) ?? 0) + 1);
    if (finding.leftOut) this.#leftOut.set(finding.file, (this.#leftOut.get(finding.file) ?? 0) + 1);
    const listed = this.#listed.get(finding.code);
    if (listed === undefined) this.#listed.set(finding.code, [detached(finding)]);
    else if (listed.length < LISTED_PER_CODE) listed.push(detached(finding));
  }

  /** How many findings there are of each code that occurred, in the order of `FINDING_CODES`. */
  counts(): Partial<Record<FindingCode, number>> {
    const counts: Partial<Record<FindingCode, number>> = {};
    for (const code of FINDING_CODES) {
      const count = this.#counts.get(code);
      if (count !== undefined) counts[code] = count;
    }
    return counts;
  }

  /** The findings kept in full, by code in the order of `FINDING_CODES` and then as they were found. */
  list(): Finding[] {
    return FINDING_CODES.flatMap((code) => this.#listed.get(code) ?? []);
  }

  /** How many rows of `file` were left out. */
  leftOut(file: BundleFile): number {
    return this.#leftOut.get(file) ?? 0;
  }
}

/** A copy that does not keep alive the piece of the file that its texts were cut from. */
function detached(finding: Finding): Finding {
  return JSON.parse(JSON.stringify(finding)) as Finding;
}
