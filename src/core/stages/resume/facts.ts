// What a point says in plain values; numbers in bulk stand in its arrays.
import * as v from 'valibot';
import { evaluationSchema, metricsSchema, responseSchema, stageSummarySchema } from '../../bundle/eventSchema';
import { type ResponseRecord, TIMED_STAGES } from '../../events';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const number = v.number();
const ids = v.pipe(v.array(count), v.readonly());

/** The lines of the pipeline, in order. */
export const SECTIONS = [
  ...(['start', 'sft', 'before', 'sampling', 'pairs', 'inspect', 'sft weights', 'warm-up', 'mask'] as const),
  ...(['token-rewards', 'forgetting', 'improving', 'after', 'end'] as const),
] as const;
export type SectionName = (typeof SECTIONS)[number];

const drift = v.strictObject({ klToSft: number, goldLogp: v.nullable(number) });
const response = v.object({ ...v.omit(responseSchema, ['id']).entries, tokens: ids });
const question = v.strictObject({
  ...{ id: v.string(), family: v.string(), text: v.string(), prompt: ids, gold: v.nullable(ids) },
});

/** What is known of some weights (states.ts). */
const stateSchema = v.strictObject({
  /** Prompt and response of each known row of log-probs, joined by line feeds. */
  scores: v.nullable(v.string()),
  drift: v.nullable(drift),
  look: v.nullable(
    v.strictObject({
      answers: v.array(v.strictObject({ tokens: ids, correct: v.nullable(v.boolean()) })),
      klToSft: number,
    }),
  ),
});

/** What finished sections have found (findings.ts). */
const findingsSchema = v.strictObject({
  /** Checksum of SFT weights that are loaded again; null where the point has them. */
  sft: v.exactOptional(v.nullable(count)),
  before: v.exactOptional(
    v.strictObject({
      record: evaluationSchema,
      examples: v.pipe(v.array(v.strictObject({ prompt: ids, response: ids })), v.readonly()),
      drift,
    }),
  ),
  after: v.exactOptional(evaluationSchema),
  sampling: v.exactOptional(v.array(response)),
  masks: v.exactOptional(
    v.strictObject({
      forgetting: v.exactOptional(v.strictObject({ selected: count, total: count })),
      improving: v.exactOptional(v.strictObject({ selected: count, total: count })),
    }),
  ),
  scores: v.exactOptional(
    v.strictObject({
      source: v.picklist(['shipped', 'trained live', 'gold as rewrite', 'substitute'] as const),
      /** Tokens of each response that has scores, −1 for one that has none. */
      lengths: v.array(v.pipe(number, v.safeInteger())),
      /** By place in the forgetting data. */
      rewrites: v.array(v.tuple([count, ids])),
    }),
  ),
});
export type Findings = v.InferOutput<typeof findingsSchema>;

const settings = v.strictObject({ learningRateScale: number, beta: number });
const rows = v.array(v.array(number));

/** The step that was told last, as a training loop tells it (loop.ts). */
const tickSchema = v.strictObject({
  step: count,
  metrics: metricsSchema,
  settings: v.nullable(v.strictObject({ learningRateScale: number, beta: v.nullable(number) })),
  own: v.nullable(v.strictObject({ items: ids, losses: v.array(number) })),
  anatomy: v.nullable(
    v.strictObject({
      moved: count,
      largest: v.nullable(v.strictObject({ tensor: v.string(), index: count, change: number })),
      example: v.nullable(
        v.strictObject({
          ...{ question, rejected: ids, chosen: v.nullable(ids), policy: rows, reference: rows },
          ...{ weights: v.array(number), denominator: number, beta: number },
        }),
      ),
    }),
  ),
});
export type TickFacts = v.InferOutput<typeof tickSchema>;

/** What a loop knows beside weights, optimiser and tick. */
const loopSchema = v.variant('loop', [
  v.strictObject({ loop: v.literal('plain') }),
  v.strictObject({
    loop: v.literal('pairs'),
    hasMoved: v.boolean(),
    lastBeta: number,
    /** BCO's running mean; null before the first step. */
    running: v.nullable(v.strictObject({ delta: number, batches: number })),
  }),
  v.strictObject({
    loop: v.literal('ppo'),
    ...{ round: count, made: count, index: count, tokens: count },
    /** Of the critic; null without one. */
    criticUpdates: v.nullable(count),
    rewardModel: v.picklist(['none', 'loaded', 'trained'] as const),
    rollout: v.strictObject({
      ...{ accuracy: number, sampledTokens: count, responses: v.array(ids), scores: v.array(number) },
    }),
  }),
]);
export type LoopFacts = v.InferOutput<typeof loopSchema>;

/** Where a section goes on; null: at its beginning. */
const insideSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('sft'), step: count, updates: count }),
  v.strictObject({ kind: v.literal('sampling'), done: count, tokens: count, responses: v.array(response) }),
  v.strictObject({
    kind: v.literal('reward'),
    step: count,
    updates: count,
    /** Training broke: nobody tries again. */
    isBroken: v.boolean(),
  }),
  /** The reward model has done its work: its scores are among the findings. */
  v.strictObject({ kind: v.literal('scored') }),
  v.strictObject({
    kind: v.literal('steps'),
    /** null: all steps are made, and what is left to be told needs neither optimiser nor loop. */
    tick: v.nullable(tickSchema),
    /** Before the tick. */
    hasMoved: v.boolean(),
    updates: count,
    loop: loopSchema,
  }),
]);
export type Inside = v.InferOutput<typeof insideSchema>;

export const factsSchema = v.strictObject({
  /** The section, and the one within it where it is a run of its own (foreign.ts). */
  path: v.pipe(v.array(v.picklist(SECTIONS)), v.maxLength(2)),
  /** How many events of each type were told since the present unit of work began: it is done again, and they are not told again. */
  unitTold: v.array(v.tuple([v.string(), count])),
  /** How long the run has taken. */
  seconds: number,
  /** By depth of the path. */
  levels: v.array(v.strictObject({ summaries: v.array(stageSummarySchema), findings: findingsSchema })),
  states: v.array(stateSchema),
  /** Which of the states is whose; null where there are no such weights. */
  roles: v.strictObject({
    sft: v.nullable(count),
    now: v.nullable(count),
    /** At the section's beginning. */
    entry: v.nullable(count),
  }),
  entries: v.array(v.strictObject({ stage: v.picklist(TIMED_STAGES), state: count })),
  controls: v.strictObject({
    ...{ wanted: settings, inForce: settings },
    slowMotion: v.picklist(['no', 'asked', 'launched'] as const),
  }),
  inside: v.nullable(insideSchema),
});
export type Facts = v.InferOutput<typeof factsSchema>;

/** Without its id, which is its place. */
export const responseFacts = ({ id: _, ...response }: ResponseRecord) => response;
