import type { DeviceKind } from '@lastgasp/model';
import { type Chance, chanceOf } from './chance.ts';
import { buildSite, type Site, type SiteDevice, type SiteMeter } from './site.ts';

/** The most customers that one more level of protection stands for, from the head down. */
const KINDS_BY_LEVEL: readonly (readonly DeviceKind[])[] = [
  ['breaker'],
  ['recloser', 'recloser', 'switch'],
  ['sectionalizer', 'recloser', 'switch'],
  ['fuse', 'sectionalizer'],
  ['fuse'],
  ['fuse'],
];

/** How a feeder is built; drawn from the seed. */
interface FeederStyle {
  /** Levels of devices from the head to the transformers, both counted: 4 to 7. */
  readonly levels: number;
  readonly meters: number;
  /** Mean meters of a transformer: 6 where transformers stand at houses, 40 where they stand in kiosks. */
  readonly metersPerTransformer: number;
  /** Whether laterals carry one phase, as where transformers are small. */
  readonly hasSinglePhaseLaterals: boolean;
  readonly smartShare: number;
  readonly terminalShare: number;
  /** Meters of an access point; 0 where each transformer has its own concentrator. */
  readonly metersPerCell: number;
}

/** A feeder of realistic shape that is in no file: radial, 4 to 7 levels, 300 to 3,000 meters; the same for the same seed. */
export function randomSite(seed: number): Site {
  const chance = chanceOf(seed, 'network');
  const isOverhead = chance.isTrue(0.5);
  return new FeederBuilder(chance, {
    levels: chance.integer(4, 7),
    // Evenly spread over the orders of magnitude: small feeders are as common as large ones.
    meters: Math.round(300 * 10 ** chance.next()),
    metersPerTransformer: isOverhead ? chance.integer(4, 12) : chance.integer(20, 60),
    hasSinglePhaseLaterals: isOverhead,
    smartShare: chance.between([0.8, 1]),
    terminalShare: chance.isTrue(0.5) ? chance.between([0.3, 0.7]) : 0,
    metersPerCell: chance.isTrue(0.5) ? chance.integer(60, 400) : 0,
  }).build();
}

class FeederBuilder {
  readonly #chance: Chance;
  readonly #style: FeederStyle;
  readonly #devices: SiteDevice[] = [];
  readonly #meters: SiteMeter[] = [];

  constructor(chance: Chance, style: FeederStyle) {
    this.#chance = chance;
    this.#style = style;
  }

  build(): Site {
    const { meters, metersPerTransformer } = this.#style;
    const substation = this.#add('substation', null, 'ABC');
    const head = this.#add('breaker', substation, 'ABC');
    const transformers = Math.max(4, Math.round(meters / metersPerTransformer));
    this.#branch(head, 1, transformers);
    const feeder = { key: 1, code: 'F1', substationKey: 1, substationCode: 'S1' };
    return buildSite(this.#devices, this.#meters, [feeder]);
  }

  /** Hangs `transformers` transformers below a device of the given level. */
  #branch(above: SiteDevice, level: number, transformers: number): void {
    const { levels, hasSinglePhaseLaterals } = this.#style;
    const isLast = level === levels - 1 || transformers === 1;
    const direct = isLast ? transformers : Math.floor(transformers * this.#chance.between([0, 0.2]));
    let section = above;
    for (let i = 0; i < direct; i++) {
      // Transformers stand along the line, one section after another.
      if (this.#chance.isTrue(0.3)) section = this.#add('line', section, section.phases);
      this.#transformer(section);
    }
    const parts = this.#split(transformers - direct, level === 1 ? [2, 3] : [2, 5]);
    for (const part of parts) {
      const kind = this.#chance.pick(KINDS_BY_LEVEL[Math.min(level, 5)] as readonly DeviceKind[]);
      const isLateral = kind === 'fuse' && hasSinglePhaseLaterals && section.phases === 'ABC';
      const phases = isLateral ? this.#chance.pick(['A', 'B', 'C', 'ABC']) : section.phases;
      const from = this.#chance.isTrue(0.5) ? this.#add('line', section, section.phases) : section;
      this.#branch(this.#add(kind, from, phases), level + 1, part);
    }
  }

  #transformer(above: SiteDevice): void {
    const { metersPerTransformer } = this.#style;
    const transformer = this.#add('transformer', above, above.phases);
    const count = Math.max(1, Math.round(metersPerTransformer * this.#chance.between([0.4, 1.6])));
    for (let left = count; left > 0; ) {
      const building = Math.min(
        left,
        this.#chance.isTrue(0.4) ? 1 : this.#chance.integer(2, Math.max(2, Math.min(12, count))),
      );
      this.#building(transformer, building);
      left -= building;
    }
  }

  #building(transformer: SiteDevice, count: number): void {
    const { smartShare, terminalShare, metersPerCell } = this.#style;
    const first = this.#meters.length;
    const terminal = this.#chance.isTrue(terminalShare) ? String(first + 1) : null;
    for (let i = 0; i < count; i++) {
      const number = this.#meters.length + 1;
      const isThreePhase = transformer.phases !== 'ABC' || this.#chance.isTrue(0.3);
      this.#meters.push({
        number: `M${number}`,
        deviceKey: transformer.key,
        feederKey: 1,
        substationKey: 1,
        customers: this.#chance.isTrue(0.05) ? this.#chance.integer(2, 6) : 1,
        isAboveFeederHead: false,
        cell: metersPerCell === 0 ? null : `AP${Math.floor(first / metersPerCell) + 1}`,
        terminal,
        isSmart: this.#chance.isTrue(smartShare),
        phases: isThreePhase ? transformer.phases : this.#chance.pick(['A', 'B', 'C']),
        isFoundByPhone: true,
        isFoundByAddress: true,
      });
    }
  }

  #split(total: number, [least, most]: readonly [number, number]): readonly number[] {
    if (total <= 0) return [];
    const parts = Math.min(total, this.#chance.integer(least, most));
    const weights = Array.from({ length: parts }, () => this.#chance.between([0.3, 1]));
    const sum = weights.reduce((a, b) => a + b, 0);
    const sizes = weights.map((weight) => Math.max(1, Math.floor((total * weight) / sum)));
    const rest = total - sizes.reduce((a, b) => a + b, 0);
    // What rounding left over goes to the first part, and what it took too much from the largest.
    const at = rest >= 0 ? 0 : sizes.indexOf(Math.max(...sizes));
    return sizes.map((size, index) => (index === at ? size + rest : size)).filter((size) => size > 0);
  }

  #add(kind: DeviceKind, above: SiteDevice | null, phases: string | null): SiteDevice {
    const key = this.#devices.length + 1;
    const device: SiteDevice = {
      key,
      code: `${kind}-${key}`,
      kind,
      upstreamKey: above === null ? null : above.key,
      substationKey: 1,
      feederKey: above === null ? null : 1,
      isNormallyOpen: false,
      isFeederHead: above?.kind === 'substation',
      isImplied: kind === 'substation',
      phases,
    };
    this.#devices.push(device);
    return device;
  }
}
