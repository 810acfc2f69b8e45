// The golden files for tests: single cases as typed arrays, and whole files through the runner of `npm run vectors`. Node only.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { tf } from '../core/tf';
import { type Fields, fieldsOf, type GoldenCase, parseGoldenCase, parseGoldenFile } from '../core/vectors/format';
import { runVectors, type VectorReport } from '../core/vectors/runVectors';

const pathOf = (name: string): string => fileURLToPath(new URL(`./golden/${name}`, import.meta.url));

/** The text of a golden file, for example `fg_npo.json`. */
export const goldenText = (name: string): string => readFileSync(pathOf(name), 'utf8');

/** The bytes of a file in the golden folder, for example `gpt2_tiny.safetensors`. */
export const goldenBytes = (name: string): Uint8Array => readFileSync(pathOf(name));

export interface GoldenCaseFields {
  vector: GoldenCase;
  params: Fields;
  inputs: Fields;
  expected: Fields;
}

/** One case of a golden file by its id. Throws when there is none. */
export function goldenCase(fileName: string, id: string): GoldenCaseFields {
  const vector = parseGoldenFile(goldenText(fileName))
    .cases.map(parseGoldenCase)
    .find((entry) => entry.id === id);
  if (!vector) throw new Error(`${fileName} has no case "${id}".`);
  return {
    vector,
    params: fieldsOf(vector.params, 'params'),
    inputs: fieldsOf(vector.inputs, 'inputs'),
    expected: fieldsOf(vector.expected, 'expected'),
  };
}

/** All cases of a golden file (of some kinds only) on the cpu backend; a test expects `failures` to be empty. */
export async function runGolden(fileName: string, kinds?: readonly string[]): Promise<VectorReport> {
  await tf.setBackend('cpu');
  const file = parseGoldenFile(goldenText(fileName));
  const cases = kinds ? file.cases.filter((entry) => kinds.includes(parseGoldenCase(entry).kind ?? '')) : file.cases;
  const json = [{ name: fileName, text: JSON.stringify({ ...file, cases }) }];
  return runVectors({ json, load: (name) => readFile(pathOf(name)) }, 'f32');
}
