import { BUNDLE_FILES } from './bundle-format.ts';
import { FINDING_CODES, type FindingCode, NOTICE_CODES } from './finding.ts';
import type { QualityReport } from './read-network.ts';

/** How many findings of one code are shown; the JSON form has more. */
const SHOWN_PER_CODE = 10;

const TITLES: Readonly<Record<FindingCode, string>> = {
  malformed_row: 'lines that are no CSV rows',
  missing_id: 'rows without an id',
  duplicate: 'rows whose id stands twice',
  id_clash: 'ids used for two different things',
  invalid_value: 'values that cannot be used',
  coordinates_out_of_range: 'coordinates that cannot be',
  unreadable_text: 'texts that are not UTF-8',
  unknown_substation: 'substations that are not in the data',
  unknown_feeder: 'feeders that are not in the data',
  unknown_upstream: 'upstream ids that are not in the data',
  unknown_distribution_point: 'distribution points that are not in the data',
  unknown_customer: 'customers that are not in the data',
  loop: 'loops',
  island: 'islands: fed only through something normally open',
  unknown_other_end: 'ties whose other end is not in the data',
  feeder_disagrees: 'feeders that differ from what is upstream',
  several_substations: 'station equipment above several substations',
  several_devices: 'distribution points with several devices',
  no_place: 'devices without a place',
  meter_without_device: 'meters without a device',
  linked_by_building: 'meters linked by their building',
  linked_by_proximity: 'meters linked to the nearest distribution point (fallback)',
  not_linked: 'meters without any link',
  asset_mrid_twice: 'asset mRIDs given twice',
  onu_without_serial: 'ONUs without a serial',
  onu_serial_differs: 'ONUs with two serials',
  implied_feeder_head: 'feeders whose head breaker is implied',
  column_ignored: 'columns that are not read',
  column_absent: 'columns that are absent',
};

/** The quality report as lines for a person. */
export function formatQualityReport(report: QualityReport): string[] {
  const lines: string[] = [];
  for (const file of BUNDLE_FILES) {
    const { rows, leftOut, withoutCoordinates } = report.files[file];
    if (rows === 0) continue;
    const parts = [`${count(rows)} rows`];
    if (leftOut > 0) parts.push(`${count(leftOut)} left out`);
    if (withoutCoordinates !== null && withoutCoordinates > 0)
      parts.push(`${count(withoutCoordinates)} without coordinates`);
    lines.push(`${file}: ${parts.join(', ')}`);
  }
  const { explicit, building, proximity, none } = report.links;
  lines.push(
    `links: ${count(explicit)} by the data, ${count(building)} by building, ${count(proximity)} by proximity, ${count(none)} none`,
  );
  for (const code of FINDING_CODES) {
    const total = report.counts[code];
    if (total === undefined) continue;
    lines.push('', `${NOTICE_CODES.has(code) ? 'notice' : 'finding'}: ${count(total)} ${TITLES[code]}`);
    const findings = report.findings.filter((finding) => finding.code === code);
    for (const { file, line, field, id, reason } of findings.slice(0, SHOWN_PER_CODE)) {
      const place = line === null ? file : `${file}:${line}`;
      lines.push(`  ${[place, field, id].filter((part) => part !== null).join(' ')}: ${reason}`);
    }
    if (total > SHOWN_PER_CODE) lines.push(`  … and ${count(total - SHOWN_PER_CODE)} more`);
  }
  if (report.rowsLeftOut > 0) lines.push('', `${count(report.rowsLeftOut)} rows were left out`);
  return lines;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
