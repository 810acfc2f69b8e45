// What a job found, as it is kept, shipped, exported and read back: one schema for all of these. Numbers are rounded to what they are
// worth (six digits); right and wrong are kept prompt by prompt, so that differences can be resampled.
import * as v from 'valibot';

const finite = v.pipe(v.number(), v.finite());
const percent = v.pipe(finite, v.minValue(0), v.maxValue(100));
const count = v.pipe(finite, v.integer(), v.minValue(0));
const key = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const text = v.pipe(v.string(), v.maxLength(200));

/** Names of a record: stages, families, settings. */
const NAMES = 64;
const byName = <T extends v.GenericSchema>(value: T) => v.pipe(v.record(text, value), v.maxEntries(NAMES));
/** Far more than any job finds, and few enough to be drawn. */
const PLACES = 1000;
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(PLACES));
const STEPS = 10_000;
const bySteps = <T extends v.GenericSchema>(value: T) => v.pipe(v.array(value), v.maxLength(STEPS));

const common = {
  version: v.literal(1),
  key,
  engine: count,
  /** configDifference: with preset, family and arm all that is needed to do it again. */
  settings: byName(text),
  preset: text,
  family: text,
  arm: text,
  seed: count,
  split: v.picklist(['held-out', 'validation']),
  backend: text,
  seconds: finite,
};

/** Which answers are right: '1' and '0' in the prompts' order. */
const rightAnswers = v.pipe(v.string(), v.regex(/^[01]*$/), v.maxLength(5000));

/** One family's held-out answers. */
const familyResult = v.object({
  prompts: count,
  /** Right greedy answers. */
  greedy: v.nullable(percent),
  /** Right answers at T = 1, one a prompt. */
  sampled: v.nullable(percent),
  /** Of the greedy ones. */
  right: rightAnswers,
});
export type StudyFamily = v.InferOutput<typeof familyResult>;

const measures = v.object({
  families: byName(familyResult),
  /** Nats per token on the SFT model's samples. */
  klToSft: finite,
  /** Mean log p of the gold answers, nats per response. */
  goldLogp: v.nullable(finite),
  /** Plain DPO loss and margin on the run's pairs against the SFT model. */
  dpoLoss: v.nullable(finite),
  margin: v.nullable(finite),
  movedPercent: v.nullable(percent),
  /** Sampled answers with the superficial style; null where no style was preferred. */
  stylePercent: v.nullable(percent),
});
export type StudyMeasures = v.InferOutput<typeof measures>;

/** A place on the way: greedy accuracy of the aligned family on the first prompts, and KL to SFT. */
const place = v.object({
  ...{ stage: text, step: count, klToSft: finite, accuracy: v.nullable(percent) },
  /** Only where other arms are held against the path: of DPO on all weights. */
  right: v.optional(rightAnswers),
});
/** Loss by step. */
const curve = v.pipe(
  v.object({ stage: text, step: bySteps(count), loss: bySteps(v.nullable(finite)) }),
  v.check(
    ({ step, loss }) => step.length === loss.length,
    'A curve needs one loss for each step: “step” and “loss” have different lengths.',
  ),
);

export const armResultSchema = v.object({
  ...common,
  kind: v.literal('arm'),
  /** Updates and trained (real, unpadded) tokens by stage: warm-up, forgetting, improving; answers and tokens sampled while training (PPO). */
  updates: byName(count),
  tokens: byName(count),
  sampledTokens: count,
  before: measures,
  after: measures,
  path: list(place),
  curves: v.pipe(v.array(curve), v.maxLength(NAMES)),
  rewardAuroc: v.nullable(finite),
  /** Share of all weights selected, by stage. */
  maskPercent: byName(percent),
  /** Why the arm did not come to its end (a loss that was not finite); its numbers are then those of the last good weights. */
  failure: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
});
export type ArmResult = v.InferOutput<typeof armResultSchema>;

export const bestOfNSchema = v.object({
  ...common,
  kind: v.literal('best-of-n'),
  prompts: count,
  samples: count,
  /** KL(SFT ‖ best of n) in nats per token: exact for the checker's choice, from the estimated share of right answers of each prompt. */
  points: list(v.object({ n: count, accuracy: percent, klToSft: finite })),
});
export type BestOfNResult = v.InferOutput<typeof bestOfNSchema>;

export const interpolationSchema = v.object({
  ...common,
  kind: v.literal('interpolation'),
  points: list(v.object({ lambda: finite, klToSft: finite, accuracy: percent })),
});
export type InterpolationResult = v.InferOutput<typeof interpolationSchema>;

const scoreName = v.picklist(['change', 'gradient']);
export const changeSchema = v.object({
  ...common,
  kind: v.literal('change'),
  /** Share of the squared sum in the top percent of the entries; a Gaussian's for comparison. */
  concentration: list(v.object({ percent, change: finite, gradient: finite, gaussian: finite })),
  /** Percent of each tensor's entries in the top 10 %, by both scores. */
  tensors: list(v.object({ name: text, size: count, change: percent, gradient: percent })),
  /** IoU of the two scores' top 10 %. */
  iou: finite,
});
export type ChangeResult = v.InferOutput<typeof changeSchema>;

export const agreementSchema = v.object({
  ...common,
  kind: v.literal('agreement'),
  pairs: list(v.object({ family: text, seed: count, score: scoreName, percent, iou: finite, chance: finite })),
});
export type AgreementResult = v.InferOutput<typeof agreementSchema>;

export const studyResultSchema = v.variant('kind', [
  armResultSchema,
  bestOfNSchema,
  interpolationSchema,
  changeSchema,
  agreementSchema,
]);
export type StudyResult = v.InferOutput<typeof studyResultSchema>;

/** Reads one result from outside. Throws Error naming the field. */
export function parseResult(value: unknown): StudyResult {
  const read = v.safeParse(studyResultSchema, value);
  if (read.success) return read.output;
  const issue = read.issues[0];
  throw new Error(`A study result, field “${v.getDotPath(issue) ?? ''}”: ${issue.message}`);
}
