import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openConsolePage, SOON } from './console-page.ts';
import { type ConsoleServer, startConsoleServer } from './console-server.ts';
import { cutElements } from './cut-elements.ts';
import { findBrowser } from './find-browser.ts';
import type { TestFeeder } from './test-network.ts';

const FEEDERS: readonly TestFeeder[] = [
  { id: 'F1', name: 'Marka Airport Road', customers: 12_345 },
  {
    id: 'F2-A-CODE-THAT-IS-LONGER-THAN-A-TELEPHONE-IS-WIDE',
    name: 'x'.repeat(60),
    customers: 3,
  },
  { id: 'F3', name: 'مغذي شارع الملكة رانيا العبدالله', customers: 1 },
];
const LOOKS = ['en-GB', 'ar-JO'].flatMap((locale) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ locale, colorScheme })),
);

describe.skipIf(findBrowser() === null)('the layout of the page', () => {
  let server: ConsoleServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startConsoleServer(FEEDERS);
    browser = await launchBrowser();
    for (const [index, feeder] of FEEDERS.entries()) {
      await server.trip(feeder, new Date(Date.now() - 3_723_000 - index * 300_000));
      await server.gasp(feeder, new Date(Date.now() - 3_600_000));
    }
    await server.call('T-1', `سلك كهرباء مقطوع وواقع على الأرض أمام المدرسة ${'x'.repeat(80)}`);
    for (let call = 0; call < 7; call += 1)
      await server.call(`P-${call}`, 'Lights are dim in half of the rooms');
    // A message that is set aside, so that a note about it has its place.
    await fetch(new URL('/scada-mock-generator', server.url), { method: 'POST', body: '{"eventType":"x"}' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const open = async (look: (typeof LOOKS)[number], width: number, hasTouch = false) => {
    const visitor = await openConsolePage(browser, server.url, {
      ...look,
      hasTouch,
      viewport: { width, height: 844 },
    });
    await visitor.page
      .locator('#rows > tr')
      .nth(FEEDERS.length - 1)
      .waitFor(SOON);
    await visitor.page.locator('#partial').waitFor(SOON);
    return visitor;
  };

  describe.each(LOOKS)('in $locale, $colorScheme', (look) => {
    it.each([320, 390, 768, 1280])('at %i px nothing is cut and nothing scrolls sideways', async (width) => {
      const { page, close } = await open(look, width);
      expect(await cutElements(page)).toEqual([]);
      await page.locator('#rows button').first().click();
      await page.locator('#detail-evidence > li').first().waitFor(SOON);
      expect(await cutElements(page)).toEqual([]);
      await close();
    });
  });

  it.each(LOOKS)('at 390 px what can be pressed is at least 44 px in $locale, $colorScheme', async (look) => {
    const { page, close } = await open(look, 390, true);
    const small = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('button, a')].flatMap((target) => {
          const { width, height } = target.getBoundingClientRect();
          const isShown = width > 0 && target.checkVisibility();
          return isShown && (width < 44 || height < 44) ? [`${target.outerHTML} ${width} x ${height}`] : [];
        }),
      );
    expect(await small()).toEqual([]);
    await page.locator('#rows button').first().tap();
    await page.locator('#detail-close').waitFor();
    expect(await small()).toEqual([]);
    await close();
  });

  it.each(LOOKS)('a card has what the row has, in the same order, in $locale, $colorScheme', async (look) => {
    // But for how long ago it was, which may be another minute by then.
    const cells = (page: Page) =>
      page.locator('#rows > tr').evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('.value')].map((value) => {
            const copy = value.cloneNode(true) as HTMLElement;
            for (const age of copy.querySelectorAll('[data-age]')) age.textContent = '…';
            return copy.textContent;
          }),
        ),
      );
    const wide = await open(look, 1280);
    const narrow = await open(look, 390);
    const [inRows, inCards] = [await cells(wide.page), await cells(narrow.page)];
    expect(inCards).toEqual(inRows);
    expect(inCards[0]).toHaveLength(7);
    const tops = await narrow.page
      .locator('#rows > tr:first-child > td')
      .evaluateAll((found) => found.map((cell) => cell.getBoundingClientRect().top));
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    expect(new Set(tops).size).toBe(7);
    const labels = await narrow.page
      .locator('#rows > tr:first-child .label')
      .evaluateAll((found) => found.flatMap((label) => (label.checkVisibility() ? [label.textContent] : [])));
    expect(labels).toHaveLength(5);
    await wide.close();
    await narrow.close();
  });

  it.each([390, 768, 1280])('at %i px the tiles of a row are of one size', async (width) => {
    const { page, close } = await open(LOOKS[0]!, width);
    const boxes = await page
      .locator('#providers > li')
      .evaluateAll((tiles) => tiles.map((tile) => tile.getBoundingClientRect().toJSON()));
    expect(boxes).toHaveLength(4);
    for (const box of boxes) {
      expect(Math.abs(box.width - boxes[0].width)).toBeLessThan(1);
      for (const other of boxes) if (other.top === box.top) expect(other.height).toBe(box.height);
    }
    await close();
  });

  it('a long list of calls is folded, and unfolds', async () => {
    const { page, close } = await open(LOOKS[0]!, 390);
    expect(await page.locator('#partial-list > li').count()).toBe(3);
    expect(await page.locator('#partial-more').innerText()).toBe('Show 4 more');
    await page.locator('#partial-more').click();
    expect(await page.locator('#partial-list > li').count()).toBe(7);
    await close();
  });
});
