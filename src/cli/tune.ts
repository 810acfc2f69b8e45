// `npm run tune -- --method M,… --grid improvingLearningRate=1e-5,3e-5,1e-4 [beta=0.1,0.5]`: a method's settings tried on the validation split, the only
// one that settings are chosen on. Prints mean and spread over seeds, and how far from SFT each went; chooses and keeps nothing.
import { ARMS, type Arm, FAMILIES, type Family, METHODS, PRESETS } from '../core/config';
import { parseConfig } from '../core/parseConfig';
import { type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { runCommand } from './fail';
import { combinations, gridOf, withGridArguments } from './grid';
import { countsOf, readOptions, refuseProblems, wordsOf } from './options';
import { appendResult, readResults, writeResults } from './resultFile';
import { doJobs, grouped, headlessContext, missing } from './studyJobs';
import { armTable } from './studyTable';

const USAGE = `npm run tune -- --method M|ARM,… --grid name=value,value[;name=value,value] [--seeds 1,2] [--families math,qa]
  [--preset default|tiny] [--backend wasm|cpu|webgpu] [--style-bias] [--file results.jsonl]
  --file: results are kept there as they come, and those that are there are not made again`;

const DEFAULTS = {
  ...{ method: null as string | null, grid: '', seeds: '1,2', families: 'math,qa', preset: 'default', backend: 'wasm' },
  ...{ styleBias: '', help: '', file: null as string | null },
};

/** Methods' arms of one click, or arms by their own names. */
const armsOf = (names: string): Arm[] =>
  names
    .split(',')
    .flatMap((name) =>
      name === 'dpo' ? ['dpo-full' as const] : wordsOf<Arm>(name, ARMS, `method (${METHODS.join(', ')}) or arm`),
    );

function jobsFor(options: Omit<typeof DEFAULTS, 'method'> & { method: string }): Job[] {
  const preset = wordsOf(options.preset, PRESETS, 'preset')[0]!;
  return countsOf(options.seeds, 'seed').flatMap((seed) =>
    wordsOf<Family>(options.families, FAMILIES, 'family').flatMap((family) =>
      armsOf(options.method).flatMap((arm) =>
        combinations(gridOf(options.grid)).map((settings): Job => {
          const asked = { preset, family, arm, seed: String(seed), ...settings };
          const { config, problems } = parseConfig({ ...asked, ...(options.styleBias && { styleBias: '1' }) });
          refuseProblems(problems);
          return { kind: 'arm', config, split: 'validation' };
        }),
      ),
    ),
  );
}

/** What a file has by key; a last line that was cut is dropped. */
function keptIn(file: string | null): Map<string, StudyResult> {
  const { results, cut } = file ? readResults(file) : { results: [], cut: 0 };
  if (file && cut > 0) writeResults(file, results);
  return new Map(results.map((result) => [result.key, result]));
}

async function main(): Promise<void> {
  const options = readOptions(withGridArguments(process.argv.slice(2)), { ...DEFAULTS, grid: null as string | null });
  const { method, grid, help } = options;
  if (help || method === null) {
    process.stdout.write(`${USAGE}\n`);
    if (!help) process.exitCode = 1;
    return;
  }
  const jobs = grouped(jobsFor({ ...options, method, grid: grid ?? '' })).flat();
  const known = keptIn(options.file);
  const context = await headlessContext(options.backend);
  const { failed } = await doJobs(missing(jobs, new Set(known.keys())), context, (result) => {
    known.set(result.key, result);
    if (options.file) appendResult(options.file, result);
  });
  const results = jobs.flatMap((job) => known.get(jobKey(job)) ?? []);
  process.stdout.write(`${armTable(results).join('\n')}\n`);
  if (failed > 0) process.exitCode = 1;
}

await runCommand(main);
