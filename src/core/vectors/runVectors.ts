// Runs golden vectors through the project's functions on whatever backend is set. Pure: files come in as texts and a loader.
import { openSafetensors } from '../safetensors';
import { compareValue } from './compare';
import { fieldsOf, type GoldenCase, type GoldenFile, parseGoldenCase, parseGoldenFile, type Tolerance } from './format';
import type { Kind, KindOutput } from './kinds/kind';
import { KINDS } from './registry';

/** A broken model differs in hundreds of fields: a line names the first few. */
const SHOWN_FIELDS = 4;

export interface VectorFiles {
  /** The golden .json files, in the order to run. */
  json: readonly { name: string; text: string }[];
  /** The bytes of a file beside them; rejects when there is none. */
  load(name: string): Promise<Uint8Array>;
}

export interface VectorReport {
  passed: number;
  failed: number;
  /** One line per failing case, with the numbers. */
  failures: string[];
}

/**
 * Run every case of every file. One case is one entry of `cases[]`; an unreadable file, a malformed case, an unknown kind, an
 * exception and any difference beyond the tolerance each count as one failure. `row` is the tolerance row in force.
 */
export async function runVectors(
  files: VectorFiles,
  row: 'f32' | 'gpu',
  onCase?: (done: VectorReport) => void,
): Promise<VectorReport> {
  const report: VectorReport = { passed: 0, failed: 0, failures: [] };
  const fail = (line: string) => {
    report.failed++;
    report.failures.push(line);
  };
  for (const { name, text } of files.json) {
    let file: GoldenFile;
    try {
      file = parseGoldenFile(text);
    } catch (error) {
      fail(`FAILED ${name}: ${messageOf(error)}`);
      continue;
    }
    for (const [index, entry] of file.cases.entries()) {
      const problem = await runCase({ files, row, file, fileName: name }, entry);
      if (problem === null) report.passed++;
      else fail(`FAILED ${name} ${labelOf(entry, index)}: ${problem}`);
      onCase?.(report);
    }
  }
  return report;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const labelOf = (entry: unknown, index: number): string =>
  typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? entry.id : `#${index}`;

interface CaseContext {
  files: VectorFiles;
  row: 'f32' | 'gpu';
  file: GoldenFile;
  fileName: string;
}

/** Null when the case passes, else what differs. */
async function runCase({ files, row, file, fileName }: CaseContext, entry: unknown): Promise<string | null> {
  try {
    const vector = parseGoldenCase(entry);
    // Model files carry their configuration, and their name instead of a kind.
    const kindName = vector.kind ?? (file.config === undefined ? fileName.replace(/\.json$/, '') : 'model');
    const kind: Kind | undefined = Object.hasOwn(KINDS, kindName) ? KINDS[kindName] : undefined;
    if (!kind) return `unknown kind "${kindName}"`;
    const output = await kind({
      vector,
      file,
      row,
      params: fieldsOf(vector.params, 'params'),
      inputs: fieldsOf(vector.inputs, 'inputs'),
      openWeights: async (name) => openSafetensors(await files.load(name)),
    });
    return differences(vector, output, row);
  } catch (error) {
    return messageOf(error);
  }
}

function differences(vector: GoldenCase, output: KindOutput, row: 'f32' | 'gpu'): string | null {
  const expected = { ...vector.expected, ...output.expected };
  if (Object.keys(expected).length === 0) return 'nothing is expected';
  const general: Tolerance | null = vector.tolerance?.[row] ?? vector.tolerance?.f32 ?? vector.tolerance?.f64 ?? null;
  const special = Object.entries(output.tolerances ?? {}).sort(([a], [b]) => b.length - a.length);
  const toleranceOf = (path: string) => special.find(([prefix]) => path.startsWith(prefix))?.[1] ?? general;
  const mismatches = compareValue('', expected, output.got, toleranceOf);
  if (mismatches.length === 0) return null;
  const rest = mismatches.length - SHOWN_FIELDS;
  const texts = mismatches.slice(0, SHOWN_FIELDS).map(({ text }) => text);
  return rest > 0 ? `${texts.join('; ')}; and ${rest} more fields` : texts.join('; ');
}
