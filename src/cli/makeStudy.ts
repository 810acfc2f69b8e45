// `npm run make-study`: the recorded set of all experiments that ships with the studio. Job by job, each result appended as it comes, so that it
// may be killed at any time and goes on where it was; several processes share the work by parts.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FAMILIES, PRESETS } from '../core/config';
import { distinct, EXPERIMENTS, findExperiment, jobsOf } from '../core/study/experiments';
import type { Job } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { verdictsOf } from '../core/study/verdicts';
import { checkResult } from '../state/labRecord';
import { runCommand } from './fail';
import { countsOf, readOptions, wordsOf } from './options';
import { appendResult, readResults, writeResults } from './resultFile';
import { doJobs, duration, grouped, headlessContext, missing, partOfJobs } from './studyJobs';
import { inPlanOrder, manifestOf, type Planned, partFile, partOf } from './studyManifest';

const USAGE = `npm run make-study [-- --experiments 1,2 --file public/study/results.jsonl --backend wasm --part 1/2]
npm run make-study -- --merge [--file …]
  [--preset tiny|default] [--families math,qa,instruct] [--seeds 1,2,3]: other than the recorded ones
  --part k/n: the k-th of n shares of the work, into a file of its own; --merge: all parts' results into the one file`;

const DEFAULTS = {
  ...{ experiments: null as string | null, file: 'public/study/results.jsonl', backend: 'wasm' },
  ...{ preset: null as string | null, families: null as string | null, seeds: null as string | null },
  ...{ part: null as string | null, merge: '', help: '' },
};
type Options = typeof DEFAULTS;

/** Parts that lie beside the whole file, with how many parts there were. */
function partFiles(file: string): string[] {
  const all: string[] = [];
  for (let parts = 1; parts < 100; parts++)
    for (let part = 1; part <= parts; part++) all.push(partFile(file, { part, parts }));
  return all.filter((path) => existsSync(path));
}

function isPresent(result: StudyResult): boolean {
  try {
    checkResult(result);
    return true;
  } catch {
    return false;
  }
}

/** A file's results of the present engine and settings: where a default has changed, a result is of no job any more. */
function readTold(path: string): StudyResult[] {
  const { results, cut } = readResults(path);
  if (cut > 0) {
    process.stderr.write(`${path}: its last line was cut (${cut} characters) and is dropped.\n`);
    writeResults(path, results);
  }
  const present = results.filter(isPresent);
  const old = results.length - present.length;
  if (old > 0) process.stderr.write(`${path}: ${old} results of another engine or other defaults do not count.\n`);
  return present;
}

function writeManifest(
  file: string,
  results: readonly StudyResult[],
  planned: readonly Planned[],
  backend: string,
): void {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const command = `npm run make-study -- --backend ${backend}`;
  const manifest = manifestOf(results, planned, { command, package: version });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(join(dirname(file), 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** One claim a line, so that a change can be read. */
function writeVerdicts(file: string, results: readonly StudyResult[]): void {
  const lines = verdictsOf(results).map((verdict) => JSON.stringify(verdict));
  writeFileSync(join(dirname(file), 'verdicts.json'), `[\n${lines.join(',\n')}\n]\n`);
}

function merge(file: string, jobs: readonly Job[], planned: readonly Planned[], backend: string): void {
  const parts = partFiles(file);
  const results = inPlanOrder([file, ...parts].flatMap(readTold), jobs);
  writeResults(file, results);
  writeManifest(file, results, planned, backend);
  writeVerdicts(file, results);
  for (const path of parts) rmSync(path);
  process.stderr.write(`${results.length} results in ${file}, from ${parts.length} parts and what was there.\n`);
}

/** The experiments asked for, each in its recorded scope or the one asked for. */
function plannedOf({ experiments, preset, families, seeds }: Options): Planned[] {
  const wanted = experiments === null ? EXPERIMENTS : countsOf(experiments, 'experiment').map(findExperiment);
  return wanted.map((experiment) => ({
    experiment,
    scope: {
      ...experiment.recorded,
      ...(preset !== null && { preset: wordsOf(preset, PRESETS, 'preset')[0]! }),
      ...(families !== null && { families: wordsOf(families, FAMILIES, 'family') }),
      ...(seeds !== null && { seeds: countsOf(seeds, 'seed') }),
    },
  }));
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), DEFAULTS);
  const { file, backend, part, merge: isMerge, help } = options;
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const planned = plannedOf(options);
  const jobs = distinct(planned.flatMap(({ experiment, scope }) => jobsOf(experiment, scope)));
  if (isMerge) return merge(file, jobs, planned, backend);
  const share = part === null ? null : partOf(part);
  const own = share ? partFile(file, share) : file;
  const known = [...new Set([file, own])].flatMap(readTold);
  // What other parts have; their files are theirs to mend, for their processes may be writing just now.
  const others = share ? partFiles(file).filter((path) => path !== own) : [];
  const elsewhere = others.flatMap((path) => readResults(path).results).filter(isPresent);
  const mine = share ? partOfJobs(jobs, share.part, share.parts) : grouped(jobs).flat();
  const open = missing(mine, new Set([...known, ...elsewhere].map(({ key }) => key)));
  process.stderr.write(`${mine.length - open.length} of ${mine.length} results are there; ${open.length} to go.\n`);
  const context = await headlessContext(backend);
  const startedAt = performance.now();
  const { failed } = await doJobs(open, context, (result) => {
    appendResult(own, result);
    known.push(result);
    if (!share) writeManifest(file, known, planned, backend);
  });
  if (!share) writeVerdicts(file, known);
  const took = duration((performance.now() - startedAt) / 1000);
  process.stderr.write(`${open.length - failed} results made in ${took}${failed > 0 ? `, ${failed} failed` : ''}.\n`);
  if (failed > 0) process.exitCode = 1;
}

await runCommand(main);
