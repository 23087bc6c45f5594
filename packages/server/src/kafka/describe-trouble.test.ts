import { expect, test } from 'vitest';
import { describeTrouble } from './describe-trouble.ts';

test('the innermost reasons are told, each once', () => {
  const refused = new Error('connection refused');
  const wrapped = new AggregateError(
    [new AggregateError([refused], 'attempt 1'), new Error('Connection failed.', { cause: refused })],
    'Cannot connect to any broker.',
  );
  expect(describeTrouble(wrapped)).toBe('connection refused');
});

test("a broker's own words stand beside Kafka's", () => {
  const error = Object.assign(new Error('SASL Authentication failed.'), {
    serverErrorMessage: 'Invalid password',
  });
  expect(describeTrouble(new AggregateError([error]))).toBe('SASL Authentication failed. Invalid password');
});

test('what is no error is told as it is', () => {
  expect(describeTrouble('away')).toBe('away');
});
