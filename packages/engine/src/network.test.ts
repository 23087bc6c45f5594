import type { DeviceKind } from '@lastgasp/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildNetwork,
  type DeviceRecord,
  deviceOfMeter,
  equivalentDevices,
  isAtOrBelow,
  isSameNetwork,
  meterPosition,
  metersBelow,
  type Network,
} from './network.ts';
import { fedSince } from './switched-feeds.ts';
import { meterColumns, NetworkBuilder } from './testing/network-builder.ts';

function device(key: number, upstreamKey: number | null, more: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    key,
    code: `D${key}`,
    kind: upstreamKey === null ? 'substation' : 'switch',
    upstreamKey,
    substationKey: 1,
    feederKey: null,
    isNormallyOpen: false,
    isFeederHead: false,
    isImplied: false,
    ...more,
  };
}

const keysBelow = (network: Network, code: string): number[] => {
  const { from, to } = metersBelow(network, index(network, code));
  return [...network.meterKey.slice(from, to)].sort((a, b) => a - b);
};
const index = (network: Network, code: string) => network.devices.findIndex((d) => d.code === code);
const codes = (network: Network, devices: readonly number[]) => devices.map((d) => network.devices[d]?.code);

describe('buildNetwork', () => {
  it('gives each device exactly the meters that lose supply when it opens', () => {
    const network = new NetworkBuilder()
      .substation('S')
      .feeder('F1')
      .meters(1)
      .device('T1')
      .meters(2, { customers: 5 })
      .device('T2', { below: 'F1' })
      .meters(1)
      .feeder('F2')
      .meters(3)
      .build();
    expect(keysBelow(network, 'S')).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(keysBelow(network, 'F1')).toEqual([1, 2, 3, 4]);
    expect(keysBelow(network, 'T1')).toEqual([2, 3]);
    expect(keysBelow(network, 'T2')).toEqual([4]);
    expect(keysBelow(network, 'F2')).toEqual([5, 6, 7]);
    expect(network.customers[meterPosition(network, 3)]).toBe(5);
    expect(meterPosition(network, 99)).toBe(-1);
    expect(network.findings).toEqual([]);
  });

  it('agrees with a walk upstream from each meter, on any tree', () => {
    const forest = fc.record({
      upstream: fc.array(fc.nat(), { maxLength: 30 }),
      meters: fc.array(fc.nat(), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(forest, ({ upstream, meters }) => {
        // Keys in an order that has nothing to do with the tree's.
        const count = upstream.length + 1;
        const key = (i: number) => ((i * 7919) % 10_007) + 1;
        const above = (i: number) => (i === 0 ? null : (upstream[i - 1] as number) % i);
        const records = Array.from({ length: count }, (_, i) => {
          const up = above(i);
          return device(key(i), up === null ? null : key(up));
        });
        const placed = meters.map((m) => m % count);
        const network = buildNetwork(
          records,
          meterColumns(placed.map((i) => ({ device: key(i), customers: 1 }))),
        );
        for (let i = 0; i < count; i++) {
          const expected = placed.flatMap((start, meter) => {
            for (let d: number | null = start; d !== null; d = above(d)) if (d === i) return [meter + 1];
            return [];
          });
          expect(keysBelow(network, `D${key(i)}`)).toEqual(expected);
        }
        placed.forEach((i, meter) => {
          const at = deviceOfMeter(network, meterPosition(network, meter + 1));
          expect(network.devices[at]?.key).toBe(key(i));
          expect(isAtOrBelow(network, at, index(network, `D${key(0)}`))).toBe(true);
        });
      }),
    );
  });

  it("hangs a meter without device on its feeder's head, above it where the registry says so, else on its substation", () => {
    const records = [
      device(10, null, { substationKey: 1 }),
      device(11, 10, { feederKey: 5, isFeederHead: true }),
      device(12, 11, { feederKey: 5 }),
    ];
    const network = buildNetwork(records, {
      key: Float64Array.of(1, 2, 3, 4, 5),
      deviceKey: Float64Array.of(12, 0, 0, 0, 0),
      feederKey: Float64Array.of(5, 5, 5, 0, 0),
      substationKey: Float64Array.of(1, 1, 1, 1, 0),
      customers: Int32Array.of(1, 1, 1, 1, 1),
      isAboveFeederHead: Uint8Array.of(0, 0, 1, 0, 0),
    });
    expect(keysBelow(network, 'D12')).toEqual([1]);
    expect(keysBelow(network, 'D11')).toEqual([1, 2]);
    expect(keysBelow(network, 'D10')).toEqual([1, 2, 3, 4]);
    expect(deviceOfMeter(network, meterPosition(network, 5))).toBe(-1);
    expect(network.findings).toEqual([{ kind: 'unfed_meters', meters: 1 }]);
  });

  it('lets a normally open tie feed nothing', () => {
    const network = buildNetwork(
      [device(1, null), device(2, 1, { isNormallyOpen: true }), device(3, 2)],
      meterColumns([1, 2, 3].map((key) => ({ device: key, customers: 1 }))),
    );
    expect(keysBelow(network, 'D1')).toEqual([1]);
    expect(keysBelow(network, 'D2')).toEqual([]);
    expect(keysBelow(network, 'D3')).toEqual([3]);
    expect(network.findings).toEqual([
      { kind: 'below_normally_open', device: 'D3', upstream: 'D2' },
      { kind: 'unfed_meters', meters: 1 },
    ]);
  });

  describe('with ties', () => {
    // F1: head 2, sectionalizer 3, transformer 4. F2: head 5, transformer 6. The tie 7 stands between 6 and 4.
    const switched = (
      states: Readonly<Record<number, boolean>>,
      since: Readonly<Record<number, number>> = {},
    ) =>
      buildNetwork(
        [
          device(1, null),
          device(2, 1, { feederKey: 1, isFeederHead: true }),
          device(3, 2, { kind: 'sectionalizer' }),
          device(4, 3, { kind: 'transformer' }),
          device(5, 1, { feederKey: 2, isFeederHead: true }),
          device(6, 5, { kind: 'transformer' }),
          device(7, 6, { isNormallyOpen: true, otherEndKey: 4 }),
        ].map((one) => ({
          ...one,
          isOpen: states[one.key] ?? one.isNormallyOpen,
          stateSince: since[one.key] ?? null,
        })),
        meterColumns([1, 2, 3, 4, 5, 6].map((key) => ({ device: key, customers: 1 }))),
      );

    it('feeds the section beyond an open sectionalizer through a closed tie, backwards where it must', () => {
      const network = switched({ 3: true, 7: false }, { 3: 50, 7: 70 });
      expect(keysBelow(network, 'D2')).toEqual([2]);
      expect(keysBelow(network, 'D5')).toEqual([3, 4, 5, 6]);
      expect(keysBelow(network, 'D7')).toEqual([3, 4]);
      // What hangs on the sectionalizer is fed through the transformer now, and the sectionalizer feeds nobody.
      expect(keysBelow(network, 'D4')).toEqual([3]);
      expect(keysBelow(network, 'D3')).toEqual([]);
      expect(network.transferredMeters).toBe(2);
      expect(network.findings).toEqual([]);
      expect(fedSince(network, index(network, 'D4'))).toBe(70);
      expect(fedSince(network, index(network, 'D6'))).toBeNull();
    });

    it('keeps the normal tree where a tie is closed onto what is fed, and says so', () => {
      const network = switched({ 7: false });
      expect(keysBelow(network, 'D2')).toEqual([2, 3, 4]);
      expect(keysBelow(network, 'D5')).toEqual([5, 6]);
      expect(network.findings).toEqual([{ kind: 'parallel', tie: 'D7' }]);
    });

    it('keeps what nothing feeds below the open device, and says so', () => {
      const network = switched({ 3: true });
      expect(keysBelow(network, 'D3')).toEqual([3, 4]);
      expect(network.findings).toEqual([{ kind: 'unfed_section', device: 'D3' }]);
    });

    it('tells of a tie whose other end is not there', () => {
      const tie = device(2, 1, { isNormallyOpen: true, otherEndKey: 99 });
      expect(buildNetwork([device(1, null), tie], meterColumns([])).findings).toEqual([
        { kind: 'unknown_other_end', device: 'D2', otherEndKey: 99 },
      ]);
    });
  });

  it('lists a loop, what hangs on it, islands and unknown upstream devices, and still ends', () => {
    const network = buildNetwork(
      [
        device(1, null),
        device(2, 4),
        device(3, 2),
        device(4, 3),
        device(5, 4),
        device(6, 6),
        device(7, null, { kind: 'switch' }),
        device(8, 99),
      ],
      meterColumns([{ device: 5, customers: 1 }]),
    );
    expect(network.findings).toEqual([
      { kind: 'island', device: 'D7' },
      { kind: 'unknown_upstream', device: 'D8', upstreamKey: 99 },
      { kind: 'loop', devices: ['D2', 'D4', 'D3'] },
      { kind: 'loop', devices: ['D6'] },
    ]);
    expect(network.deviceCount).toBe(8);
    expect(keysBelow(network, 'D2')).toEqual([1]);
  });

  it('builds a chain of 100,000 devices without recursion', () => {
    const count = 100_000;
    const network = buildNetwork(
      Array.from({ length: count }, (_, i) => device(i + 1, i === 0 ? null : i)),
      meterColumns([{ device: count, customers: 1 }]),
    );
    expect(keysBelow(network, 'D1')).toEqual([1]);
    expect(network.depth[count - 1]).toBe(count - 1);
  });

  it('refuses keys that repeat', () => {
    expect(() => buildNetwork([device(1, null), device(1, null)], meterColumns([]))).toThrow('not unique');
    const twice = {
      ...meterColumns([
        { device: 1, customers: 1 },
        { device: 1, customers: 1 },
      ]),
    };
    twice.key[1] = 1;
    expect(() => buildNetwork([device(1, null)], twice)).toThrow('must ascend');
  });

  it('needs 16 bytes a meter', () => {
    const one = buildNetwork([device(1, null)], meterColumns([{ device: 1, customers: 1 }]));
    expect(one.meterKey.byteLength + one.customers.byteLength + one.positionsByKey.byteLength).toBe(16);
  });
});

describe('isSameNetwork', () => {
  const district = (customers = 1, kind: DeviceKind = 'fuse') =>
    new NetworkBuilder().substation('S').feeder('F').device('X', { kind }).meters(2, { customers }).build();

  it('tells a network that was read again from one that changed', () => {
    expect(isSameNetwork(district(), district())).toBe(true);
    expect(isSameNetwork(district(), district(2))).toBe(false);
    expect(isSameNetwork(district(), district(1, 'switch'))).toBe(false);
    const more = new NetworkBuilder().substation('S').feeder('F').device('X').meters(3).build();
    expect(isSameNetwork(district(), more)).toBe(false);
  });
});

describe('equivalentDevices', () => {
  const network = new NetworkBuilder()
    .substation('S')
    .feeder('F')
    .device('L1', { kind: 'line' })
    .device('X')
    .meters(2)
    .device('Y')
    .meters(1)
    .device('L2', { kind: 'line' })
    .meters(1)
    .device('Spare', { below: 'X' })
    .build();

  it('finds the devices with exactly the same meters, lines included, implied ones not', () => {
    expect(codes(network, equivalentDevices(network, index(network, 'F')))).toEqual(['L1', 'X']);
    expect(codes(network, equivalentDevices(network, index(network, 'X')))).toEqual(['F', 'L1']);
    expect(codes(network, equivalentDevices(network, index(network, 'Y')))).toEqual([]);
  });

  it('finds none for a device without meters', () => {
    expect(equivalentDevices(network, index(network, 'Spare'))).toEqual([]);
  });
});
