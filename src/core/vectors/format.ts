// The golden-vector file format: validation of untrusted JSON and typed access to a case's fields. What a case means is in kinds/.
import * as v from 'valibot';

const ArraySchema = v.object({
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dtype: v.picklist(['float32', 'float64', 'int32', 'bool']),
  data: v.array(v.union([v.number(), v.boolean()])),
});
export type GoldenArray = v.InferOutput<typeof ArraySchema>;

const ToleranceSchema = v.object({ atol: v.number(), rtol: v.number() });
export type Tolerance = v.InferOutput<typeof ToleranceSchema>;

const FieldsSchema = v.record(v.string(), v.unknown());
const CaseSchema = v.looseObject({
  id: v.string(),
  kind: v.optional(v.string()),
  params: v.optional(FieldsSchema, {}),
  inputs: v.optional(FieldsSchema, {}),
  expected: FieldsSchema,
  tolerance: v.optional(v.record(v.string(), ToleranceSchema)),
  tensors: v.optional(v.array(v.object({ name: v.string(), reference: ArraySchema, trained: ArraySchema }))),
  reference_file: v.optional(v.string()),
});
export type GoldenCase = v.InferOutput<typeof CaseSchema>;

const FileSchema = v.looseObject({
  cases: v.array(v.unknown()),
  config: v.optional(v.unknown()),
  weights_file: v.optional(v.string()),
  mask_total_selected: v.optional(v.number()),
});
export type GoldenFile = v.InferOutput<typeof FileSchema>;

/** A golden file, case or field that is not of the documented form. */
export class GoldenFormatError extends Error {
  override readonly name = 'GoldenFormatError';
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown, what: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new GoldenFormatError(
    `${what}${v.getDotPath(issue) ? `, field "${v.getDotPath(issue)}"` : ''}: ${issue.message}`,
  );
}

/** Parse one golden file's text. Throws GoldenFormatError. */
export function parseGoldenFile(text: string): GoldenFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new GoldenFormatError(`not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parse(FileSchema, json, 'golden file');
}

export const parseGoldenCase = (value: unknown): GoldenCase => parse(CaseSchema, value, 'case');

export const isGoldenArray = (value: unknown): value is GoldenArray => v.is(ArraySchema, value);

/** A decoded array: numbers (booleans as 0/1), passed through float32 when the file says float32. */
export interface DecodedArray {
  shape: number[];
  data: Float32Array;
}

function decodeArray(value: unknown, what: string): DecodedArray {
  const array = parse(ArraySchema, value, what);
  const size = array.shape.reduce((product, extent) => product * extent, 1);
  if (size !== array.data.length) {
    throw new GoldenFormatError(`${what}: shape [${array.shape.join(', ')}] does not fit ${array.data.length} values`);
  }
  return { shape: array.shape, data: Float32Array.from(array.data, Number) };
}

/** Typed reading of `params` or `inputs`. Every method throws GoldenFormatError for a missing or wrongly typed field. */
export interface Fields {
  has(name: string): boolean;
  names: string[];
  array(name: string): DecodedArray;
  number(name: string, fallback?: number): number;
  flag(name: string, fallback?: boolean): boolean;
  text(name: string, fallback?: string): string;
  read<Schema extends v.GenericSchema>(name: string, schema: Schema): v.InferOutput<Schema>;
}

export function fieldsOf(record: Readonly<Record<string, unknown>>, what: string): Fields {
  const read = <Schema extends v.GenericSchema>(name: string, schema: Schema): v.InferOutput<Schema> =>
    parse(schema, record[name], `${what}.${name}`);
  const orFallback = <T>(name: string, fallback: T | undefined, schema: v.GenericSchema<unknown, T>): T =>
    fallback !== undefined && !Object.hasOwn(record, name) ? fallback : read(name, schema);
  return {
    has: (name) => Object.hasOwn(record, name),
    names: Object.keys(record),
    array: (name) => decodeArray(record[name], `${what}.${name}`),
    number: (name, fallback) => orFallback(name, fallback, v.number()),
    flag: (name, fallback) => orFallback(name, fallback, v.boolean()),
    text: (name, fallback) => orFallback(name, fallback, v.string()),
    read,
  };
}
