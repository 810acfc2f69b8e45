// The ranking that neuron masks are cut from, made in small pieces: of a large model each pass over the weights takes a second or more, and between
// two pieces a run can be paused or stopped.
import type { MaskPurpose, RunEvent } from '../events';
import { changeOf } from '../masks/deltas';
import { growingIndex, type MagnitudeIndex, type RankOrder } from '../masks/magnitudeIndex';
import { bandCounts } from '../masks/neuronMask';
import { parameterCount, tensorSpecs } from '../model/config';
import { policyOf, type RunContext } from './context';

/** The weights ranked, with the ends of the purposes' bands at hand. */
export async function* rankedIndex(
  context: RunContext,
  order: RankOrder,
  purposes: readonly MaskPurpose[],
): AsyncGenerator<RunEvent, MagnitudeIndex> {
  const { config } = context;
  const index = yield* indexed(context, purposes.length);
  const ranks = purposes.flatMap((purpose) => {
    const { kLower, kUpper } = bandCounts(index.total, config[`${purpose}Lower`], config[`${purpose}Percent`]);
    return [kLower, kUpper];
  });
  const ticks = ticksOver(index.total, { label: 'thresholds', done: 0, total: purposes.length });
  for (const size of index.readying(order, ranks)) yield* ticks(size);
  return index;
}

/** By θ′ − θ, or by Σ g; a tensor is read from the device when its turn comes. */
async function* indexed(context: RunContext, purposes: number): AsyncGenerator<RunEvent, MagnitudeIndex> {
  const { config, gradientSums, modelConfig, sft } = context;
  if (config.maskScore === 'gradient' && !gradientSums)
    throw new Error('The warm-up did not sum up its gradients, so they cannot rank the weights.');
  const model = policyOf(context);
  const index = growingIndex();
  const ticks = ticksOver(parameterCount(modelConfig), { label: 'ranking', done: 0, total: purposes });
  for (const { name } of tensorSpecs(modelConfig)) {
    const values =
      config.maskScore === 'gradient'
        ? gradientSums!.get(name)!
        : changeOf(sft.get(name)!, await model.get(name).data<'float32'>());
    index.add({ name, values });
    yield* ticks(values.length);
  }
  return index.done();
}

/** Weights that are gone through before the run is asked whether to go on: some tenths of a second. */
const WEIGHTS_A_TICK = 1 << 24;

/** Called with each tensor's size: says how much of the model is done, every so many weights; of a small one nothing. */
export function ticksOver(
  weights: number,
  { label, done, total }: { label: string; done: number; total: number },
): (size: number) => Extract<RunEvent, { type: 'stage.progress' }>[] {
  let [behind, since] = [0, 0];
  return (size) => {
    behind += size;
    since += size;
    if (since < WEIGHTS_A_TICK || behind === weights) return [];
    since = 0;
    const percent = Math.floor((100 * behind) / weights);
    return [{ type: 'stage.progress', stage: 'mask', label: `${label}, ${percent} %`, done, total, tokens: 0 }];
  };
}
