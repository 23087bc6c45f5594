import { type Instant, METER_REPORT_KINDS, meterPosition, type Network } from '@lastgasp/engine';
import { type EvidenceKind, SOURCE_TYPES } from '@lastgasp/model';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';

/** What a piece of evidence tells that names it as a source of an outage. */
export interface SourceRow
  extends Pick<
    EvidenceRow,
    'kind' | 'sourceType' | 'sourceEventKey' | 'meterKey' | 'deviceKey' | 'eventAt' | 'receivedAt'
  > {
  /** Its number in the evidence log. */
  readonly evidenceId: string;
}

const FIRST_CAPACITY = 1_024;
const NONE = -1;

/**
 * What was reported of the supply of each meter, so that an outage that is new, or other than it was, finds the reports of its meters
 * without asking the database for each of them: in a storm that is a hundred thousand meters a second. Some 50 bytes a report.
 */
export class ReportShelf {
  readonly #network: Network;
  /** By meter: its last report. */
  readonly #last: Int32Array;
  #count = 0;
  /** The report of the same meter that was put before. */
  #before = new Int32Array(FIRST_CAPACITY);
  #kind = new Uint8Array(FIRST_CAPACITY);
  #source = new Uint8Array(FIRST_CAPACITY);
  #sourceEventKey = new Float64Array(FIRST_CAPACITY);
  #eventAt = new Float64Array(FIRST_CAPACITY);
  #receivedAt = new Float64Array(FIRST_CAPACITY);
  #evidenceId = new Float64Array(FIRST_CAPACITY);

  constructor(network: Network) {
    this.#network = network;
    this.#last = new Int32Array(network.meterCount).fill(NONE);
  }

  /** A shelf with what was reported at an instant or later. */
  since(from: Instant): ReportShelf {
    const shelf = new ReportShelf(this.#network);
    const meterOf = new Int32Array(this.#count).fill(NONE);
    for (let meter = 0; meter < this.#last.length; meter++)
      for (let at = this.#last[meter] as number; at !== NONE; at = this.#before[at] as number)
        meterOf[at] = meter;
    for (let at = 0; at < this.#count; at++) {
      if ((this.#eventAt[at] as number) < from) continue;
      shelf.#keep(
        meterOf[at] as number,
        this.#kind[at] as number,
        this.#source[at] as number,
        this.#sourceEventKey[at] as number,
        this.#eventAt[at] as number,
        this.#receivedAt[at] as number,
        this.#evidenceId[at] as number,
      );
    }
    return shelf;
  }

  /** Keeps those of the rows that are reports of meters' supply. */
  put(rows: readonly EvidenceRow[]): void {
    for (const row of rows) {
      const kind = (METER_REPORT_KINDS as readonly EvidenceKind[]).indexOf(row.kind);
      if (kind < 0 || row.meterKey === null) continue;
      const meter = meterPosition(this.#network, row.meterKey);
      if (meter < 0) continue;
      const source = SOURCE_TYPES.indexOf(row.sourceType);
      const event = row.sourceEventKey ?? Number.NaN;
      this.#keep(meter, kind, source, event, row.eventAt, row.receivedAt, Number(row.key.id));
    }
  }

  #keep(
    meter: number,
    kind: number,
    source: number,
    sourceEventKey: number,
    eventAt: Instant,
    receivedAt: Instant,
    evidenceId: number,
  ): void {
    if (this.#count === this.#kind.length) this.#grow();
    const at = this.#count++;
    this.#before[at] = this.#last[meter] as number;
    this.#last[meter] = at;
    this.#kind[at] = kind;
    this.#source[at] = source;
    this.#sourceEventKey[at] = sourceEventKey;
    this.#eventAt[at] = eventAt;
    this.#receivedAt[at] = receivedAt;
    this.#evidenceId[at] = evidenceId;
  }

  /** What was reported of these meters, by their positions, from one instant to another, both included. */
  within(positions: readonly number[], from: Instant, to: Instant): SourceRow[] {
    const rows: SourceRow[] = [];
    for (const position of positions) {
      for (let at = this.#last[position] as number; at !== NONE; at = this.#before[at] as number) {
        const eventAt = this.#eventAt[at] as number;
        if (eventAt < from || eventAt > to) continue;
        const sourceEventKey = this.#sourceEventKey[at] as number;
        rows.push({
          kind: METER_REPORT_KINDS[this.#kind[at] as number] as EvidenceKind,
          sourceType: SOURCE_TYPES[this.#source[at] as number] as SourceRow['sourceType'],
          sourceEventKey: Number.isNaN(sourceEventKey) ? null : sourceEventKey,
          meterKey: this.#network.meterKey[position] as number,
          deviceKey: null,
          eventAt,
          receivedAt: this.#receivedAt[at] as number,
          evidenceId: String(this.#evidenceId[at]),
        });
      }
    }
    return rows;
  }

  #grow(): void {
    this.#before = grown(this.#before, new Int32Array(this.#before.length * 2));
    this.#kind = grown(this.#kind, new Uint8Array(this.#kind.length * 2));
    this.#source = grown(this.#source, new Uint8Array(this.#source.length * 2));
    this.#sourceEventKey = grown(this.#sourceEventKey, new Float64Array(this.#sourceEventKey.length * 2));
    this.#eventAt = grown(this.#eventAt, new Float64Array(this.#eventAt.length * 2));
    this.#receivedAt = grown(this.#receivedAt, new Float64Array(this.#receivedAt.length * 2));
    this.#evidenceId = grown(this.#evidenceId, new Float64Array(this.#evidenceId.length * 2));
  }
}

function grown<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
