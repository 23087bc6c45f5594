import { buildNetwork, type DeviceRecord } from '@lastgasp/engine';
import { describe, expect, it } from 'vitest';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';
import { ReportShelf } from './report-shelf.ts';

const device: DeviceRecord = {
  key: 1,
  code: 'S1',
  kind: 'substation',
  upstreamKey: null,
  substationKey: 1,
  feederKey: null,
  isNormallyOpen: false,
  isFeederHead: false,
  isImplied: true,
};
const network = buildNetwork([device], {
  key: Float64Array.of(11, 12),
  deviceKey: Float64Array.of(1, 1),
  feederKey: new Float64Array(2),
  substationKey: new Float64Array(2),
  customers: Int32Array.of(1, 1),
  isAboveFeederHead: new Uint8Array(2),
});
const positionOf = (key: number): number => network.meterKey.indexOf(key);

function report(
  id: number,
  meterKey: number | null,
  eventAt: number,
  more: Partial<EvidenceRow> = {},
): EvidenceRow {
  return {
    key: { xid: '7', id: String(id) },
    kind: 'power_off',
    sourceType: 'kaifa',
    sourceEventKey: 100 + id,
    meterKey,
    deviceKey: meterKey === null ? 1 : null,
    substationKey: 1,
    eventAt,
    receivedAt: eventAt + 5,
    ...more,
  };
}

describe('the shelf of reports', () => {
  it('gives what meters reported within a time, and nothing of others', () => {
    const shelf = new ReportShelf(network);
    shelf.put([report(1, 11, 10), report(2, 11, 20), report(3, 11, 30), report(4, 12, 20)]);
    const found = shelf.within([positionOf(11)], 15, 30);
    expect(found.map(({ evidenceId }) => evidenceId).sort()).toEqual(['2', '3']);
    expect(found.find(({ evidenceId }) => evidenceId === '2')).toEqual({
      kind: 'power_off',
      sourceType: 'kaifa',
      sourceEventKey: 102,
      meterKey: 11,
      deviceKey: null,
      eventAt: 20,
      receivedAt: 25,
      evidenceId: '2',
    });
  });

  it('keeps no signals of devices, no readings, and nothing of meters that the network lacks', () => {
    const shelf = new ReportShelf(network);
    shelf.put([report(1, null, 10), report(2, 11, 10, { kind: 'heard' }), report(3, 99, 10)]);
    expect(shelf.within([0, 1], 0, 100)).toEqual([]);
  });

  it('keeps an act of the house that has no event, and calls with their kind', () => {
    const shelf = new ReportShelf(network);
    shelf.put([
      report(1, 11, 10, { sourceType: 'system', sourceEventKey: null }),
      report(2, 12, 10, { sourceType: 'call_center', kind: 'no_supply_call' }),
    ]);
    expect(
      shelf
        .within([0, 1], 0, 100)
        .map(({ sourceType, sourceEventKey, kind }) => [sourceType, sourceEventKey, kind]),
    ).toEqual(
      expect.arrayContaining([
        ['system', null, 'power_off'],
        ['call_center', 102, 'no_supply_call'],
      ]),
    );
  });

  it('holds more than it began with room for', () => {
    const shelf = new ReportShelf(network);
    shelf.put(Array.from({ length: 5_000 }, (_, i) => report(i, i % 2 === 0 ? 11 : 12, i)));
    expect(shelf.within([positionOf(12)], 0, 5_000)).toHaveLength(2_500);
  });
});
