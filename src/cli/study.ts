// `npm run study`: an experiment of the lab, arms of one's own, or a check of the recorded results. Prints a table of mean and spread over
// seeds; with --json the results themselves. `--validation` reports the split on which settings are chosen.
import { ARMS, type Arm, FAMILIES, type Family, PRESETS, type Preset } from '../core/config';
import { parseConfig } from '../core/parseConfig';
import type { Scope } from '../core/study/experiment';
import { findExperiment, jobsOf } from '../core/study/experiments';
import { type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { runCommand } from './fail';
import { countsOf, readOptions, readSettings, refuseProblems, wordsOf } from './options';
import { readResults } from './resultFile';
import { doJobs, grouped, headlessContext } from './studyJobs';
import { armTable, claimLines, measurementLines } from './studyTable';
import { cheapestArms, verifyResults } from './verifyStudy';

const USAGE = `npm run study -- --experiment 1…9 [--families math,qa,instruct] [--seeds 1,2,3] [--preset default|tiny] [--jobs n]
npm run study -- [--arms allo,dpo-full,…] [--family math] [--seeds 1,2,3] [--style-bias] [--validation] [--set name=value,…]
npm run study -- --verify [--sample n] [--experiment N] [--file public/study/results.jsonl]
  each with [--backend wasm|cpu|webgpu]; the first two with [--json]; --jobs: only the first n jobs; --sample: only the n cheapest arms`;

const NONE: string | null = null;
const DEFAULTS = {
  ...{ experiment: NONE, families: NONE, seeds: NONE, preset: 'default', backend: 'wasm', json: '', jobs: NONE },
  ...{ arms: 'allo,dpo-full,dpo-top10,dpo-random10,dpo-last10', family: 'math', styleBias: '', validation: '' },
  ...{ set: NONE, verify: '', sample: NONE, file: 'public/study/results.jsonl', help: '' },
};
type Options = typeof DEFAULTS;

const presetOf = (text: string): Preset => wordsOf(text, PRESETS, 'preset')[0]!;

/** The experiment's recorded scope, with what is asked for in its place. */
function experimentJobs({ experiment, families, seeds, preset }: Options): Job[] {
  const found = findExperiment(countsOf(experiment!, 'experiment')[0]!);
  const scope: Scope = {
    preset: presetOf(preset),
    families: families === null ? found.recorded.families : wordsOf<Family>(families, FAMILIES, 'family'),
    seeds: seeds === null ? found.recorded.seeds : countsOf(seeds, 'seed'),
  };
  return jobsOf(found, scope);
}

/** Arms of one's own. */
function freeJobs({ arms, family, families, seeds, preset, styleBias, validation, set }: Options): Job[] {
  const settings = readSettings(set);
  return countsOf(seeds ?? '1,2,3', 'seed').flatMap((seed) =>
    wordsOf<Family>(families ?? family, FAMILIES, 'family').flatMap((one) =>
      wordsOf<Arm>(arms, ARMS, 'arm').map((arm): Job => {
        const asked = { preset: presetOf(preset), family: one, arm, seed: String(seed), ...settings };
        const { config, problems } = parseConfig({ ...asked, ...(styleBias && { styleBias }) });
        refuseProblems(problems);
        return { kind: 'arm', config, split: validation ? 'validation' : 'held-out' };
      }),
    ),
  );
}

async function verify({ backend, experiment, file, sample }: Options): Promise<void> {
  const { results } = readResults(file);
  if (results.length === 0)
    throw new Error(`There are no recorded results in ${file}: “npm run make-study” makes them.`);
  const wanted = experiment === null ? null : new Set(jobsOf(findExperiment(Number(experiment))).map(jobKey));
  const chosen = wanted ? results.filter(({ key }) => wanted.has(key)) : results;
  const verified = sample === null ? chosen : cheapestArms(chosen, countsOf(sample, 'number')[0]!);
  const tell = (text: string) => process.stdout.write(`${text}\n`);
  const wrong = await verifyResults(verified, await headlessContext(backend), tell);
  tell(`${verified.length - wrong} of ${verified.length} recorded results are the same again.`);
  if (wrong > 0) process.exitCode = 1;
}

function print(results: readonly StudyResult[], { experiment, json }: Options): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`);
    return;
  }
  const claims = experiment === null ? [] : claimLines(findExperiment(Number(experiment)), results);
  const parts = [armTable(results), measurementLines(results), claims].filter(({ length }) => length > 0);
  process.stdout.write(`${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), DEFAULTS);
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (options.verify) return verify(options);
  const planned = options.experiment === null ? freeJobs(options) : experimentJobs(options);
  const jobs = options.jobs === null ? planned : planned.slice(0, countsOf(options.jobs, 'number')[0]!);
  const results: StudyResult[] = [];
  const context = await headlessContext(options.backend);
  const { failed } = await doJobs(grouped(jobs).flat(), context, (result) => results.push(result));
  print(results, options);
  if (failed > 0) process.exitCode = 1;
}

await runCommand(main);
