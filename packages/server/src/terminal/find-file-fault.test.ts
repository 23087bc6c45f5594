import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFileFault } from './find-file-fault.ts';

test('a file that cannot be read is named in a sentence, without words of the system', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-file-'));
  try {
    const file = join(folder, 'storm.ndjson');
    expect(await findFileFault(file)).toBe(`there is no file ${file}`);
    await writeFile(file, '');
    expect(await findFileFault(file)).toBeNull();
    expect(await findFileFault(join(file, 'x'))).toBe(`there is no file ${join(file, 'x')}`);
    expect(await findFileFault(folder)).toBe(`${folder} is a folder, not a file`);
    const long = join(folder, 'x'.repeat(300));
    expect(await findFileFault(long)).toBe(`${long} cannot be opened (ENAMETOOLONG)`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
