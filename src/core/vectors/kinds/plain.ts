// Golden kinds of the parts without tensors: neuron masks, schedules, sampling, the merging optimisers, answer pairs.
import * as v from 'valibot';
import { type AnswerRule, buildTextPairs } from '../../data/answers';
import { weightDeltas } from '../../masks/deltas';
import { selectNeurons } from '../../masks/neuronMask';
import { selectNeuronsReference } from '../../masks/neuronMaskReference';
import { createMergingState, type KeepMasks, type MergingOptions, mergingStep } from '../../optim/merging';
import { createSchedule } from '../../optim/schedule';
import { createRng } from '../../rng';
import { argmax, nucleusKeep, renormalise, temperatureProbabilities } from '../../sampler';
import { exactly, gotArray } from '../compare';
import { type DecodedArray, GoldenFormatError } from '../format';
import type { Kind } from './kind';

export const topkMaskKind: Kind = ({ vector, params }) => {
  if (!vector.tensors) throw new GoldenFormatError('a topk_mask case needs "tensors"');
  const shapes = vector.tensors.map(({ reference }) => reference.shape);
  const deltas = weightDeltas(
    vector.tensors.map(({ name, reference, trained }) => ({
      name,
      reference: Float32Array.from(reference.data, Number),
      trained: Float32Array.from(trained.data, Number),
    })),
  );
  const [lower, upper] = [params.number('l_per'), params.number('r_per')];
  const sign = params.number('sign', 1) === -1 ? -1 : 1;
  const withShapes = (masks: readonly Uint8Array[]) => masks.map((mask, i) => gotArray(mask, shapes[i]));
  const exact = selectNeurons(deltas, { lower, upper, order: sign === -1 ? 'least' : 'most' });
  const { total, selected, kLower, kUpper } = exact;
  const got: Record<string, unknown> = {
    exact: { total, k_left: kLower, k_right: kUpper, selected, masks: withShapes(exact.masks) },
  };
  if (Object.hasOwn(vector.expected, 'reference')) {
    const reference = selectNeuronsReference(deltas, { lower, upper, sign });
    got.reference = {
      threshold_left: reference.thresholdLower,
      threshold_right: reference.thresholdUpper,
      selected: reference.selected,
      ratio_percent: reference.ratioPercent,
      masks: withShapes(reference.masks),
    };
  }
  return { got };
};

export const scheduleKind =
  (kind: 'cosine' | 'linear'): Kind =>
  ({ params }) => {
    const totalSteps = params.number('total_steps');
    const [baseRate, warmupRatio] = [params.number('base_lr'), params.number('warmup_ratio', 0)];
    const schedule = createSchedule({ kind, baseRate, totalSteps, warmupRatio });
    const rates = Float64Array.from({ length: totalSteps + 1 }, (_, step) => schedule.rateAt(step));
    return { got: { warmup_steps: exactly(schedule.warmupSteps), lr: gotArray(rates) } };
  };

export const samplingKind: Kind = ({ inputs, params }) => {
  const { shape, data } = inputs.array('logits');
  const width = shape.at(-1)!;
  const rows = Array.from({ length: data.length / width }, (_, row) => {
    const logits = data.subarray(row * width, (row + 1) * width);
    const probabilities = temperatureProbabilities(logits, params.number('temperature'));
    const keep = nucleusKeep(probabilities, params.number('top_p'));
    return { probabilities, keep, filtered: renormalise(probabilities, keep), argmax: argmax(logits) };
  });
  return {
    got: {
      probs_after_temperature: gotArray(
        rows.flatMap((row) => [...row.probabilities]),
        shape,
      ),
      keep: gotArray(
        rows.flatMap((row) => [...row.keep]),
        shape,
      ),
      probs: gotArray(
        rows.flatMap((row) => [...row.filtered]),
        shape,
      ),
      argmax: gotArray(
        rows.map((row) => row.argmax),
        shape.slice(0, -1),
      ),
    },
  };
};

export const mergingKind =
  (method: MergingOptions['method']): Kind =>
  ({ inputs, params }) => {
    const [beta1, beta2] = params.read('betas', v.tuple([v.number(), v.number()]));
    const options: MergingOptions = {
      method,
      variant: params.read('variant', v.picklist(['paper', 'reference'])),
      betas: [beta1, beta2],
      eps: params.number('eps'),
      reserveShare: params.number('reserve_p'),
      alpha: params.number('alpha', 0),
      useMerge: params.flag('use_merge', true),
      rescale: params.flag('rescale', false),
      clipValue: params.number('clip_val', 1),
      mergeEvery: params.number('online_step', 1),
      correctBias: params.flag('correct_bias', true),
      weightDecay: params.number('weight_decay', 0),
    };
    const params0 = inputs.array('p0');
    const size = params0.data.length;
    const grads = inputs.array('grads');
    const steps = params.number('steps', grads.shape[0]);
    const row = ({ data }: DecodedArray, step: number) => data.subarray(step * size, (step + 1) * size);
    // Cases without merging may leave the task vector's keep mask out: it is not used then.
    const keepRow = (name: string, step: number) =>
      inputs.has(name) || options.useMerge || name === 'delta_keep'
        ? Uint8Array.from(row(inputs.array(name), step))
        : new Uint8Array(size).fill(1);
    const isRandom = method === 'ondare';
    const state = createMergingState(inputs.array('tau').data, options, isRandom ? keepRow('tau_keep', 0) : undefined);
    const weights = params0.data.slice();
    const history: number[] = [];
    for (let step = 0; step < steps; step++) {
      const keep: KeepMasks | undefined = isRandom
        ? { step: keepRow('delta_keep', step), tau: keepRow('tau_keep', step) }
        : undefined;
      mergingStep(weights, row(grads, step), state, options, params.number('lr'), { ...(keep && { keep }) });
      history.push(...weights);
    }
    const shape = params0.shape;
    return {
      got: { p: gotArray(history, [steps, ...shape]), m: gotArray(state.m, shape), v: gotArray(state.v, shape) },
    };
  };

export const pairsKind: Kind = ({ inputs, params }) => {
  const sample = { gold: inputs.text('gold'), predictions: inputs.read('predictions', v.array(v.string())) };
  const build = (rule: AnswerRule) => {
    const built = buildTextPairs(sample, rule, params.number('max_pairs'), createRng(0, 'pairs'));
    const { unique, positive, negative, allPairs, pairs } = built;
    return {
      unique,
      positive,
      negative,
      all_pairs: allPairs,
      pairs_written: pairs.length,
      forgetting_rows: negative.length,
    };
  };
  const recommended = build('default');
  return { got: { unique: recommended.unique, reference: build('reference'), recommended } };
};
