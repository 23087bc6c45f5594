import { describe, expect, test } from 'vitest';
import { createOutput } from './output.ts';

const said = (isTTY: boolean) => {
  let results = '';
  let notes = '';
  const output = createOutput(
    { write: (text) => (results += text), isTTY },
    { write: (text) => (notes += text), isTTY },
  );
  output.line('payload:\r\n\u001b[2J\u001b]0;title\u0007gone\tغاز');
  output.progress('refused: \u009b31m');
  return { results, notes };
};

describe("a provider's text", () => {
  test('cannot command the terminal that it is shown on', () => {
    expect(said(true)).toEqual({
      results: 'payload:\n\u{fffd}[2J\u{fffd}]0;title\u{fffd}gone\tغاز\n',
      notes: 'refused: \u{fffd}31m\n',
    });
  });

  test('goes into a file or pipe as it came', () => {
    expect(said(false)).toEqual({
      results: 'payload:\r\n\u001b[2J\u001b]0;title\u0007gone\tغاز\n',
      notes: 'refused: \u009b31m\n',
    });
  });
});
