// What the entries of an untrusted log must look like before they go to the reducer and to the views: every event of events.ts, field by field.
// Unknown fields are left out, unknown events refused. Whether the numbers make sense is not asked.
import * as v from 'valibot';
import { FAMILIES, MASK_SCORES, type RunConfig } from '../config';
import {
  type EvaluationRecord,
  type RunEvent,
  STAGE_NAMES,
  TIMED_STAGES,
  WEIGHT_MOMENTS,
  ZERO_FAULTS,
} from '../events';
import type { ModelConfig } from '../model/config';
import { parseConfig } from '../parseConfig';
import { FAILURE_CAUSES, LOG_PHASES, type LogEntry } from './runLog';

/** Also what is not finite: a loss that became NaN is what people want to show. */
const num = v.custom<number>((value) => typeof value === 'number', 'Expected a number');
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const flag = v.boolean();
const text = v.pipe(v.string(), v.maxLength(100_000));
const name = v.pipe(v.string(), v.maxLength(500));
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(1_000_000));
const ids = list(count);
const texts = list(text);
const floats = v.instance(Float32Array);
const bytes = v.instance(Uint8Array);
const rows = list(floats);
const stage = v.picklist(STAGE_NAMES);
const timed = v.picklist(TIMED_STAGES);
const purpose = v.picklist(['forgetting', 'improving'] as const);
const moment = v.picklist(['before', 'after'] as const);
const backendName = v.picklist(['webgpu', 'wasm', 'cpu'] as const);
const shape = v.pipe(v.array(count), v.maxLength(8));
const tensorSpec = v.object({ name, shape });

/** Settings that this studio would not take are changed to ones that it takes. */
export const configSchema: v.GenericSchema<unknown, RunConfig> = v.pipe(
  v.record(name, v.union([v.string(), v.number(), v.boolean()])),
  v.transform((values) => parseConfig(values).config),
);

/** Of a model: views count up to it. */
const extent = v.pipe(count, v.maxValue(10_000_000));

const ropeScaling = v.variant('kind', [
  v.object({ kind: v.literal('linear'), factor: num }),
  v.object({ kind: v.literal('llama3'), factor: num, lowFactor: num, highFactor: num, originalPositions: extent }),
]);

/** Loose: what later architectures say of themselves is kept. */
const modelSchema: v.GenericSchema<unknown, ModelConfig> = v.looseObject({
  architecture: v.picklist(['llama', 'gpt2', 'gpt_neox'] as const),
  vocabularySize: extent,
  width: extent,
  layers: v.pipe(extent, v.maxValue(10_000)),
  heads: extent,
  kvHeads: extent,
  mlpWidth: extent,
  normEpsilon: num,
  ropeTheta: num,
  tiedHead: flag,
  attentionBias: v.union([flag, v.literal('qkv')]),
  maxPositions: extent,
  headWidth: v.exactOptional(extent),
  mlpBias: v.exactOptional(flag),
  qkNorm: v.exactOptional(flag),
  ropeScaling: v.exactOptional(ropeScaling),
  rotaryWidth: v.exactOptional(extent),
  parallelResidual: v.exactOptional(flag),
});

const backend = v.object({
  name: backendName,
  label: name,
  threads: count,
  adapter: v.nullable(name),
  refused: list(v.object({ backend: backendName, reason: text, fix: text })),
  selfCheck: list(v.object({ op: name, maxError: num, tolerance: num, passed: flag })),
  matmul: v.exactOptional(
    v.object({
      tile: name,
      source: v.picklist(['default', 'measured', 'remembered'] as const),
      speeds: v.record(name, num),
    }),
  ),
  largestBuffer: v.exactOptional(num),
});
const memory = v.object({
  phase: v.picklist(['SFT', 'sampling', 'scoring', 'reward model', 'warm-up', 'forgetting', 'improving'] as const),
  parts: v.object({ weights: num, gradients: num, moments: num, activations: num, cache: num, spare: num }),
  total: num,
});

const prompt = v.object({ id: count, family: name, text, tokens: ids, gold: v.nullable(ids) });
export const responseSchema = v.object({
  ...{ id: count, promptId: count, tokens: ids, correct: v.nullable(flag), ended: flag, copies: count },
});
const pair = v.object({
  promptId: count,
  chosen: ids,
  rejected: ids,
  chosenSource: v.picklist(['sample', 'gold', 'given'] as const),
});
const optional = v.exactOptional(num);
export const metricsSchema = v.object({
  ...{ loss: num, learningRate: num, gradientNorm: num, tokens: num },
  ...{ accuracy: optional, margin: optional, chosenReward: optional, rejectedReward: optional },
  ...{ chosenLogp: optional, rejectedLogp: optional, selectedShare: optional, sampledTokens: optional },
  fault: v.exactOptional(v.picklist(ZERO_FAULTS)),
});
const reward = v.pipe(
  v.object({
    responseId: count,
    rewards: floats,
    weights: floats,
    wrong: v.nullable(bytes),
    rewrite: v.nullable(ids),
  }),
  v.check(
    ({ rewards, weights, wrong }) =>
      weights.length === rewards.length && (wrong?.length ?? rewards.length) === rewards.length,
    'rewards, weights and wrong tokens differ in length',
  ),
);
export const evaluationSchema: v.GenericSchema<EvaluationRecord> = v.object({
  families: v.record(
    name,
    v.object({ prompts: count, greedy: v.nullable(num), sampled: v.nullable(num), right: text }),
  ),
  klToSft: num,
  goldLogp: v.nullable(num),
  dpoLoss: v.nullable(num),
  margin: v.nullable(num),
  movedPercent: num,
  stylePercent: v.nullable(num),
  dangers: texts,
});
const example = v.object({
  prompt: text,
  rejected: ids,
  chosen: v.nullable(ids),
  policy: rows,
  reference: rows,
  rewards: v.nullable(floats),
  weights: floats,
  denominator: num,
  beta: num,
});
export const stageSummarySchema = v.object({
  ...{ name: stage, steps: num, seconds: num, firstLoss: v.nullable(num), lastLoss: v.nullable(num) },
});
const accuracies = v.record(name, v.nullable(num));
const maskSize = v.nullable(v.object({ requestedPercent: num, selected: count, total: count }));
const summary = v.object({
  ...{ preset: name, family: name, seed: num, backend: backendName, arm: name, seconds: num },
  stages: list(stageSummarySchema),
  masks: v.object({ forgetting: maskSize, improving: maskSize }),
  tokenRewardAuroc: v.nullable(num),
  evaluation: v.object({ before: accuracies, after: accuracies }),
  klToSft: num,
  movedPercent: num,
});

const type = <T extends RunEvent['type']>(literal: T) => ({ type: v.literal(literal) });

/** One event. Typed arrays must be there already (runLog.ts puts them back). */
export const eventSchema: v.GenericSchema<unknown, RunEvent> = v.variant('type', [
  v.object({
    ...type('run.started'),
    config: configSchema,
    backend,
    model: modelSchema,
    tensors: list(tensorSpec),
    totalParameters: count,
    families: list(name),
    alignedFamily: name,
    dataName: name,
    hasAnswers: flag,
    stages: list(v.object({ name: stage, total: num, unit: name })),
    vocabulary: texts,
    eosId: v.pipe(v.number(), v.safeInteger()),
    specialIds: v.exactOptional(ids),
    memory,
  }),
  v.object({ ...type('stage.started'), stage, label: name, total: num, unit: name }),
  v.object({ ...type('stage.progress'), stage, label: name, done: num, total: num, tokens: num }),
  v.object({
    ...type('step'),
    stage,
    series: name,
    step: count,
    total: num,
    metrics: metricsSchema,
    milliseconds: num,
  }),
  v.object({ ...type('samples'), prompts: list(prompt), responses: list(responseSchema) }),
  v.object({
    ...type('pairs'),
    pairs: list(pair),
    forgetting: ids,
    promptsWithBoth: count,
    note: v.nullable(text),
  }),
  v.object({
    ...type('mask'),
    purpose,
    rule: name,
    score: v.picklist(MASK_SCORES),
    source: v.nullable(v.picklist(FAMILIES)),
    ...{ lowerPercent: num, requestedPercent: num, selected: count, total: count },
    threshold: v.nullable(num),
    ties: count,
    tensors: list(v.object({ name, shape, selected: count, mask: bytes })),
  }),
  v.object({ ...type('weights'), moment: v.picklist(WEIGHT_MOMENTS), tensors: rows }),
  v.object({ ...type('update'), stage: timed, step: count, tensors: rows }),
  v.object({
    ...type('moments'),
    stage: v.literal('warm-up'),
    secondMoments: rows,
    gradients: v.nullable(rows),
  }),
  v.object({ ...type('frozen'), stage: purpose, unselected: count, moved: count }),
  v.object({
    ...type('rewards'),
    source: v.picklist(['shipped', 'trained live', 'gold as rewrite', 'substitute'] as const),
    auroc: v.nullable(num),
    aurocFirst: v.nullable(num),
    records: list(reward),
  }),
  v.object({
    ...type('log-ratios'),
    stage: purpose,
    records: list(v.object({ responseId: count, logRatio: floats })),
  }),
  v.object({
    ...type('pair-log-ratios'),
    stage: v.literal('improving'),
    records: list(v.object({ pair: count, chosen: floats, rejected: floats, loss: num })),
  }),
  v.object({ ...type('losses'), stage: timed, step: count, items: ids, losses: floats }),
  v.object({ ...type('inspected'), pairs: ids, responses: ids, prompts: list(prompt) }),
  v.object({
    ...type('snapshot'),
    stage: timed,
    step: count,
    total: num,
    policy: rows,
    reference: rows,
    answers: list(v.object({ tokens: ids, correct: v.nullable(flag) })),
    klToSft: num,
  }),
  v.object({
    ...type('anatomy'),
    stage: timed,
    step: count,
    example: v.nullable(example),
    ...{ loss: num, gradientNorm: num, clipScale: num, learningRate: num, moved: num, allowed: num, weights: num },
    largest: v.nullable(v.object({ tensor: name, index: count, change: num })),
  }),
  v.object({ ...type('settings'), stage: timed, step: count, learningRateScale: num, beta: v.nullable(num) }),
  v.object({ ...type('drift'), stage, step: count, klToSft: num, goldLogp: v.nullable(num), dangers: texts }),
  v.object({ ...type('path'), stage: timed, step: count, klToSft: num, accuracy: v.nullable(num), right: text }),
  v.object({ ...type('evaluation'), moment, result: evaluationSchema }),
  v.object({
    ...type('notice'),
    level: v.picklist(['info', 'warning'] as const),
    stage: v.nullable(stage),
    text,
  }),
  v.object({ ...type('stage.done'), summary: stageSummarySchema, memoryBytes: v.nullable(num) }),
  v.object({ ...type('run.done'), summary }),
]);

const at = v.pipe(v.number(), v.finite());

/** Older logs tell none; one that a newer studio told counts as none. */
const cause = v.fallback(v.optional(v.picklist(FAILURE_CAUSES)), undefined);

const schemas = {
  event: v.object({ at, event: eventSchema }),
  phase: v.object({ at, phase: v.picklist(LOG_PHASES) }),
  error: v.object({ at, error: v.object({ message: text, next: text, detail: text, cause }) }),
};

/** An entry of a log, or what is wrong with which field. */
export function parseEntry(value: unknown): LogEntry | { problem: string } {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const kind = keys.includes('event') ? 'event' : keys.includes('error') ? 'error' : 'phase';
  const result = v.safeParse<v.GenericSchema<unknown, LogEntry>>(schemas[kind], value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  return { problem: `field “${v.getDotPath(issue) ?? ''}”: ${issue.message}` };
}
