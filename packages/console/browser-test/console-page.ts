import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

/** How long the page has to show what a server was told, and to answer a press: far longer than it takes. */
export const SOON = { timeout: 60_000 };

/** Starts the browser of this machine, without a window. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('there is no browser');
  // Chromium refuses to shut itself in as root; containers have little shared memory.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    args: ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])],
  });
}

/** The page as one visitor has it open. */
export interface ConsolePage {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, of the page's policy and of what it loads. */
  readonly complaints: string[];
  /** The visible text of what a selector finds, on one line each, without marks of direction. */
  readonly text: (selector: string) => Promise<string>;
  /** Whether the document is the one that was opened, never loaded again. */
  readonly isSameDocument: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Opens the page and waits until it is live. */
export async function openConsolePage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(SOON.timeout);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.locator('#connection[data-state="live"]').waitFor();
  await page.locator('#providers > li').first().waitFor();
  await page.evaluate(() => document.body.setAttribute('data-first', ''));
  return {
    page,
    complaints,
    text: async (selector) =>
      (await page.locator(selector).innerText())
        .replaceAll(/[\u2066-\u2069\u200e\u200f]/g, '')
        .replaceAll(/\s+/g, ' '),
    isSameDocument: () => page.evaluate(() => document.body.hasAttribute('data-first')),
    close: () => context.close(),
  };
}

/** The selector of the row that stands for a device's outage. */
export const rowOf = (deviceId: string): string => `#rows > tr[data-id^="${deviceId}-"]`;
