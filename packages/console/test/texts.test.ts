import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALL_KINDS, DEVICE_KINDS, OUTAGE_STATUSES, PROVIDERS, SOURCE_TYPES } from '@lastgasp/model';
import { describe, expect, it } from 'vitest';
import { createLanguage } from '../public/language.js';
import { AR } from '../public/texts-ar.js';
import { EN } from '../public/texts-en.js';

interface Catalogue {
  readonly plain: Readonly<Record<string, string>>;
  readonly counted: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly terms: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const CATALOGUES: Readonly<Record<'en' | 'ar', Catalogue>> = { en: EN, ar: AR };
const FOLDER = join(import.meta.dirname, '../public');
const scripts = readdirSync(FOLDER)
  .filter((file) => /\.(html|js)$/.test(file) && !file.startsWith('texts-'))
  .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
  .join('\n');
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe('the catalogues of the two languages', () => {
  it('have the same texts, each with the same places for values', () => {
    expect(Object.keys(AR.plain).sort()).toEqual(Object.keys(EN.plain).sort());
    for (const [key, text] of Object.entries(CATALOGUES.en.plain)) {
      expect([key, places(CATALOGUES.ar.plain[key] as string)]).toEqual([key, places(text)]);
    }
  });

  it('have the same counted texts', () => {
    expect(Object.keys(AR.counted).sort()).toEqual(Object.keys(EN.counted).sort());
  });

  it('translate the same words of the same closed sets', () => {
    const words = (catalogue: Catalogue) =>
      Object.entries(catalogue.terms).flatMap(([set, terms]) =>
        Object.keys(terms).map((word) => `${set} ${word}`),
      );
    expect(words(AR).sort()).toEqual(words(EN).sort());
  });

  it('have no empty text, and none in the other script', () => {
    for (const [code, { plain, counted, terms }] of Object.entries(CATALOGUES)) {
      const all = [plain, ...Object.values(counted), ...Object.values(terms)].flatMap(Object.entries);
      for (const [key, text] of all) {
        if (key === 'otherLanguage') continue;
        const isArabic = /[\u0600-\u06ff]/.test(text.replaceAll(/\{\w+\}/g, ''));
        const hasWords = /\p{L}/u.test(text.replaceAll(/\{\w+\}/g, ''));
        if (hasWords) expect([key, text, isArabic]).toEqual([key, text, code === 'ar']);
        expect(text, key).not.toBe('');
      }
    }
  });
});

describe.each(Object.entries(CATALOGUES))('each counted text in %s', (code, { counted }) => {
  const { pluralCategories } = new Intl.PluralRules(code).resolvedOptions();

  it('has every plural category of the language and no other', () => {
    for (const [key, forms] of Object.entries(counted)) {
      expect([key, Object.keys(forms).sort()]).toEqual([key, [...pluralCategories].sort()]);
    }
  });

  it('says the number wherever the form does not', () => {
    for (const [key, forms] of Object.entries(counted)) {
      for (const category of ['few', 'many', 'other'] as const) {
        const text = forms[category];
        if (text !== undefined)
          expect([key, category, text]).toEqual([key, category, expect.stringContaining('{count}')]);
      }
    }
  });

  it('has the same other places in each form', () => {
    for (const [key, forms] of Object.entries(counted)) {
      const others = Object.values(forms).map((text) => places(text).filter((place) => place !== '{count}'));
      for (const one of others) expect([key, one]).toEqual([key, others[0]]);
    }
  });
});

describe('a counted noun', () => {
  const ar = createLanguage({ remembered: 'ar', preferred: 'ar' });
  const en = createLanguage({ remembered: 'en', preferred: 'en' });

  it.each([
    [0, 'لا مشتركين دون تيار'],
    [1, 'مشترك واحد دون تيار'],
    [2, 'مشتركان دون تيار'],
    [3, '3 مشتركين دون تيار'],
    [10, '10 مشتركين دون تيار'],
    [11, '11 مشتركًا دون تيار'],
    [99, '99 مشتركًا دون تيار'],
    [100, '100 مشترك دون تيار'],
    [102, '102 مشترك دون تيار'],
    [1726, '1,726 مشتركًا دون تيار'],
  ])('follows %i in Arabic', (count, text) => {
    expect(ar.counted('customersWithoutSupply', count)).toBe(text);
  });

  it('follows its number in English', () => {
    expect([0, 1, 2].map((count) => en.counted('customersWithoutSupply', count))).toEqual([
      '0 customers without supply',
      '1 customer without supply',
      '2 customers without supply',
    ]);
  });

  it('stands beside its number where that is shown large', () => {
    expect([0, 1, 2, 3, 11, 100].map((count) => ar.countedParts('openOutages', count))).toEqual([
      ['0', 'انقطاعات قائمة'],
      ['1', 'انقطاع قائم'],
      ['2', 'انقطاعان قائمان'],
      ['3', 'انقطاعات قائمة'],
      ['11', 'انقطاعًا قائمًا'],
      ['100', 'انقطاع قائم'],
    ]);
    for (const { counted } of Object.values(CATALOGUES)) {
      for (const key of ['openOutages', 'customersOutNow']) {
        for (const text of Object.values(counted[key] ?? {})) expect(text).toMatch(/^\{count\} ./);
      }
    }
  });
});

describe('a duration', () => {
  it('is inflected, with its minutes where it has hours', () => {
    const ar = createLanguage({ remembered: 'ar', preferred: 'ar' });
    const en = createLanguage({ remembered: 'en', preferred: 'en' });
    const seconds = [0, 1, 45, 60, 125, 180, 660, 3_600, 3_660, 7_320, 90_000, 172_800];
    expect(seconds.map(ar.span)).toEqual([
      'أقل من ثانية',
      'ثانية واحدة',
      '45 ثانية',
      'دقيقة واحدة',
      'دقيقتين',
      '3 دقائق',
      '11 دقيقة',
      'ساعة واحدة',
      'ساعة واحدة ودقيقة واحدة',
      'ساعتين ودقيقتين',
      'يوم واحد وساعة واحدة',
      'يومين',
    ]);
    expect([0, 1, 45, 3_660, 172_800].map(en.span)).toEqual([
      '0 seconds',
      '1 second',
      '45 seconds',
      '1 hour 1 minute',
      '2 days',
    ]);
  });
});

describe('the closed sets', () => {
  it('have every status, kind of device and source that the registry knows', () => {
    for (const { terms } of Object.values(CATALOGUES)) {
      expect(Object.keys(terms.status ?? {})).toEqual([...OUTAGE_STATUSES]);
      for (const kind of DEVICE_KINDS) expect(terms.device).toHaveProperty(kind);
      for (const source of SOURCE_TYPES) expect(terms.source).toHaveProperty(source);
      for (const kind of CALL_KINDS.filter((kind) => kind !== 'other'))
        expect(terms.event).toHaveProperty(kind);
    }
  });

  it('are found however a provider writes the word, and nothing else is', () => {
    const ar = createLanguage({ remembered: 'ar', preferred: 'ar' });
    for (const cause of [
      'Transformer Fault',
      'Cable Damage',
      'Equipment Failure',
      'Protection Trip',
      'Weather Related',
      'Switch Failure',
    ]) {
      expect(ar.term('cause', cause), cause).toMatch(/[\u0600-\u06ff]/);
      expect(ar.term('cause', cause.toUpperCase())).toBe(ar.term('cause', cause));
    }
    expect(ar.term('cause', ' weather-related ')).toBe(ar.term('cause', 'Weather Related'));
    for (const provider of PROVIDERS) expect(ar.term('source', provider)).not.toBeNull();
    for (const word of ['Meteor', 'constructor', '__proto__', '', null])
      expect(ar.term('cause', word)).toBeNull();
  });
});

describe('the page', () => {
  it('asks for no text that is not there, and has none that is never asked for', () => {
    const plain = scripts.matchAll(/data-text="(\w+)"|\btext\('(\w+)'|label: '(\w+)'/g);
    const counted = scripts.matchAll(/\b(?:counted|countedParts)\('(\w+)'/g);
    const asked = [...plain].map((match) => match[1] ?? match[2] ?? match[3]);
    const askedCounted = [...counted].map((match) => match[1]);
    expect(asked.length).toBeGreaterThan(25);
    for (const key of asked) expect(EN.plain).toHaveProperty(key as string);
    for (const key of askedCounted) expect(EN.counted).toHaveProperty(key as string);
    const mentioned = new Set([...scripts.matchAll(/['"](\w+)['"]/g)].map(([, word]) => word));
    const composed = ['staleBanner', 'disconnectedBanner', 'ago', 'longAndShort'];
    const unused = [...Object.keys(EN.plain), ...Object.keys(EN.counted)].filter(
      (key) => !mentioned.has(key) && !composed.includes(key),
    );
    expect(unused).toEqual([]);
  });

  it('shows until its script runs what the English catalogue has, and no other text', () => {
    const html = readFileSync(join(FOLDER, 'index.html'), 'utf8').replace(
      /<noscript>[\s\S]*<\/noscript>/,
      '',
    );
    const labelled = [...html.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)];
    expect(labelled.length).toBeGreaterThan(10);
    for (const [, key, text] of labelled) expect(text).toBe(CATALOGUES.en.plain[key as string]);
    const others = html.replaceAll(/data-text="\w+"[^>]*>[^<]*</g, '<').replaceAll(/<[^>]*>/g, ' ');
    expect(others.split(/\s+/).filter(Boolean)).toEqual(['Lastgasp', 'Lastgasp']);
  });

  it('styles no side by left or right, so that both directions fit', () => {
    for (const file of ['style.css', 'docs.css']) {
      expect(readFileSync(join(FOLDER, file), 'utf8')).not.toMatch(/(^|[\s-])(left|right)\b/);
    }
  });
});
