import Type, { type Static, type TSchema } from 'typebox';

/** A string that is one of `words`. */
export function wordOf<const Words extends readonly string[]>(words: Words, description?: string) {
  return Type.Unsafe<Words[number]>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });
}

/** The schema's value or null, in the form that OpenAPI 3.1 shows best: `type: [x, "null"]`. */
export function orNull<Schema extends TSchema>(schema: Schema) {
  const plain = { ...(schema as TSchema & { type?: string; enum?: readonly unknown[] }) };
  if (plain.type === undefined) {
    return Type.Unsafe<Static<Schema> | null>({ anyOf: [schema, { type: 'null' }] });
  }
  return Type.Unsafe<Static<Schema> | null>({
    ...plain,
    type: [plain.type, 'null'],
    ...(plain.enum === undefined ? {} : { enum: [...plain.enum, null] }),
  });
}

/** A schema that is published under its `$id` in the OpenAPI document, named instead of repeated. */
export function refTo<Schema extends TSchema>(schema: Schema) {
  const { $id } = schema as TSchema & { readonly $id?: string };
  if ($id === undefined) throw new Error('a schema without $id cannot be referred to');
  return Type.Unsafe<Static<Schema>>({ $ref: `${$id}#` });
}

/** An instant as RFC 3339 in UTC with milliseconds. */
export const Instant = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' });

/** A count of things: whole, not negative. */
export const Count = Type.Integer({ minimum: 0 });
