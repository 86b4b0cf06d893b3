import { Schema, type SchemaDefinition } from 'mongoose';
import type { IndexDescription } from 'mongodb';

/** How a value with an `id` stands in the database: the same fields, `_id` for `id`. */
export type DocOf<T> = T extends { readonly id: string } ? Omit<T, 'id'> & { readonly _id: string } : never;

/** One collection: its name, the shape mongoose holds writers to, and its indexes (data.md). */
export interface CollectionOf<D extends { readonly _id: string }> {
  readonly name: string;
  readonly schema: Schema;
  readonly indexes: readonly IndexDescription[];
  /** Only a type: what `store.<name>` holds. */
  readonly doc?: D;
}

/** Strict, string `_id`, no version key: `rev` is ours, and counts what it must. */
export function collectionOf<D extends { readonly _id: string }>(
  name: string,
  fields: SchemaDefinition,
  indexes: readonly IndexDescription[] = [],
): CollectionOf<D> {
  const schema = new Schema(
    { _id: { type: String, required: true }, ...fields },
    {
      strict: 'throw',
      versionKey: false,
      minimize: false,
      collection: name,
      autoIndex: false,
      autoCreate: false,
    },
  );
  return { name, schema, indexes };
}

export function toDoc<T extends { readonly id: string }>(value: T): DocOf<T> {
  const { id, ...rest } = value;
  return { _id: id, ...rest } as unknown as DocOf<T>;
}

export function fromDoc<T extends { readonly id: string }>(doc: DocOf<T>): T {
  const { _id, ...rest } = doc as { readonly _id: string };
  return { id: _id, ...rest } as unknown as T;
}

/** A document without the fields that the store keeps for itself. */
export function without<D extends object, K extends keyof D>(doc: D, ...fields: readonly K[]): Omit<D, K> {
  const rest = { ...doc };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  return rest;
}
