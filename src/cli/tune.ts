// `npm run tune -- --method M,… --grid improvingLearningRate=1e-5,3e-5,1e-4 [beta=0.1,0.5]`: a method's settings tried on the validation split, the only
// one that settings are chosen on. Prints mean and spread over seeds, and how far from SFT each went; chooses and keeps nothing.
import { ARMS, type Arm, FAMILIES, type Family, METHODS, PRESETS } from '../core/config';
import { parseConfig } from '../core/parseConfig';
import type { Job } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { runCommand } from './fail';
import { combinations, gridOf, withGridArguments } from './grid';
import { countsOf, readOptions, wordsOf } from './options';
import { doJobs, grouped, headlessContext } from './studyJobs';
import { armTable } from './studyTable';

const USAGE = `npm run tune -- --method M|ARM,… --grid name=value,value[;name=value,value] [--seeds 1,2] [--families math,qa]
  [--preset default|tiny] [--backend wasm|cpu|webgpu] [--style-bias]`;

const DEFAULTS = {
  ...{ method: null as string | null, grid: '', seeds: '1,2', families: 'math,qa', preset: 'default', backend: 'wasm' },
  ...{ styleBias: '', help: '' },
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
          if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));
          return { kind: 'arm', config, split: 'validation' };
        }),
      ),
    ),
  );
}

async function main(): Promise<void> {
  const options = readOptions(withGridArguments(process.argv.slice(2)), { ...DEFAULTS, grid: null as string | null });
  const { method, grid, help } = options;
  if (help || method === null) {
    process.stdout.write(`${USAGE}\n`);
    if (!help) process.exitCode = 1;
    return;
  }
  const results: StudyResult[] = [];
  const jobs = grouped(jobsFor({ ...options, method, grid: grid ?? '' })).flat();
  const context = await headlessContext(options.backend);
  const { failed } = await doJobs(jobs, context, (result) => results.push(result));
  process.stdout.write(`${armTable(results).join('\n')}\n`);
  if (failed > 0) process.exitCode = 1;
}

await runCommand(main);
