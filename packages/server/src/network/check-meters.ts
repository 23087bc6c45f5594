import type { FindingCode, FindingLog } from './finding.ts';
import { IdIndex } from './id-index.ts';
import type { MeterRow } from './network-rows.ts';

/** Compares each meter with those before it: what may stand only once, and what belongs together. */
export class MeterChecks {
  readonly #findings: FindingLog;
  readonly #customerIds: IdIndex | null;
  readonly #assets = new IdIndex();
  readonly #onus = new IdIndex();
  readonly #serials = new IdIndex();
  /** By ONU: the number of its serial, or -1 while no meter told one. */
  readonly #serialOfOnu: number[] = [];
  /** By ONU: the line of its first meter. */
  readonly #lineOfOnu: number[] = [];
  readonly #onuIds: string[] = [];

  /** `customerIds` are the customers of the data, null where it has none: then each id stands for itself. */
  constructor(findings: FindingLog, customerIds: IdIndex | null) {
    this.#findings = findings;
    this.#customerIds = customerIds;
  }

  /** The meter as it may be taken: an asset mRID that another meter has already is left away. */
  check(row: MeterRow): MeterRow {
    if (
      row.customerId !== null &&
      this.#customerIds !== null &&
      this.#customerIds.numberOf(row.customerId) < 0
    ) {
      const reason = `${row.customerId} is not in customers.csv; only the id is kept`;
      this.#note(row, 'unknown_customer', 'customer_id', reason);
    }
    if (row.onuId !== null) this.#checkOnu(row, row.onuId);
    else if (row.onuSerialNo !== null)
      this.#note(row, 'invalid_value', 'onu_id', `has the ONU serial ${row.onuSerialNo} but no ONU number`);
    if (row.assetMrid === null) return row;
    const known = this.#assets.size;
    if (this.#assets.add(row.assetMrid) === known) return row;
    this.#note(
      row,
      'asset_mrid_twice',
      'asset_mrid',
      `${row.assetMrid} is the asset of an earlier meter; it is left away here`,
    );
    return { ...row, assetMrid: null };
  }

  /** Tells of ONUs for which no meter gave a serial, once all meters are checked. */
  tellOnusWithoutSerial(): void {
    this.#serialOfOnu.forEach((serial, onu) => {
      if (serial >= 0) return;
      this.#findings.add({
        code: 'onu_without_serial',
        file: 'meters.csv',
        line: this.#lineOfOnu[onu]!,
        field: 'onu_serial_no',
        id: this.#onuIds[onu]!,
        reason: `ONU ${this.#onuIds[onu]} has no serial`,
        leftOut: false,
      });
    });
  }

  #checkOnu(row: MeterRow, onuId: string): void {
    const known = this.#onus.size;
    const onu = this.#onus.add(onuId);
    if (onu === known) {
      this.#serialOfOnu.push(-1);
      this.#lineOfOnu.push(row.line);
      this.#onuIds.push(onuId);
    }
    if (row.onuSerialNo === null) return;
    const serial = this.#serials.add(row.onuSerialNo);
    if (this.#serialOfOnu[onu] === -1) this.#serialOfOnu[onu] = serial;
    else if (this.#serialOfOnu[onu] !== serial)
      this.#note(
        row,
        'onu_serial_differs',
        'onu_serial_no',
        `ONU ${onuId} has another serial with an earlier meter`,
      );
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
