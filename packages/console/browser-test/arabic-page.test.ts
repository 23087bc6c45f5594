import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsolePage, launchBrowser, openConsolePage, rowOf, SOON } from './console-page.ts';
import { type ConsoleServer, startConsoleServer } from './console-server.ts';
import { findBrowser } from './find-browser.ts';
import { breakerOf, type TestFeeder } from './test-network.ts';

// One customer each, so that customers are counted as outages are; the last makes them a hundred.
const FEEDERS = Array.from(
  { length: 12 },
  (_, index): TestFeeder => ({
    id: `F${index + 1}`,
    name: `ماركا ${index + 1}`,
    customers: index === 11 ? 89 : 1,
  }),
);
const CAUSES = ['Cable Damage', 'Weather Related', 'Meteor strike'];

describe.skipIf(findBrowser() === null)('the page in Arabic', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: ConsolePage;

  beforeAll(async () => {
    server = await startConsoleServer(FEEDERS);
    browser = await launchBrowser();
    visitor = await openConsolePage(browser, server.url, { locale: 'ar-JO', colorScheme: 'dark' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('is read from right to left', async () => {
    const { page } = visitor;
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    expect(await page.locator('html').getAttribute('lang')).toBe('ar');
    await expect.poll(() => visitor.text('#empty'), SOON).toContain('لا انقطاعات قائمة.');
    const start = await page.locator('h1').boundingBox();
    const end = await page.locator('#language').boundingBox();
    expect(start?.x).toBeGreaterThan(end?.x ?? Number.POSITIVE_INFINITY);
    expect(await visitor.text('#zone')).toBe('توقيت الأردن');
  });

  it('inflects what it counts', async () => {
    const expected: Record<number, readonly [string, string]> = {
      1: ['1 انقطاع قائم', '1 مشترك دون تيار الآن'],
      2: ['2 انقطاعان قائمان', '2 مشتركان دون تيار الآن'],
      3: ['3 انقطاعات قائمة', '3 مشتركين دون تيار الآن'],
      11: ['11 انقطاعًا قائمًا', '11 مشتركًا دون تيار الآن'],
      12: ['12 انقطاعًا قائمًا', '100 مشترك دون تيار الآن'],
    };
    for (const [index, feeder] of FEEDERS.entries()) {
      await server.trip(feeder, new Date(Date.now() - index * 300_000), {
        reason: CAUSES[index] ?? 'Switch Failure',
      });
      const texts = expected[index + 1];
      if (texts === undefined) continue;
      await expect.poll(() => visitor.text('#open-outages'), SOON).toBe(texts[0]);
      await expect.poll(() => visitor.text('#customers-out'), SOON).toBe(texts[1]);
    }
    await expect.poll(() => visitor.text('#providers > li:first-child'), SOON).toContain('12 حدثًا');
  });

  it('tells what is wrong with a provider, and since when', async () => {
    const tile = '#providers > li:first-child';
    const since = new Date(Date.now() - 3_600_000).toISOString();
    await server.command('providers', 'note', 'scada', 'silent', '--from', since);
    await expect.poll(() => visitor.text(tile), SOON).toContain('صمت غير معتاد، بدأ');
    await server.command('providers', 'end', 'scada', 'silent');
    await expect.poll(() => visitor.text(tile), SOON).not.toContain('صمت');
  });

  it('translates status, device, source and the causes it knows, and shows another cause as it was sent', async () => {
    const [cable, weather, other] = FEEDERS.map((feeder) => rowOf(breakerOf(feeder)));
    const shown = await visitor.text(cable as string);
    for (const text of ['مكتشف', 'قاطع CB-F1', 'تلف كيبل', 'ماركا 1', 'سكادا 1'])
      expect(shown).toContain(text);
    expect(await visitor.text(weather as string)).toContain('أحوال جوية');
    expect(await visitor.text(`${other} td.device small bdi`)).toBe('Meteor strike');
    expect(await visitor.page.locator(`${cable} button bdi[dir="ltr"]`).textContent()).toBe('CB-F1');
  });

  it('tells in Arabic why an outage is believed', async () => {
    await visitor.page.locator(`${rowOf(breakerOf(FEEDERS[0]!))} button`).click();
    await expect
      .poll(() => visitor.text('#detail-explanation'), SOON)
      .toContain('المصدر: إنذار واحد من سكادا.');
    await expect
      .poll(() => visitor.text('#detail-members'), SOON)
      .toBe('انقطع التيار عن مشترك واحد (عداد واحد).');
    expect(await visitor.text('#detail-timeline')).toContain('مشترك واحد دون تيار');
    await visitor.page.locator('#detail-close').click();
  });

  it('changes to English at the press of a button, and remembers it', async () => {
    const { page } = visitor;
    await page.locator('#language').click();
    expect(await page.locator('html').getAttribute('dir')).toBe('ltr');
    expect(await visitor.text('#open-outages')).toBe('12 open outages');
    expect(await visitor.text(rowOf(breakerOf(FEEDERS[0]!)))).toContain('Cable damage');
    await page.reload();
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe('12 open outages');
    await page.locator('#language').click();
    expect(await visitor.text('#open-outages')).toBe('12 انقطاعًا قائمًا');
  });

  it('has given the browser nothing to complain of', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
