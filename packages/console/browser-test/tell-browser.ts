import { findBrowser } from './find-browser.ts';

/** Says which browser the tests drive, or that they are skipped for want of one. */
export function setup(): void {
  const browser = findBrowser();
  process.stdout.write(
    browser === null
      ? 'No Chromium or Chrome on PATH: the tests of the page are skipped. CHROME_PATH=<file> names one.\n'
      : `The page is tested in ${browser}\n`,
  );
}
