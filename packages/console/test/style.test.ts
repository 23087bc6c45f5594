import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../public/style.css'), 'utf8');
const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block = '']) =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[\da-f]{6})/g)].map(([, name, value]) => [name, value]),
  ),
);

/** Relative luminance of a colour (WCAG 2.2, 1.4.3). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const share = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT_ON: Readonly<Record<string, readonly string[]>> = {
  text: ['ground', 'surface', 'chip', 'hazard-ground', 'out-ground', 'flash'],
  quiet: ['ground', 'surface', 'chip', 'flash'],
  link: ['ground', 'surface', 'flash'],
  good: ['ground', 'surface', 'chip', 'flash'],
  out: ['ground', 'surface', 'out-ground', 'flash'],
  hazard: ['hazard-ground'],
};

describe.each(['light', 'dark'])('the %s colours', (scheme) => {
  const colours = blocks[scheme === 'light' ? 0 : 1] ?? {};
  const pairs = Object.entries(TEXT_ON).flatMap(([text, grounds]) =>
    grounds.map((ground) => [text, ground] as const),
  );

  it.each(pairs)('let %s be read on %s (WCAG AA)', (text, ground) => {
    expect(contrast(colours[text] as string, colours[ground] as string)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['ground', 'surface'])('show the edge of what can be pressed on %s', (ground) => {
    expect(contrast(colours.edge as string, colours[ground] as string)).toBeGreaterThanOrEqual(3);
  });
});
