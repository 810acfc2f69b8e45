// The shards that an index of a hub names, before any of them is there. That they hold what it says is checked when the model is opened.
import * as v from 'valibot';
import { HubError } from './hubError';

const MOST_BYTES = 16 << 20;
const MOST_SHARDS = 1000;
const NAME = /^[A-Za-z0-9][\w.-]{0,199}\.safetensors$/;

const IndexSchema = v.object({
  metadata: v.nullish(v.object({ total_size: v.nullish(v.number()) })),
  weight_map: v.record(v.string(), v.string()),
});

const broken = (file: string, problem: string): HubError =>
  new HubError(
    'not a file',
    `${file} ${problem}`,
    'The model is damaged there; choose another one or another revision.',
  );

/** Names in order, and the bytes of all tensors where the index tells. Throws HubError 'not a file' for anything that is no such index. */
export async function readShardNames(file: string, blob: Blob): Promise<{ names: string[]; bytes: number | null }> {
  if (blob.size > MOST_BYTES) throw broken(file, `has ${blob.size} bytes, which no index needs.`);
  let json: unknown;
  try {
    json = JSON.parse(await blob.text());
  } catch {
    throw broken(file, 'is not valid JSON.');
  }
  const index = v.safeParse(IndexSchema, json);
  if (!index.success) throw broken(file, 'lacks a “weight_map” from tensors to files.');
  const names = [...new Set(Object.values(index.output.weight_map))].toSorted();
  const odd = names.find((name) => !NAME.test(name) || name.includes('..'));
  if (odd !== undefined) throw broken(file, `names a file “${odd.slice(0, 100)}”, which is none of safetensors.`);
  if (names.length === 0 || names.length > MOST_SHARDS) throw broken(file, `names ${names.length} files.`);
  const bytes = index.output.metadata?.total_size;
  const isSize = typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0;
  return { names, bytes: isSize ? bytes : null };
}
