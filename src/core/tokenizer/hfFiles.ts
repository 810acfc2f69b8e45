// Reads the small JSON files of a Hugging Face model folder that belong to its tokenizer: untrusted, so size and form come first.
// What the tokenizer's own parts may be is in hfParts.ts.
import * as v from 'valibot';
import { type ByteSource, FileError } from '../files/byteSource';

/** tokenizer.json of the largest open models has about 33 MB. */
export const MAX_TOKENIZER_BYTES = 64 * 1024 * 1024;
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** The files as the folder has them; only tokenizer.json is a must. */
export interface HfTokenizerFiles {
  readonly tokenizer: ByteSource;
  readonly tokenizerConfig?: ByteSource | null;
  readonly specialTokensMap?: ByteSource | null;
  readonly generationConfig?: ByteSource | null;
  /** config.json of the model; some (GPT-2) name their end token nowhere else. */
  readonly modelConfig?: ByteSource | null;
  /** chat_template.jinja; it goes before the template inside tokenizer_config.json. */
  readonly chatTemplate?: ByteSource | null;
}

const size = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`;

/** The text of a file of at most `most` bytes. Throws FileError when it is larger or no UTF-8. */
export async function readText(source: ByteSource, most: number): Promise<string> {
  if (source.size > most)
    throw new FileError(
      source.name,
      `has ${source.size} bytes, more than ${size(most)}. This is not such a file; choose the right one.`,
    );
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileError(source.name, 'is not UTF-8 text. Download it again.');
  }
}

/** A JSON object of the given form. Throws FileError naming the field. */
export async function readJson<Schema extends v.GenericSchema>(
  source: ByteSource,
  schema: Schema,
  most: number,
): Promise<v.InferOutput<Schema>> {
  const text = await readText(source, most);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw new FileError(source.name, `is not valid JSON (${why}). Download it again.`);
  }
  return checked(source.name, schema, value, null);
}

/** `value` in the form of `schema`. Throws FileError naming the field below `where`. */
export function checked<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
  value: unknown,
  where: string | null,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = [where, v.getDotPath(issue)].filter(Boolean).join('.');
  throw new FileError(file, `has the wrong form: ${issue.message.slice(0, 200)}.`, field.slice(0, 120) || null);
}

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const flag = v.optional(v.nullable(v.boolean()));
/** A special token by its text, or as an object that has it. */
const specialToken = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]));

export type SpecialToken = v.InferOutput<typeof specialToken>;

const specialNames = {
  bos_token: specialToken,
  eos_token: specialToken,
  pad_token: specialToken,
  unk_token: specialToken,
};

const mapSchema = v.looseObject(specialNames);
const configSchema = v.looseObject({
  ...specialNames,
  add_bos_token: flag,
  chat_template: v.nullish(v.union([v.string(), v.array(v.looseObject({ name: v.string(), template: v.string() }))])),
});
const generationSchema = v.looseObject({
  bos_token_id: v.nullish(v.union([id, v.array(id)])),
  eos_token_id: v.nullish(v.union([id, v.array(id)])),
  pad_token_id: v.nullish(v.union([id, v.array(id)])),
});

export type SpecialTokensMap = v.InferOutput<typeof mapSchema>;
export type TokenizerConfig = v.InferOutput<typeof configSchema>;
export type GenerationConfig = v.InferOutput<typeof generationSchema>;

const withoutNulls = ({ bos_token_id, eos_token_id, pad_token_id }: GenerationConfig): GenerationConfig =>
  Object.fromEntries(
    Object.entries({ bos_token_id, eos_token_id, pad_token_id }).filter(([, ids]) => ids !== null && ids !== undefined),
  );

/** What stands beside tokenizer.json; empty where the file is not there. Throws FileError. */
export async function readConfigs(files: HfTokenizerFiles): Promise<{
  config: TokenizerConfig;
  map: SpecialTokensMap;
  generation: GenerationConfig;
}> {
  const read = async <Schema extends v.GenericSchema>(source: ByteSource | null | undefined, schema: Schema) =>
    source ? readJson(source, schema, MAX_CONFIG_BYTES) : checked('', schema, {}, null);
  return {
    config: await read(files.tokenizerConfig, configSchema),
    map: await read(files.specialTokensMap, mapSchema),
    generation: {
      ...withoutNulls(await read(files.modelConfig, generationSchema)),
      ...withoutNulls(await read(files.generationConfig, generationSchema)),
    },
  };
}
