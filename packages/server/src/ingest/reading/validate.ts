import type { Rejection } from '@lastgasp/model';
import type { TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { describeValue, joinPath, reject } from './reject.ts';

/** How a schema's type word is said in a reason. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
};

/**
 * The first fault of `value` against a compiled schema, as a rejection that names the field and says what was found
 * there; null when the value fits. Null in a required field counts as missing. `nameOf` renames the keys of the path.
 */
export function findFieldFault(
  validator: Validator<Record<never, never>, TSchema>,
  value: unknown,
  nameOf: (key: string) => string = (key) => key,
): Rejection | null {
  if (validator.Check(value)) return null;
  const error = validator.Errors(value)[0];
  if (error === undefined) throw new Error('a schema refuses a value and gives no error for it');
  const keys = error.instancePath.split('/').slice(1).map(unescapePointer);
  if (error.keyword === 'required') {
    return reject(
      'missing_field',
      pathOf([...keys, error.params.requiredProperties[0]!], nameOf),
      'is missing',
    );
  }
  const found = valueAt(value, keys);
  const path = pathOf(keys, nameOf);
  if (found === null) return reject('missing_field', path, 'is missing (null)');
  return reject('invalid_field', path, complaintOf(error, found));
}

/** An object's path in a reason: `customer.phone`, `associatedMeters[1].meterId`. */
function pathOf(keys: readonly string[], nameOf: (key: string) => string): string {
  return keys.reduce(
    (path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : joinPath(path, nameOf(key))),
    '',
  );
}

function complaintOf(error: TLocalizedValidationError, found: unknown): string {
  const got = `, got ${describeValue(found)}`;
  switch (error.keyword) {
    case 'type': {
      const types = [error.params.type].flat().filter((type) => type !== 'null');
      return `must be ${types.map((type) => TYPE_WORDS[type] ?? type).join(' or ')}${got}`;
    }
    case 'maxLength': {
      const length = typeof found === 'string' ? found.length : 0;
      return `has ${length} characters; at most ${error.params.limit} are taken`;
    }
    case 'pattern':
      return 'must not be empty';
    case 'minimum':
    case 'maximum':
      return `must be ${error.keyword === 'minimum' ? 'at least' : 'at most'} ${error.params.limit}${got}`;
    case 'maxItems':
      return `has more than ${error.params.limit} entries`;
    case 'enum':
      return `must be one of ${error.params.allowedValues.filter((word) => word !== null).join(', ')}${got}`;
    case '~refine':
      return error.params.message + got;
    default:
      return `${error.message}${got}`;
  }
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}

function unescapePointer(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
