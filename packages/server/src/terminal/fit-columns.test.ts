import { expect, test } from 'vitest';
import { breakText, fitColumns } from './fit-columns.ts';

const text = (width: number, longestWord = 5) => ({ width, longestWord });
const number = (width: number) => ({ width, longestWord: null });

test('columns that fit keep their width', () => {
  expect(fitColumns([text(20), number(5)], 80)).toEqual([20, 5]);
});

test('the widest column of text gives way first, and numbers never do', () => {
  expect(fitColumns([text(40), text(20), number(30)], 80)).toEqual([20, 20, 30]);
  expect(fitColumns([text(40), text(20), number(30)], 79)).toEqual([19, 20, 30]);
});

test('text is broken between words before any is broken within one', () => {
  expect(fitColumns([text(40, 30), text(20)], 57)).toEqual([30, 20]);
  expect(fitColumns([text(40, 30), text(20)], 50)).toEqual([30, 13]);
  expect(fitColumns([text(40, 30), text(20, 20)], 50)).toEqual([23, 20]);
});

test('no column of text becomes narrower than ten characters', () => {
  expect(fitColumns([text(40, 20), number(30)], 20)).toEqual([10, 30]);
});

test('text is broken between words, and within a word only where it is wider than the column', () => {
  expect(breakText('scada 2, kaifa 246, onu 68', 12)).toBe('scada 2,\nkaifa 246,\nonu 68');
  expect(breakText('CB-F00K123-20250924T105128Z late', 12)).toBe('CB-F00K123-2\n0250924T1051\n28Z late');
  expect(breakText('short', 12)).toBe('short');
});
