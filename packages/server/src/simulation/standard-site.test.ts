import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ALL_PHASES, deriveSupply, type Site, stormPlan } from '@lastgasp/engine/simulate';
import { describe, expect, test } from 'vitest';
import { protectLaterals } from './protect-laterals.ts';
import { readStandardNetwork } from './standard-network.ts';
import { standardSite } from './standard-site.ts';

const FOLDER = resolve(import.meta.dirname, '../../../../../shared/networks');
const NAMES = ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'epri-ckt7'];

interface Truth {
  readonly metersOut: number;
  readonly metersPartial: number;
  readonly ids?: readonly string[];
}

/**
 * Devices for which the trace and a tree must differ: single-phase regulators side by side, which a tree puts beside the path,
 * and a substation transformer that the trace bridges.
 */
const DIFFERENT: Readonly<Record<string, readonly string[]>> = {
  ieee123: [
    'transformer.reg3a',
    'transformer.reg3c',
    'transformer.reg4a',
    'transformer.reg4b',
    'transformer.reg4c',
  ],
  'epri-ckt7': ['transformer.sub1'],
};

describe.skipIf(!existsSync(FOLDER))(
  'the standard feeders (skipped where they are not beside the clone)',
  () => {
    test.for(NAMES)(
      'a device of %s that opens takes the meters that an independent trace by phase takes',
      async (name) => {
        const site = standardSite(await readStandardNetwork(resolve(FOLDER, `${name}.json`)));
        expect(differentFromTrace(name, site)).toEqual((DIFFERENT[name] ?? []).toSorted());
      },
    );

    test.for(NAMES)('a device of %s takes the same loads when laterals are protected', async (name) => {
      const network = await readStandardNetwork(resolve(FOLDER, `${name}.json`));
      const site = standardSite(protectLaterals(network));
      expect(differentFromTrace(name, site)).toEqual((DIFFERENT[name] ?? []).toSorted());
      const loads = new Set(site.meters.number.map((number) => number.split('#')[0]));
      expect(loads.size).toBe(network.meters.length);
    });
  },
);

/** Devices whose opening takes other loads than the trace says; a load is its meters. */
function differentFromTrace(name: string, site: Site): readonly string[] {
  const { truth } = JSON.parse(readFileSync(resolve(FOLDER, `${name}.truth.json`), 'utf8')) as {
    truth: Readonly<Record<string, Truth>>;
  };
  expect(site.network.findings).toEqual([]);
  const different: string[] = [];
  for (const [id, { metersOut, ids }] of Object.entries(truth)) {
    const device = site.network.devices.findIndex(({ code }) => code === id);
    const fault = {
      target: { kind: 'device', device } as const,
      phases: ALL_PHASES,
      cause: '',
      location: -1,
      openings: [{ from: 0, to: 1 }],
    };
    const { off } = deriveSupply(site, stormPlan({ faults: [fault] }));
    const loads = [
      ...new Set([...off.keys()].map((meter) => site.meters.number[meter]?.split('#')[0] as string)),
    ];
    const isSame =
      loads.length === metersOut && (ids === undefined || ids.toSorted().join() === loads.toSorted().join());
    if (!isSame) different.push(id);
  }
  return different.toSorted();
}
