import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsolePage, launchBrowser, openConsolePage, rowOf, SOON } from './console-page.ts';
import { type ConsoleServer, startConsoleServer } from './console-server.ts';
import { cutElements } from './cut-elements.ts';
import { findBrowser } from './find-browser.ts';
import { breakerOf, type TestFeeder } from './test-network.ts';

const FEEDERS = Array.from(
  { length: 3 },
  (_, index): TestFeeder => ({ id: `F${index + 1}`, name: `Sahab ${index + 1}`, customers: 10 }),
);
const [before, meanwhile, after] = FEEDERS as [TestFeeder, TestFeeder, TestFeeder];
const row = (feeder: TestFeeder) => rowOf(breakerOf(feeder));

describe.skipIf(findBrowser() === null)('a page whose server goes away', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: ConsolePage;
  const state = () => visitor.page.locator('#connection').getAttribute('data-state');
  const banner = () => visitor.page.locator('#banner');

  beforeAll(async () => {
    server = await startConsoleServer(FEEDERS);
    browser = await launchBrowser();
    visitor = await openConsolePage(browser, server.url);
    await server.trip(before, new Date(Date.now() - 1_200_000));
    await visitor.page.locator(row(before)).waitFor(SOON);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('says so, and keeps what it knew in sight', async () => {
    await server.stop();
    await expect.poll(state, SOON).toBe('disconnected');
    await banner().waitFor(SOON);
    expect(await visitor.text('#banner')).toMatch(
      /cannot be reached. The list is as of \d\d:\d\d:\d\d; trying again/,
    );
    expect(await visitor.page.locator(row(before)).isVisible()).toBe(true);
    expect(await visitor.page.locator('body').getAttribute('class')).toContain('out-of-date');
  });

  it.each([320, 390, 768])('says so at %i px as well, with nothing cut', async (width) => {
    const { page } = visitor;
    await page.setViewportSize({ width, height: 844 });
    for (const _ of ['ar', 'en']) {
      await page.locator('#language').click();
      expect(await cutElements(page)).toEqual([]);
      expect(await banner().isVisible()).toBe(true);
    }
  });

  it('goes on by itself when the server is back, with what happened meanwhile', async () => {
    await server.start();
    await server.trip(meanwhile, new Date(Date.now() - 600_000));
    await server.restore(before, new Date(Date.now() + 1_000));
    await expect.poll(state, SOON).toBe('live');
    await visitor.page.locator(row(meanwhile)).waitFor(SOON);
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe('1 open outage');
    expect(await banner().isVisible()).toBe(false);
    await server.trip(after);
    await visitor.page.locator(row(after)).waitFor(SOON);
    expect(await visitor.isSameDocument()).toBe(true);
  });

  it('notices a server that is silent with its connections open, and takes up again what it says', async () => {
    server.freeze();
    await banner().waitFor(SOON);
    expect(['stale', 'disconnected']).toContain(await state());
    server.goOn();
    await expect.poll(state, SOON).toBe('live');
    await server.restore(after, new Date(Date.now() + 1_000));
    await expect.poll(() => visitor.text('#open-outages'), SOON).toBe('1 open outage');
    expect(await banner().isVisible()).toBe(false);
    expect(await visitor.isSameDocument()).toBe(true);
  });

  it('complained of nothing but the server that was away', () => {
    expect(visitor.complaints.filter((text) => !/net::ERR_|Failed to load resource/.test(text))).toEqual([]);
  });
});
