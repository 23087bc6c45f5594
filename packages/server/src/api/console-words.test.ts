import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEVICE_KINDS, OUTAGE_STATUSES, PROVIDERS, SOURCE_TYPES } from '@lastgasp/model';
import { describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../console/public');
const { WORDS } = (await import(join(FOLDER, 'words.js'))) as {
  WORDS: Record<'en' | 'ar', Record<string, string>>;
};

describe('the words of the page', () => {
  it('are the same in both languages, with the same places for figures', () => {
    expect(Object.keys(WORDS.ar).sort()).toEqual(Object.keys(WORDS.en).sort());
    for (const [key, text] of Object.entries(WORDS.en)) {
      const places = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(String).sort();
      expect(places(WORDS.ar[key] as string), key).toEqual(places(text));
    }
  });

  it('name every status, kind of device and source', () => {
    for (const word of [...OUTAGE_STATUSES, ...DEVICE_KINDS, ...SOURCE_TYPES, ...PROVIDERS]) {
      expect(WORDS.en, word).toHaveProperty(word);
    }
  });

  it('are all there that the page asks for', () => {
    const text = readdirSync(FOLDER)
      .filter((file) => /\.(html|js)$/.test(file) && file !== 'words.js')
      .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
      .join('\n');
    const asked = [...text.matchAll(/data-word="(\w+)"|\bword\('(\w+)'/g)].map(
      (match) => match[1] ?? match[2],
    );
    expect(asked.length).toBeGreaterThan(30);
    for (const key of asked) expect(WORDS.en).toHaveProperty(key as string);
  });

  it('style no side by left or right, so that both directions fit', () => {
    for (const file of ['style.css', 'docs.css']) {
      expect(readFileSync(join(FOLDER, file), 'utf8')).not.toMatch(/(^|[\s-])(left|right)\b/);
    }
  });
});
