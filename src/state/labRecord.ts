// Study results and queued jobs as the browser keeps them and as files bring them: versioned records, read back with suspicion.
import * as v from 'valibot';
import { configDifference, parseConfig } from '../core/parseConfig';
import { ENGINE_VERSION, type Job, jobKey } from '../core/study/job';
import { parseResult, type StudyResult } from '../core/study/result';
import { configOf } from '../core/study/variants';
import type { KnownResult } from './labState';

const sorted = (settings: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(settings).sort());

/** One result from outside, and proof that it is of the job that it names. Throws Error naming the field. */
export function checkResult(value: unknown): StudyResult {
  const result = parseResult(value);
  const wrong = (field: string, why: string): never => {
    throw new Error(`A study result, field “${field}”: ${why}`);
  };
  if (result.engine !== ENGINE_VERSION)
    wrong(
      'engine',
      `computed by version ${result.engine} of the engine; results of this one, ${ENGINE_VERSION}, are not mixed with it`,
    );
  const config = configOf(result);
  const { backend: _, ...settings } = configDifference(config);
  for (const field of ['preset', 'family', 'arm', 'seed'] as const)
    if (result[field] !== config[field]) wrong(field, `“${result[field]}” is not what the settings say`);
  if (sorted(settings) !== sorted(result.settings)) wrong('settings', 'they are not as the studio would write them');
  if (jobKey({ kind: result.kind, config, split: result.split }) !== result.key)
    wrong('key', `“${result.key}” is not the key of these settings`);
  return result;
}

const KEPT_RESULT = v.object({ version: v.literal(1), origin: v.picklist(['here', 'file']), result: v.unknown() });

export const packResult = ({ result, origin }: KnownResult): unknown => ({ version: 1, origin, result });

/** null: damaged, of another version of the studio or its engine, or another job's. */
export function readResult(key: string, record: unknown): KnownResult | null {
  const parsed = v.safeParse(KEPT_RESULT, record);
  if (!parsed.success) return null;
  try {
    const result = checkResult(parsed.output.result);
    return result.key === key ? { result, origin: parsed.output.origin } : null;
  } catch {
    return null;
  }
}

/** A job that waits; `at` (ms) and `index` give its place in the queue, `again`: compute it although there is a result. */
export interface KeptJob {
  job: Job;
  /** Whose it is (JobLocks.tab); absent: nobody’s. */
  tab?: string;
  at: number;
  index: number;
  again: boolean;
}

const text = v.pipe(v.string(), v.maxLength(200));
const KEPT_JOB = v.object({
  version: v.literal(1),
  kind: v.picklist(['arm', 'best-of-n', 'interpolation', 'change', 'agreement']),
  split: v.picklist(['held-out', 'validation']),
  /** As text, with all that differs from the defaults of preset, family and arm. */
  settings: v.record(text, text),
  at: v.pipe(v.number(), v.finite()),
  index: v.pipe(v.number(), v.finite()),
  again: v.boolean(),
  tab: v.optional(text),
});

export function packJob({ job: { kind, split, config }, at, index, again, tab }: KeptJob): unknown {
  const { preset, family, arm } = config;
  const settings = { preset, family, arm, ...configDifference(config) };
  return { version: 1, kind, split, settings, at, index, again, ...(tab === undefined ? {} : { tab }) };
}

/** null: damaged, of another version of the studio or its engine, or another job. */
export function readJob(key: string, record: unknown): KeptJob | null {
  const parsed = v.safeParse(KEPT_JOB, record);
  if (!parsed.success) return null;
  const { kind, split, settings, at, index, again, tab } = parsed.output;
  const { config, problems } = parseConfig(settings);
  const job: Job = { kind, split, config };
  if (problems.length > 0 || jobKey(job) !== key) return null;
  return { job, at, index, again, ...(tab === undefined ? {} : { tab }) };
}
