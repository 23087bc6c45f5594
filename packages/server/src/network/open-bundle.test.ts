import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FindingLog } from './finding.ts';
import { openBundle } from './open-bundle.ts';
import { checkNetwork } from './read-network.ts';
import { type BundleTexts, withBundleFolder } from './testing/bundle-folder.ts';

const GOOD: BundleTexts = {
  'substations.csv': ['substation_id,name', 'S1,North'],
  'feeders.csv': ['feeder_id,substation_id', 'F1,S1'],
  'meters.csv': ['meter_number,upstream_id,feeder_id', 'M1,,F1'],
};

/** Why a bundle is refused. */
async function refusals(texts: BundleTexts): Promise<string[]> {
  return withBundleFolder(texts, async (folder) => {
    const source = await openBundle(folder);
    return source.ok ? [] : source.error.map(({ message }) => message.replace(folder, 'the folder'));
  });
}

const substationNames = (text: string): Promise<(string | null)[]> =>
  withBundleFolder({ ...GOOD, 'substations.csv': text }, async (folder) => {
    const source = await openBundle(folder);
    if (!source.ok) throw new Error(source.error[0]?.message);
    const { substations } = await source.value.readTables(new FindingLog());
    return substations.map(({ name }) => name);
  });

describe('a bundle is refused with all reasons at once', () => {
  test('when a required file is missing', async () => {
    expect(await refusals({ 'feeders.csv': ['feeder_id,substation_id'] })).toEqual([
      'substations.csv is missing in the folder',
      'meters.csv is missing in the folder',
    ]);
  });

  test('when a required column is missing, in the file that lacks it', async () => {
    expect(
      await refusals({
        ...GOOD,
        'meters.csv': ['upstream_id', 'x'],
        'devices.csv': ['device_id,kind,upstream_id'],
      }),
    ).toEqual([
      'devices.csv has no column feeder_id',
      'meters.csv has no column meter_number',
      'meters.csv has no column feeder_id',
    ]);
  });

  test('when a column stands twice in a header', async () => {
    expect(
      await refusals({ ...GOOD, 'feeders.csv': ['feeder_id,substation_id,Name, name', 'F1,S1,a,b'] }),
    ).toEqual(['feeders.csv has the column name twice in its header']);
  });

  test('when a file is empty or in UTF-16', async () => {
    expect(await refusals({ ...GOOD, 'feeders.csv': '', 'substations.csv': 'f\0e\0' })).toEqual([
      'substations.csv is written in UTF-16; save it as CSV UTF-8',
      'feeders.csv has no header row',
    ]);
  });

  test('when there is no such folder, or it is a file', async () => {
    const [reason] = await withBundleFolder(GOOD, async (folder) => {
      const source = await openBundle(join(folder, 'meters.csv'));
      return source.ok ? [] : source.error.map(({ message }) => message);
    });
    expect(reason).toMatch(/is no folder; a network bundle is a folder with substations\.csv/);
  });

  test('when a folder stands where a file should', async () => {
    const errors = await withBundleFolder({ ...GOOD, 'meters.csv': '' }, async (folder) => {
      await mkdir(join(folder, 'meters'), { recursive: true });
      await writeFile(join(folder, 'meters.csv'), 'meter_number,upstream_id,feeder_id\n');
      const source = await openBundle(folder);
      return source.ok ? [] : source.error;
    });
    expect(errors).toEqual([]);
  });
});

describe('a file is read', () => {
  test('with byte order mark, CRLF, quotes, and columns in any order and case', async () => {
    expect(
      await substationNames('\uFEFFName,SUBSTATION_ID \r\n"Sahab, ""East""",S1\r\nماركا,S2\r\n'),
    ).toEqual(['Sahab, "East"', 'ماركا']);
  });

  test('with names as written and ids without blanks around them', async () => {
    await withBundleFolder(
      { ...GOOD, 'substations.csv': 'substation_id,name\n S1 , North \n' },
      async (folder) => {
        const source = await openBundle(folder);
        if (!source.ok) throw new Error(source.error[0]?.message);
        const { substations } = await source.value.readTables(new FindingLog());
        expect(substations).toMatchObject([{ substationId: 'S1', name: ' North ' }]);
      },
    );
  });

  test('with columns that are not part of the format told and ignored, however they are called', async () => {
    const header = 'meter_number,upstream_id,feeder_id,__proto__,constructor,owner';
    await withBundleFolder(
      { ...GOOD, 'meters.csv': [header, 'M1,,F1,polluted,polluted,x'] },
      async (folder) => {
        const source = await openBundle(folder);
        if (!source.ok) throw new Error(source.error[0]?.message);
        const { findings, rowsLeftOut } = await checkNetwork(source.value);
        const ignored = findings.filter(({ code }) => code === 'column_ignored');
        expect(ignored.map(({ field }) => field)).toEqual(['__proto__', 'constructor', 'owner']);
        expect(rowsLeftOut).toBe(0);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      },
    );
  });

  test('with text of another encoding told, since its names are lost', async () => {
    const windows1256 = Buffer.concat([
      Buffer.from('substation_id,name\nS1,'),
      Buffer.from([0xd3, 0xcd, 0xc7, 0xc8]),
      Buffer.from('\n'),
    ]);
    await withBundleFolder(GOOD, async (folder) => {
      await writeFile(join(folder, 'substations.csv'), windows1256);
      const source = await openBundle(folder);
      if (!source.ok) throw new Error(source.error[0]?.message);
      const { counts, rowsLeftOut } = await checkNetwork(source.value);
      expect(counts.unreadable_text).toBe(1);
      expect(rowsLeftOut).toBe(0);
    });
  });

  test('with values that nothing can hold told and left empty', async () => {
    const long = 'x'.repeat(201);
    const rows = [
      'meter_number,upstream_id,feeder_id,building_id,onu_id,customers,priority,asset_mrid',
      `M1,,F1,${long},12x,-1,5,`,
      'M2,,F1,,9223372036854775808,1.5,0,',
      'M3,,F1,,007,0,1,',
      `${long},,F1,,,,,`,
    ];
    await withBundleFolder({ ...GOOD, 'meters.csv': rows }, async (folder) => {
      const source = await openBundle(folder);
      if (!source.ok) throw new Error(source.error[0]?.message);
      const meters = [];
      for await (const part of source.value.meters(new FindingLog())) meters.push(...part);
      expect(meters).toMatchObject([
        { buildingId: null, onuId: null, customers: 1, priority: 4 },
        { onuId: null, customers: 1, priority: 4 },
        { onuId: '7', customers: 0, priority: 1 },
      ]);
      const { counts, findings } = await checkNetwork(source.value);
      expect(counts).toMatchObject({ invalid_value: 8, missing_id: 1 });
      expect(findings.find(({ code }) => code === 'missing_id')).toMatchObject({ line: 5, leftOut: true });
    });
  });
});

test('of a million equal slips the report keeps a thousand in full and counts them all', async () => {
  const rows = Array.from({ length: 3_000 }, (_, number) => `M${number},NOPE,F1`);
  await withBundleFolder(
    { ...GOOD, 'meters.csv': ['meter_number,upstream_id,feeder_id', ...rows] },
    async (folder) => {
      const source = await openBundle(folder);
      if (!source.ok) throw new Error(source.error[0]?.message);
      const { counts, findings } = await checkNetwork(source.value);
      expect(counts.unknown_upstream).toBe(3_000);
      expect(findings.filter(({ code }) => code === 'unknown_upstream')).toHaveLength(1_000);
    },
  );
});
