import type { Page } from 'playwright-core';

/** What is beyond the sides of the screen, or has more in it than it shows. */
export function cutElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found = [...document.querySelectorAll('body *')].flatMap((part) => {
      const isAside = part.closest('.unseen, thead, script, noscript') !== null;
      if (isAside || !part.checkVisibility()) return [];
      const box = part.getBoundingClientRect();
      const isBeyond = box.left < -1 || box.right > width + 1;
      const overflow = getComputedStyle(part).overflowX;
      const isCut = overflow !== 'visible' && part.scrollWidth > part.clientWidth + 1;
      return isBeyond || isCut ? [`${part.tagName} ${part.className} ${part.textContent?.slice(0, 40)}`] : [];
    });
    return document.documentElement.scrollWidth > width ? ['the page scrolls sideways', ...found] : found;
  });
}
