import type { DeviceKind } from '@lastgasp/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildNetwork,
  type DeviceRecord,
  deviceOfMeter,
  isOpenNow,
  meterPosition,
  metersBelow,
  type Network,
} from './network.ts';
import { meterColumns } from './testing/network-builder.ts';

/** A device of a random network as fast-check draws it; places are taken modulo what there is. */
interface Drawn {
  readonly upstream: number;
  readonly otherEnd: number;
  readonly isTie: boolean;
  readonly isOpen: boolean;
  readonly kind: DeviceKind;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  upstream: fc.nat(),
  otherEnd: fc.nat(),
  isTie: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  isOpen: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  kind: fc.constantFrom<DeviceKind[]>('switch', 'breaker', 'fuse', 'line', 'transformer'),
});

const SOURCES = 2;

function record(key: number, drawing: Drawn, upstreamKey: number | null, otherEndKey: number): DeviceRecord {
  return {
    key,
    code: `D${key}`,
    kind: drawing.kind,
    upstreamKey,
    substationKey: null,
    feederKey: null,
    isNormallyOpen: drawing.isTie,
    isOpen: drawing.isTie ? !drawing.isOpen : drawing.isOpen,
    otherEndKey,
    isFeederHead: false,
    isImplied: false,
  };
}

const source = (key: number): DeviceRecord => ({
  ...record(key, { upstream: 0, otherEnd: 0, isTie: false, isOpen: false, kind: 'substation' }, null, 0),
  otherEndKey: null,
});

/** Below two substations, each device on one that comes before it; ties end anywhere. */
const radial = fc.array(drawn, { minLength: 1, maxLength: 24 }).map((drawings) => {
  const count = drawings.length + SOURCES;
  return [
    ...Array.from({ length: SOURCES }, (_, i) => source(i + 1)),
    ...drawings.map((drawing, i) => {
      const key = i + SOURCES + 1;
      return record(key, drawing, (drawing.upstream % (key - 1)) + 1, (drawing.otherEnd % count) + 1);
    }),
  ];
});

/** The same with upstreams that may be any device, the device itself, one that is not there, or none. */
const broken = fc.array(drawn, { minLength: 1, maxLength: 24 }).map((drawings) => {
  const count = drawings.length + 1;
  return [
    source(1),
    ...drawings.map((drawing, i) => {
      const upstream = drawing.upstream % (count + 2);
      return record(i + 2, drawing, upstream === 0 ? null : upstream, (drawing.otherEnd % (count + 2)) + 1);
    }),
  ];
});

const build = (records: readonly DeviceRecord[]): Network =>
  buildNetwork(records, meterColumns(records.map((_, i) => ({ device: i + 1, customers: 1 }))));

/** Keys of the points that a search from the substations reaches over closed devices in any direction, with one device taken out. */
function reached(records: readonly DeviceRecord[], without = 0): ReadonlySet<number> {
  const edges = records
    .filter((device) => device.key !== without && !isOpenNow(device))
    .flatMap((device) => {
      const ends = [device.key, device.upstreamKey, device.isNormallyOpen ? device.otherEndKey : null];
      const known = ends.filter((end): end is number => records.some(({ key }) => key === end));
      return known.flatMap((a) => known.map((b) => [a, b] as const));
    });
  const found = new Set(
    records.filter(({ kind, key }) => kind === 'substation' && key !== without).map(({ key }) => key),
  );
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [a, b] of edges) if (found.has(a)) found.add(b);
  }
  return found;
}

const isParallel = ({ findings }: Network): boolean => findings.some(({ kind }) => kind === 'parallel');
const below = (network: Network, key: number): number[] => {
  const { from, to } = metersBelow(network, network.deviceOfKey.get(key) as number);
  return [...network.meterKey.slice(from, to)].sort((a, b) => a - b);
};
/** Codes of what feeds a meter, from the device it is fed through up to the root. */
const pathOf = (network: Network, meter: number): readonly DeviceRecord[] => {
  const path: DeviceRecord[] = [];
  for (
    let at = deviceOfMeter(network, meterPosition(network, meter));
    at >= 0;
    at = network.parent[at] as number
  ) {
    path.push(network.devices[at] as DeviceRecord);
    if (path.length > network.deviceCount) throw new Error('an endless walk');
  }
  return path;
};

describe('the tree as the switches stand', () => {
  it('has below each device the meters that lose supply when it opens, as a search over closed devices finds them', () => {
    let compared = 0;
    fc.assert(
      fc.property(radial, (records) => {
        const network = build(records);
        if (isParallel(network)) return;
        const fed = reached(records);
        // The meter with the key n + 1 hangs on the device with the key n + 1.
        for (const device of records.filter((one) => !isOpenNow(one) && fed.has(one.key))) {
          const left = reached(records, device.key);
          const lost = records.map(({ key }) => key).filter((key) => fed.has(key) && !left.has(key));
          expect(below(network, device.key).filter((key) => fed.has(key))).toEqual(lost);
          compared++;
        }
      }),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  it('leads from everything that can be reached to a substation over closed devices only, and keeps its normal place where it can', () => {
    fc.assert(
      fc.property(fc.oneof(radial, broken), (records) => {
        const network = build(records);
        // A ring is cut, which the search knows nothing of.
        if (network.findings.some(({ kind }) => kind === 'loop')) return;
        const fed = reached(records);
        for (const { key } of records) {
          if (!fed.has(key)) continue;
          const path = pathOf(network, key);
          expect(path.at(-1)?.kind).toBe('substation');
          expect(path.filter(isOpenNow)).toEqual([]);
        }
        // Whoever was fed without any tie is fed just so with the ties.
        const withoutTies = build(
          records.map((one) => (one.isNormallyOpen ? { ...one, isOpen: true } : one)),
        );
        const normal = reached(records.map((one) => (one.isNormallyOpen ? { ...one, isOpen: true } : one)));
        for (const key of normal)
          expect(pathOf(network, key).map(({ code }) => code)).toEqual(
            pathOf(withoutTies, key).map(({ code }) => code),
          );
      }),
      { numRuns: 400 },
    );
  });

  it('lists what nothing feeds, keeps it in its place, and never walks for ever, whatever the data looks like', () => {
    let unfed = 0;
    fc.assert(
      fc.property(broken, (records) => {
        const network = build(records);
        expect(network.deviceCount).toBe(records.length);
        const fed = reached(records);
        const told = new Set(
          network.findings.flatMap((finding) => {
            if (finding.kind === 'loop') return finding.devices;
            return 'device' in finding ? [finding.device] : [];
          }),
        );
        for (const device of records) {
          if (fed.has(device.key)) continue;
          unfed++;
          const isOnTie = device.isNormallyOpen;
          if (!isOnTie) expect(pathOf(network, device.key).some(({ code }) => told.has(code))).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(unfed).toBeGreaterThan(1_000);
  });

  it('does not depend on the order of the records', () => {
    fc.assert(
      fc.property(fc.oneof(radial, broken), (records) => {
        const [one, other] = [build(records), build([...records].reverse())];
        expect(other.devices.map(({ key }) => key)).toEqual(one.devices.map(({ key }) => key));
        expect(other.meterKey).toEqual(one.meterKey);
      }),
    );
  });
});
