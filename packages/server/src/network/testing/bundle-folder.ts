import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleFile } from '../bundle-format.ts';

/** The files of a small bundle as a test writes them: whole texts, or lines of which the first is the header. */
export type BundleTexts = Readonly<Partial<Record<BundleFile, string | readonly string[]>>>;

/** Writes a bundle into a new temporary folder, lets `use` work with it, and removes it. */
export async function withBundleFolder<T>(
  texts: BundleTexts,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-bundle-'));
  try {
    for (const [file, text] of Object.entries(texts))
      await writeFile(join(folder, file), typeof text === 'string' ? text : `${text.join('\n')}\n`);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
