// The point that a run goes on from, as a file: its arrays, and all else of it as one JSON text. What it means is the core's, and checked there; here it
// comes back as it was, field by field and in their order.
import * as v from 'valibot';
import { type ArrayFile, type ArrayPieces, arrayPieces, type TypedArray } from './arrayFile';
import { damagedError } from './storageError';

/**
 * What the store knows of a point. Whatever other fields it has are kept: plain values, lists and objects, numbers of every kind. The arrays must stay as they
 * are until the point is saved.
 */
export interface SavedPoint {
  /** null: before the first stage. */
  readonly place: { readonly stage: string; readonly done: number; readonly total: number } | null;
  /** Events that the run has told up to here. */
  readonly eventsTold: number;
  readonly arrays: ReadonlyMap<string, TypedArray>;
}

export const placeSchema = v.nullable(
  v.object({ stage: v.pipe(v.string(), v.maxLength(500)), done: v.number(), total: v.number() }),
);
/** Loose: the other fields are the core's. */
const schema = v.looseObject({
  place: placeSchema,
  eventsTold: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** Numbers that JSON has not, by their names. */
const ODD: Readonly<Record<string, number>> = {
  ...{ NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY, '-0': -0 },
};
const isOdd = (value: number): boolean => !Number.isFinite(value) || Object.is(value, -0);
const oddName = (value: number): string | undefined => Object.keys(ODD).find((name) => Object.is(ODD[name], value));

/** Throws Error for a point with anything in it that would not come back: one that is another is worse than none. */
export function pointPieces(point: SavedPoint): ArrayPieces {
  const { arrays, ...rest } = point;
  return arrayPieces({ text: JSON.stringify(plain(rest, 'point')), arrays });
}

function plain(value: unknown, where: string): unknown {
  if (typeof value === 'number') {
    const name = isOdd(value) && oddName(value);
    return name ? { $: name } : value;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  // Most of a point are lists of numbers: they are not gone through one by one with their places.
  if (Array.isArray(value))
    return value.map((inner, i) =>
      typeof inner === 'number' && !isOdd(inner) ? inner : plain(inner, `${where}[${i}]`),
    );
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && !('$' in value);
  if (!isPlain) throw new Error(`${where} is nothing that can be saved.`);
  // A field that is undefined is left out.
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [key, plain(inner, `${where}.${key}`)]));
}

/** With all the fields it had. Throws StorageError `damaged`. */
export function readPoint({ text, arrays }: ArrayFile): SavedPoint {
  const value = parsed(text);
  if (!v.is(schema, value)) throw damagedError('The saved point is not one.');
  return { ...value, arrays };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, inner: unknown) => {
      if (typeof inner !== 'object' || inner === null || !('$' in inner)) return inner;
      return ODD[String(inner.$)];
    });
  } catch (error) {
    throw damagedError('What the saved point says is no JSON.', error);
  }
}
