// Computes recorded results again and compares every number: on wasm and cpu they are equal to the last digit that is kept.
import { ENGINE_VERSION, type Job, jobKey } from '../core/study/job';
import type { JobContext } from '../core/study/jobContext';
import { jobCost } from '../core/study/pace';
import type { StudyResult } from '../core/study/result';
import { configOf } from '../core/study/variants';
import { doJob, grouped, jobLabel } from './studyJobs';

/** Times, and on which of the two it was computed, are no part of what equal results share. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['seconds', 'backend']);

/** The job that a result is of. */
export const jobOf = (result: StudyResult): Job => ({
  kind: result.kind,
  config: configOf(result),
  split: result.split,
});

/** Where two values differ: “after.klToSft: 0.03 recorded, 0.04 now”. */
export function differences(recorded: unknown, now: unknown, path = ''): string[] {
  const isTree = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object';
  if (!isTree(recorded) || !isTree(now)) {
    const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
    return Object.is(recorded, now) ? [] : [`${path}: ${shown(recorded)} recorded, ${shown(now)} now`];
  }
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(now)])];
  return names.flatMap((name) =>
    path === '' && NOT_COMPARED.has(name)
      ? []
      : differences(recorded[name], now[name], path === '' ? name : `${path}.${name}`),
  );
}

/** The cheapest recorded arms, for a quick look. */
export const cheapestArms = (results: readonly StudyResult[], count: number): StudyResult[] =>
  results
    .filter(({ kind, backend }) => kind === 'arm' && backend !== 'webgpu')
    .sort((a, b) => jobCost(jobOf(a)) - jobCost(jobOf(b)) || (a.key < b.key ? -1 : 1))
    .slice(0, count);

/** What is wrong with recorded results, a list for each that has something; `tell` hears of every one. */
export async function verifyResults(
  results: readonly StudyResult[],
  context: JobContext,
  tell: (text: string) => void,
): Promise<number> {
  if (context.backend.name === 'webgpu')
    throw new Error('Only wasm and cpu give the same numbers every time: verify on one of these.');
  let wrong = 0;
  const byKey = new Map(results.map((result) => [result.key, result]));
  for (const job of grouped(results.map(jobOf)).flat()) {
    const recorded = byKey.get(jobKey(job));
    if (!recorded) continue;
    byKey.delete(recorded.key);
    if (recorded.backend === 'webgpu') {
      tell(`left out  ${jobLabel(job)}: recorded on webgpu, whose last bits differ`);
      continue;
    }
    const found = differences(recorded, await doJob(job, context));
    tell(`${found.length === 0 ? 'equal    ' : 'DIFFERENT'} ${jobLabel(job)}`);
    for (const difference of found.slice(0, 10)) tell(`  ${difference}`);
    if (found.length > 0) wrong++;
  }
  for (const { key, engine } of byKey.values()) {
    wrong++;
    tell(`DIFFERENT ${key}: its settings have another key now (engine ${engine} then, ${ENGINE_VERSION} now)`);
  }
  return wrong;
}
