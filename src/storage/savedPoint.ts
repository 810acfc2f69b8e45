// The point that a run goes on from, as a file: what it says of itself as JSON, and its arrays. What they mean is the core's.
import * as v from 'valibot';
import { type ArrayFile, type ArrayPieces, arrayPieces, type TypedArray } from './arrayFile';
import { damagedError } from './storageError';

/** Where a run can be gone on from. `facts` are JSON, nothing in them is changed by it; the arrays belong to the store until it has saved them. */
export interface SavedPoint {
  readonly version: number;
  readonly place: { readonly stage: string; readonly done: number; readonly total: number };
  /** Events that the run has told up to here. */
  readonly eventsTold: number;
  readonly facts: unknown;
  readonly arrays: ReadonlyMap<string, TypedArray>;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  version: count,
  place: v.object({ stage: v.string(), done: count, total: count }),
  eventsTold: count,
  facts: v.unknown(),
});

/** Throws Error for facts that JSON would change: a run that goes on from something else is worse than one that is not saved. */
export function pointPieces({ version, place, eventsTold, facts, arrays }: SavedPoint): ArrayPieces {
  checkFacts(facts, 'facts');
  const { stage, done, total } = place;
  return arrayPieces({ text: JSON.stringify({ version, place: { stage, done, total }, eventsTold, facts }), arrays });
}

/** Throws StorageError `damaged`. */
export function readPoint({ text, arrays }: ArrayFile): SavedPoint {
  const parsed = v.safeParse(schema, JSON.parse(text));
  if (!parsed.success) throw damagedError(`The saved point is damaged: ${parsed.issues[0].message}.`);
  return { ...parsed.output, facts: parsed.output.facts, arrays };
}

function checkFacts(value: unknown, where: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkFacts(value[i], `${where}[${i}]`);
    return;
  }
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) throw new Error(`${where} of the point is no JSON.`);
  for (const [key, inner] of Object.entries(value as object)) {
    // JSON leaves it out and so do all who read it back.
    if (inner !== undefined) checkFacts(inner, `${where}.${key}`);
  }
}
