import { expect, test } from 'vitest';
import { counted } from './counted.ts';

test('a number is said with its word: one message, none and several messages', () => {
  expect([0, 1, 2, 12_000].map((number) => counted(number, 'message'))).toEqual([
    '0 messages',
    '1 message',
    '2 messages',
    '12,000 messages',
  ]);
  expect(counted(2, 'ended early', 'ended early')).toBe('2 ended early');
});
