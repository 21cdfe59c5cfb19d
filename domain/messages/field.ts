import { isUnit } from '../iso4217.ts';
import type { MoneyJson } from '../money.ts';

/** A JSON Schema (draft 2020-12), as far as fields need it. */
export interface FieldSchema {
  readonly [keyword: string]: unknown;
}

/**
 * A field of a message: how the documentation names its form, the same as a JSON Schema, an example, and
 * whether a JSON value has that form.
 */
export interface Field<T> {
  readonly form: string;
  readonly schema: FieldSchema;
  readonly example: T;
  readonly fits: (value: unknown) => value is T;
}

/** The fields of a payload, by name. A payload has every one of them and no other. */
export type Shape = Readonly<Record<string, Field<unknown>>>;

/** The TypeScript type of what a field holds. */
export type FieldValue<F> = F extends Field<infer T> ? T : never;

/** The TypeScript type of a payload with these fields. */
export type ShapeValue<S extends Shape> = { readonly [K in keyof S]: FieldValue<S[K]> };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** Sums may pass what a single amount may be, and stay within 64 bits. */
const MINOR = /^(?:0|[1-9]\d{0,18})$/;

/** Receivers have to bear a field that is new. */
const objectSchema = (properties: Readonly<Record<string, FieldSchema>>): FieldSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const isText = (value: unknown): value is string => typeof value === 'string';

/** A UUID in lower case. */
export const idField: Field<string> = {
  form: 'id',
  schema: { type: 'string', format: 'uuid' },
  example: '01920000-0000-7000-8000-000000000001',
  fits: (value): value is string => isText(value) && UUID.test(value),
};

/** Words, or a name that a policy gives. */
export const textField: Field<string> = {
  form: 'text',
  schema: { type: 'string' },
  example: 'gold',
  fits: isText,
};

/** ISO 8601 in UTC with milliseconds. */
export const momentField: Field<string> = {
  form: 'moment',
  schema: { type: 'string', format: 'date-time' },
  example: '2026-01-01T00:00:00.000Z',
  fits: (value): value is string => isText(value) && MOMENT.test(value) && !Number.isNaN(Date.parse(value)),
};

/** A whole number from zero that JSON carries exactly. */
export const countField: Field<number> = {
  form: 'count',
  schema: { type: 'integer', minimum: 0 },
  example: 1,
  fits: (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
};

/** Of a hundred, to one decimal. */
export const percentField: Field<number> = {
  form: 'percent',
  schema: { type: 'number', minimum: 0 },
  example: 83.3,
  fits: (value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0,
};

export const flagField: Field<boolean> = {
  form: 'flag',
  schema: { type: 'boolean' },
  example: false,
  fits: (value): value is boolean => typeof value === 'boolean',
};

/** `{ "minor": "1250", "unit": "USD" }`: from zero, in a unit that is in use. */
export const moneyField: Field<MoneyJson> = {
  form: 'money',
  schema: objectSchema({ minor: { type: 'string', pattern: MINOR.source }, unit: { type: 'string' } }),
  example: { minor: '1250', unit: 'USD' },
  fits: (value): value is MoneyJson => {
    if (!isRecord(value) || Object.keys(value).length !== 2) return false;
    const { minor, unit } = value;
    return isText(minor) && MINOR.test(minor) && isText(unit) && isUnit(unit);
  },
};

/** One of the named words. */
export const oneOfField = <const T extends string>(...words: readonly [T, ...T[]]): Field<T> => ({
  example: words[0],
  form: words.map((word) => `\`${word}\``).join(', '),
  schema: { type: 'string', enum: words },
  fits: (value): value is T => words.some((word) => word === value),
});

export const nullableField = <T>({ form, schema, example, fits }: Field<T>): Field<T | null> => ({
  example,
  schema: { anyOf: [schema, { type: 'null' }] },
  form: `${form} or null`,
  fits: (value): value is T | null => value === null || fits(value),
});

export const listField = <T>({ form, schema, example, fits }: Field<T>): Field<readonly T[]> => ({
  schema: { type: 'array', items: schema },
  example: [example],
  form: `list of ${form}`,
  fits: (value): value is readonly T[] => Array.isArray(value) && value.every(fits),
});

/** An object with these fields. */
export const recordField = <S extends Shape>(shape: S): Field<ShapeValue<S>> => ({
  form: `{ ${formOf(shape)} }`,
  schema: schemaOf(shape),
  example: exampleOf(shape),
  fits: (value): value is ShapeValue<S> => misfitsOf(shape, value).length === 0,
});

/** A shape in one line: `name (form), name (form)`. */
export const formOf = (shape: Shape): string =>
  Object.entries(shape)
    .map(([name, { form }]) => `${name} (${form})`)
    .join(', ');

/** A shape as a JSON Schema. */
export const schemaOf = (shape: Shape): FieldSchema =>
  objectSchema(Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema])));

/** A value with these fields. */
export const exampleOf = <S extends Shape>(shape: S): ShapeValue<S> =>
  Object.fromEntries(Object.entries(shape).map(([name, { example }]) => [name, example])) as ShapeValue<S>;

/** The names of the fields that a value lacks, has in another form, or has too many; empty when it fits. */
export function misfitsOf(shape: Shape, value: unknown): string[] {
  if (!isRecord(value)) return Object.keys(shape);
  return [
    ...Object.entries(shape).flatMap(([name, { fits }]) =>
      Object.hasOwn(value, name) && fits(value[name]) ? [] : [name],
    ),
    ...Object.keys(value).filter((name) => !Object.hasOwn(shape, name)),
  ];
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
