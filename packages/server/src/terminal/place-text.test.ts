import { expect, test } from 'vitest';
import { cutText, placesOf, placeText } from './place-text.ts';

test('the marks of Arabic and what isolates it take no place', () => {
  expect(placesOf('مغذٍّ')).toBe(3);
  expect(placesOf('\u2068مغذٍّ\u2069')).toBe(3);
  expect(placesOf('Sahab')).toBe(5);
});

test('text that is too long ends in an ellipsis, a letter never parted from its marks', () => {
  expect(cutText('Sahab North', 11)).toBe('Sahab North');
  expect(cutText('Sahab North', 6)).toBe('Sahab…');
  expect(cutText('مغذٍّ سحاب', 4)).toBe('مغذٍّ…');
});

test('text fills its places, numbers to the right', () => {
  expect(placeText('Sahab', 8)).toBe('Sahab   ');
  expect(placeText('1,294', 8, 'right')).toBe('   1,294');
});

test('Arabic is isolated, so that the numbers beside it stay where they are', () => {
  expect(placeText('سحاب', 6)).toBe('\u2068سحاب\u2069  ');
  expect(placesOf(placeText('قاطع CB-F00K123, سحاب ١', 40))).toBe(40);
});
