import { describe, expect, test } from 'vitest';
import type { BundleTexts } from './testing/bundle-folder.ts';
import { METERS, readTexts } from './testing/read-texts.ts';
import { NONE } from './topology.ts';

describe('a meter without a link', () => {
  const texts: BundleTexts = {
    'distribution_points.csv': [
      'dp_id,feeder_id,lat,lng,building_id',
      'DP1,F1,31.95,35.93,B1',
      'DP2,F2,31.96,35.93,',
    ],
    'meters.csv': [
      `${METERS},building_id,lat,lng`,
      'M1,,,B1,,',
      'M2,,,B2,,',
      'M3,,,,31.9502,35.93',
      'M4,,,,31.99,35.93',
      'M5,,,,,',
      'M6,DP2,,B2,,',
      'M7,GONE,,,31.9599,35.9301',
    ],
  };

  test('belongs to the distribution point, or to a linked neighbour, of its building', async () => {
    const network = await readTexts(texts);
    expect(network.place('M1')).toBe('DP1/DP1/F1/S1');
    expect(network.place('M2')).toBe('DP2/DP2/F2/S2');
    expect(network.meter('M2').place).toMatchObject({ linkSource: 'building', linkDistanceM: null });
    expect(network.findings('linked_by_building').map(({ id }) => id)).toEqual(['M1', 'M2']);
  });

  test('is linked to the nearest distribution point within a kilometre, and that is told as a fallback', async () => {
    const network = await readTexts(texts);
    expect(network.place('M3')).toBe('DP1/DP1/F1/S1');
    expect(network.meter('M3').place).toMatchObject({ linkSource: 'proximity', linkDistanceM: 22.2 });
    expect(network.place('M7')).toBe('DP2/DP2/F2/S2');
    expect(network.findings('linked_by_proximity').map(({ id }) => id)).toEqual(['M3', 'M7']);
    expect(network.findings('unknown_upstream').map(({ id }) => id)).toEqual(['M7']);
  });

  test('stays without one where nothing is near', async () => {
    const network = await readTexts(texts);
    expect(network.meter('M4').place).toMatchObject({ linkSource: 'none', device: NONE });
    expect(network.findings('not_linked').map(({ id }) => id)).toEqual(['M4', 'M5']);
    expect(network.report.links).toEqual({ explicit: 1, building: 2, proximity: 2, none: 2 });
  });
});
