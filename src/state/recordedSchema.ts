// Checks an untrusted recorded run (public/recorded/run.json) before anything is drawn from it.
import * as v from 'valibot';
import { STAGE_NAMES } from '../core/events';
import type { RecordedRun } from './recorded';

const MAX_STEPS = 2000;
const numbers = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(MAX_STEPS));
const text = v.pipe(v.string(), v.maxLength(2000));
const accuracies = v.record(v.pipe(v.string(), v.maxLength(60)), v.nullable(v.number()));
const mask = v.nullable(v.object({ requestedPercent: v.number(), selected: v.number(), total: v.number() }));

const series = v.pipe(
  v.object({
    name: text,
    stage: v.picklist(STAGE_NAMES),
    step: numbers,
    loss: numbers,
    accuracy: numbers,
    margin: numbers,
  }),
  v.check((one) => one.loss.length === one.step.length, 'loss and step differ in length'),
);
const strip = v.pipe(
  v.object({ prompt: text, tokens: v.array(text), rewards: numbers, weights: numbers, wrong: v.nullable(numbers) }),
  v.check((one) => one.rewards.length === one.tokens.length, 'rewards and tokens differ in length'),
);
const schema = v.object({
  version: v.literal(1),
  preset: text,
  family: text,
  seed: v.number(),
  arm: text,
  backend: text,
  seconds: v.number(),
  series: v.pipe(v.array(series), v.maxLength(20)),
  strip: v.nullable(strip),
  evaluation: v.object({ before: accuracies, after: accuracies }),
  masks: v.object({ forgetting: mask, improving: mask }),
  tokenRewardAuroc: v.nullable(v.number()),
  klToSft: v.number(),
  movedPercent: v.number(),
});

/** A checked recorded run, null when the data is none. */
export function parseRecorded(data: unknown): RecordedRun | null {
  const result = v.safeParse(schema, data);
  return result.success ? result.output : null;
}
