declare const brand: unique symbol;

/** A `T` that only a parser, builder or row mapper may make: the one helper behind every branded id. */
export type Brand<T, N extends string> = T & { readonly [brand]: N };
