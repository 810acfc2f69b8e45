// Masks and changes as files, under the checkpoint's names. A mask is safetensors of U8, one byte an entry, or the packed form:
// safetensors whose U8 tensors hold the bits (packedBits.ts), with "allo.format" = "mask-bits-1" and the shapes as JSON under
// "allo.shapes" in its metadata. What does not fit the model comes back as a table; only a file that is none throws.
import * as v from 'valibot';
import { sizeOf, type TensorSpec } from '../model/config';
import {
  openSafetensors,
  type SafetensorsEntry,
  SafetensorsError,
  type SafetensorsFile,
  writeSafetensors,
} from '../safetensors';
import { packBits, unpackBits } from './packedBits';
import type { Mask, Tensors } from './tensorKinds';

export const FORMAT = 'allo.format';
export const SHAPES = 'allo.shapes';
export const PACKED = 'mask-bits-1';

export type Metadata = Readonly<Record<string, string>>;

/** What of a file does not fit, a row of a table. */
export interface FileMismatch {
  name: string;
  /**
   * missing: expected, not in the file. extra: in the file, not expected. shape: another one. type: a dtype that cannot hold it.
   * values: entries of a mask that are neither 0 nor 1.
   */
  problem: 'missing' | 'extra' | 'shape' | 'type' | 'values';
  /** Shapes, null where there is none. */
  expected: readonly number[] | null;
  found: readonly number[] | null;
  /** What was found, as a clause. */
  detail: string;
}

export interface TensorFile<T> {
  /** The tensors that fit, in the expected order (in the file's when nothing is expected). */
  tensors: ReadonlyMap<string, T>;
  /** Names and shapes of those. */
  specs: readonly TensorSpec[];
  metadata: Metadata;
  mismatches: readonly FileMismatch[];
}

const required = <T>(values: ReadonlyMap<string, T>, name: string): T => {
  const found = values.get(name);
  if (found === undefined) throw new SafetensorsError('has no values to write.', name);
  return found;
};

/** One byte an entry. Throws SafetensorsError when the mask lacks a tensor or does not fit its shape. */
export const writeMask = (specs: readonly TensorSpec[], mask: Mask, metadata: Metadata = {}): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    specs.map(({ name, shape }) => ({ name, shape, dtype: 'U8', values: required(mask, name) })),
    { metadata },
  );

/** One bit an entry. Throws SafetensorsError alike. */
export function writePackedMask(
  specs: readonly TensorSpec[],
  mask: Mask,
  metadata: Metadata = {},
): Uint8Array<ArrayBuffer> {
  const tensors = specs.map((spec) => {
    const bits = required(mask, spec.name);
    if (bits.length !== sizeOf(spec)) throw new SafetensorsError(`has ${bits.length} entries to write.`, spec.name);
    const values = packBits(bits);
    return { name: spec.name, shape: [values.length], dtype: 'U8' as const, values };
  });
  const shapes = JSON.stringify(specs.map(({ name, shape }) => [name, shape]));
  return writeSafetensors(tensors, { metadata: { ...metadata, [FORMAT]: PACKED, [SHAPES]: shapes } });
}

/** Changes (or any float32 tensors) bit for bit. Throws SafetensorsError alike. */
export const writeDeltas = (
  specs: readonly TensorSpec[],
  tensors: Tensors,
  metadata: Metadata = {},
): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    specs.map(({ name, shape }) => ({ name, shape, dtype: 'F32', values: required(tensors, name) })),
    { metadata },
  );

/**
 * A mask from either form; also from the released script's bfloat16 or any dtype safetensors.ts reads, as long as all values are 0
 * or 1. Without `expected`, names and shapes are the file's. Throws SafetensorsError for what is no safetensors file.
 */
export function readMask(
  file: ArrayBuffer | Uint8Array,
  expected?: readonly TensorSpec[],
): TensorFile<Uint8Array> & { packed: boolean } {
  const opened = openSafetensors(file);
  const packed = opened.metadata[FORMAT] === PACKED;
  const shapes = packed ? packedShapes(opened) : null;
  const shapeOf = ({ name, shape }: SafetensorsEntry) => (shapes ? (shapes.get(name) ?? null) : shape);
  const result = readTensors<Uint8Array>(opened, expected, shapeOf, (entry, spec) =>
    packed ? packedValues(opened, entry, spec) : plainValues(opened, entry),
  );
  return { ...result, packed };
}

/** Changes from F32, F16 or BF16. Throws SafetensorsError for what is no safetensors file. */
export function readDeltas(file: ArrayBuffer | Uint8Array, expected?: readonly TensorSpec[]): TensorFile<Float32Array> {
  const opened = openSafetensors(file);
  return readTensors<Float32Array>(
    opened,
    expected,
    ({ shape }) => shape,
    ({ name, dtype }) =>
      dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
        ? opened.readFloats(name)
        : { problem: 'type', detail: `holds ${dtype}, floating-point values were expected` },
  );
}

type Trouble = Pick<FileMismatch, 'problem' | 'detail'>;

function readTensors<T extends Float32Array | Uint8Array>(
  opened: SafetensorsFile,
  expected: readonly TensorSpec[] | undefined,
  shapeOf: (entry: SafetensorsEntry) => readonly number[] | null,
  valuesOf: (entry: SafetensorsEntry, spec: TensorSpec) => T | Trouble,
): TensorFile<T> {
  const tensors = new Map<string, T>();
  const specs: TensorSpec[] = [];
  const mismatches: FileMismatch[] = [];
  const wanted =
    expected ?? opened.entries.map((entry) => ({ name: entry.name, shape: shapeOf(entry) ?? entry.shape }));
  for (const spec of wanted) {
    const { name, shape } = spec;
    const entry = opened.has(name) ? opened.entry(name) : null;
    const found = entry && shapeOf(entry);
    const say = (trouble: Trouble) => mismatches.push({ name, expected: expected ? shape : null, found, ...trouble });
    if (!entry) {
      say({ problem: 'missing', detail: 'is not in the file' });
    } else if (!found) {
      say({ problem: 'shape', detail: 'has no shape in the file’s metadata' });
    } else if (!sameShape(found, shape)) {
      say({ problem: 'shape', detail: `is ${shapeText(found)}, ${shapeText(shape)} was expected` });
    } else {
      const values = valuesOf(entry, spec);
      if ('problem' in values) say(values);
      else {
        tensors.set(name, values);
        specs.push(spec);
      }
    }
  }
  const names = new Set(wanted.map(({ name }) => name));
  for (const entry of opened.entries) {
    if (names.has(entry.name)) continue;
    const detail = 'is not a tensor of this model';
    mismatches.push({ name: entry.name, problem: 'extra', expected: null, found: shapeOf(entry), detail });
  }
  return { tensors, specs, metadata: opened.metadata, mismatches };
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);
const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const READABLE: ReadonlySet<string> = new Set(['BOOL', 'U8', 'F32', 'F16', 'BF16', 'I32', 'I64']);

function plainValues(opened: SafetensorsFile, { name, dtype }: SafetensorsEntry): Uint8Array | Trouble {
  if (!READABLE.has(dtype)) return { problem: 'type', detail: `holds ${dtype}, which cannot be read as a mask` };
  const values = opened.read(name);
  const mask = values instanceof Uint8Array ? values : new Uint8Array(values.length);
  let [wrong, first] = [0, -1];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]!);
    if (value === 0 || value === 1) {
      mask[i] = value;
    } else {
      if (wrong === 0) first = i;
      wrong++;
    }
  }
  if (wrong === 0) return mask;
  return {
    problem: 'values',
    detail: `has ${wrong} of ${values.length} values neither 0 nor 1, the first (${values[first]}) at index ${first}`,
  };
}

function packedValues(
  opened: SafetensorsFile,
  { name, dtype, size }: SafetensorsEntry,
  spec: TensorSpec,
): Uint8Array | Trouble {
  const bits = dtype === 'U8' ? opened.read(name) : null;
  if (!(bits instanceof Uint8Array)) return { problem: 'type', detail: `holds ${dtype}, packed bits are U8` };
  const entries = sizeOf(spec);
  const bytes = Math.ceil(entries / 8);
  if (size !== bytes) {
    return { problem: 'shape', detail: `${shapeText(spec.shape)} takes ${bytes} bytes of bits, ${size} are there` };
  }
  try {
    return unpackBits(bits, entries);
  } catch (error) {
    if (error instanceof RangeError) return { problem: 'values', detail: 'has a bit set behind its last entry' };
    throw error;
  }
}

const ShapesSchema = v.array(
  v.tuple([v.string(), v.pipe(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), v.maxLength(8))]),
);

/** Shapes by name of a packed file. Throws SafetensorsError where its metadata has none. */
export function packedShapes({ metadata }: Pick<SafetensorsFile, 'metadata'>): ReadonlyMap<string, readonly number[]> {
  let json: unknown;
  try {
    json = JSON.parse(metadata[SHAPES] ?? '');
  } catch {
    throw new SafetensorsError(`The file says it holds packed masks, but its "${SHAPES}" is not JSON.`);
  }
  const result = v.safeParse(ShapesSchema, json);
  if (!result.success) {
    throw new SafetensorsError(`The file's "${SHAPES}" must list names with their shapes.`);
  }
  return new Map(result.output);
}
