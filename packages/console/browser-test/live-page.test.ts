import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsolePage, launchBrowser, openConsolePage, rowOf, SOON } from './console-page.ts';
import { type ConsoleServer, startConsoleServer } from './console-server.ts';
import { findBrowser } from './find-browser.ts';
import { breakerOf, type TestFeeder } from './test-network.ts';

const FEEDERS = Array.from(
  { length: 24 },
  (_, index): TestFeeder => ({ id: `F${index + 1}`, name: `Marka ${index + 1}`, customers: 430 + index }),
);
const [first, unknown, storm] = [FEEDERS[0]!, FEEDERS[1]!, FEEDERS.slice(4)];
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe.skipIf(findBrowser() === null)('the page at /', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: ConsolePage;
  const row = rowOf(breakerOf(first));
  const startedAt = minutesAgo(20);

  beforeAll(async () => {
    server = await startConsoleServer(FEEDERS);
    browser = await launchBrowser();
    visitor = await openConsolePage(browser, server.url, { timezoneId: 'America/New_York' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('says that nothing is out', async () => {
    await expect.poll(() => visitor.text('#empty'), SOON).toContain('No open outages.');
    expect(await visitor.text('#open-outages')).toBe('0 open outages');
    expect(await visitor.page.locator('#outages').isVisible()).toBe(false);
  });

  it('shows an outage as soon as SCADA tells of it, without being loaded again', async () => {
    await server.trip(first, startedAt);
    await visitor.page.locator(row).waitFor(SOON);
    const shown = await visitor.text(row);
    for (const text of [
      'Detected',
      'Breaker CB-F1',
      'Transformer fault',
      'Marka 1',
      '430 of 430',
      'SCADA 1',
    ]) {
      expect(shown).toContain(text);
    }
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe('1 open outage');
    expect(await visitor.text('#customers-out')).toBe('430 customers out now');
    await expect.poll(() => visitor.page.title(), SOON).toBe('(1) Lastgasp');
    expect(await visitor.isSameDocument()).toBe(true);
  });

  it('shows who else tells of it', async () => {
    await server.gasp(first, minutesAgo(19));
    await expect.poll(() => visitor.text(row), SOON).toContain('Meters 1');
  });

  it('shows times of the site, wherever the reader is, and names its zone once', async () => {
    const inAmman = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Amman', timeStyle: 'short' });
    expect(await visitor.text(`${row} td:last-child`)).toContain(inAmman.format(startedAt));
    expect((await visitor.text('body')).split('Jordan Time').length - 1).toBe(1);
  });

  it('opens with the keyboard what an outage rests on, and goes back to where it was', async () => {
    const { page } = visitor;
    const button = page.locator(`${row} button`);
    await page.locator('#language').focus();
    await page.keyboard.press('Tab');
    expect(await button.evaluate((it) => it === document.activeElement)).toBe(true);
    const outline = await button.evaluate((it) => getComputedStyle(it));
    expect([outline.outlineStyle, Number.parseFloat(outline.outlineWidth) >= 2]).toEqual(['solid', true]);
    await page.keyboard.press('Enter');
    await expect
      .poll(() => visitor.text('#detail'), SOON)
      .toContain('Reported by 1 SCADA alarm and 1 meter message.');
    await page.locator('#detail-evidence > li').first().waitFor(SOON);
    const detail = await visitor.text('#detail');
    for (const text of [
      'Interrupted: 430 customers at 1 meter.',
      'Loss of voltage',
      'Power outage',
      'M-F1',
    ]) {
      expect(detail).toContain(text);
    }
    await page.keyboard.press('Escape');
    expect(await page.locator('#detail').isVisible()).toBe(false);
    expect(await button.evaluate((it) => it === document.activeElement)).toBe(true);
    await page.locator('#language').focus();
  });

  it('shows the end of an outage, and counts it no longer', async () => {
    await server.restore(first, minutesAgo(1));
    await expect.poll(() => visitor.text(row), SOON).toContain('Restored');
    expect(await visitor.text(row)).toContain('0 of 430');
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe('0 open outages');
  });

  it('shows calls about danger first and red, and partial supply apart, below the outages', async () => {
    await server.call('T-wire', 'Wire down and sparking near the bus stop');
    await server.call('T-dim', 'Lights are dim in half of the rooms');
    await server.call('T-life', 'My father is on life support');
    await expect.poll(() => visitor.text('#hazards'), SOON).toContain('2 calls report a danger');
    await expect.poll(() => visitor.text('#partial'), SOON).toContain('One call reports partial supply');
    const hazards = await visitor.text('#hazards');
    expect([
      hazards.includes('Wire down'),
      hazards.includes('life support'),
      hazards.includes('dim'),
    ]).toEqual([true, true, false]);
    const { page } = visitor;
    const top = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? Number.NaN;
    expect(await top('#hazards')).toBeLessThan(await top('#outages'));
    expect(await top('#outages')).toBeLessThan(await top('#partial'));
    const colour = (selector: string) =>
      page.locator(selector).evaluate((it) => getComputedStyle(it).color.match(/\d+/g)?.map(Number) ?? []);
    const [red = 0, green = 0, blue = 0] = await colour('#hazards h2');
    expect(red).toBeGreaterThan(3 * Math.max(green, blue));
    expect(await colour('#partial h2')).toEqual(await colour('body'));
  });

  it('shows what a provider sent as text, whatever it is', async () => {
    const reason = '<img src=x onerror=alert(1)> \u202eغريب';
    await server.trip(unknown, minutesAgo(5), { reason });
    const cause = visitor.page.locator(`${rowOf(breakerOf(unknown))} td.device small bdi`);
    await cause.waitFor(SOON);
    expect(await cause.textContent()).toBe(reason);
    expect(await visitor.page.locator('main img').count()).toBe(0);
  });

  it('tells a storm to who hears the page in a few sentences, and leaves no outage out', async () => {
    const { page } = visitor;
    await page.evaluate(() => {
      const spoken: string[] = [];
      Object.assign(window, { spoken });
      const announcement = document.getElementById('announcement') as HTMLElement;
      new MutationObserver(() => spoken.push(announcement.textContent ?? '')).observe(announcement, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    // One after the other: all at once they would be one outage, that of their substation.
    for (const [i, feeder] of storm.entries()) await server.trip(feeder, minutesAgo(3 + 5 * i));
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe(`${storm.length + 1} open outages`);
    const spoken = () => page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
    const told = async () => {
      const sentences = (await spoken()).join(' ');
      const counts = [...sentences.matchAll(/(\d+) new outages/g)].map(([, count]) => Number(count));
      return counts.reduce((sum, count) => sum + count, 0) + (sentences.match(/New outage:/g)?.length ?? 0);
    };
    await expect.poll(told, SOON).toBeGreaterThanOrEqual(storm.length);
    expect((await spoken()).length).toBeLessThan(storm.length / 2);
    expect(await page.locator('#announcement').getAttribute('aria-live')).toBe('polite');
  });

  it('has given the browser nothing to complain of', async () => {
    expect(visitor.complaints).toEqual([]);
    expect(await visitor.isSameDocument()).toBe(true);
  });
});
