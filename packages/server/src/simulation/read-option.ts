import { InvalidArgumentError } from 'commander';

/** Reads an option as a whole number of at least `least`; commander tells what is wrong with another. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least || text.trim() === '')
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    return number;
  };
}

/** Reads an option as a number from 0 to 1. */
export function share(text: string): number {
  const number = amount(text);
  if (number > 1) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return number;
}

/** Reads an option as a number that is not negative. */
export function amount(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0 || text.trim() === '')
    throw new InvalidArgumentError('It must be a number that is not negative.');
  return number;
}
