// The events of a run of the Large preset's exact shapes, without its training: seeded values, true masks, the weights that a run hands
// over. What the numbers mean is nothing; how many there are, and where the change is large, is as in a run.
import type { Preset } from '../../src/core/config';
import type { MaskPurpose, RunEvent, WeightMoment } from '../../src/core/events';
import { countOnes } from '../../src/core/masks/countBits';
import { type TensorDelta, weightDeltas } from '../../src/core/masks/deltas';
import { selectNeurons } from '../../src/core/masks/neuronMask';
import { type ModelConfig, sizeOf, type TensorSpec, tensorSpecs } from '../../src/core/model/config';
import { createRng } from '../../src/core/rng';
import { fakeEvents } from '../../src/testing/fakeRun';

type Started = Extract<RunEvent, { type: 'run.started' }>;

/** The first event; the vocabulary is the preset's. */
export function largeStarted(preset: Preset): Started {
  const first = fakeEvents('started', { preset }).next().value;
  if (first?.type !== 'run.started') throw new Error('A run begins with run.started.');
  const { vocabularySize } = first.config;
  const model: ModelConfig = { ...first.model, vocabularySize };
  const tensors = tensorSpecs(model);
  const totalParameters = tensors.reduce((sum, spec) => sum + sizeOf(spec), 0);
  const vocabulary = Array.from({ length: vocabularySize }, (_, id) => first.vocabulary[id] ?? `word${id}`);
  return { ...first, model, tensors, totalParameters, vocabulary };
}

/** All large events and the masks, in a run's order. */
export function* largeEvents({ tensors, config }: Started): Generator<RunEvent> {
  const sft = tensors.map((spec) => seeded(spec, 'weights', 0.1));
  const update = tensors.map((spec, i) => seeded(spec, 'update', 1e-4 * (1 + (i % 9))));
  yield weights('sft', sft);
  const trained = added(sft, update, null);
  yield weights('warmed-up', trained);
  yield {
    ...{ type: 'moments', stage: 'warm-up', gradients: null },
    secondMoments: update.map((values) => values.map((value) => value * value)),
  };
  // θ′ − θ as it is found again, in float32.
  const deltas = weightDeltas(tensors.map(({ name }, i) => ({ name, reference: sft[i]!, trained: trained[i]! })));
  const forgetting = maskEvent('forgetting', tensors, deltas, config.forgettingPercent);
  const improving = maskEvent('improving', tensors, deltas, config.improvingPercent);
  const bits = [forgetting, improving].map(({ tensors: all }) => all.map(({ mask }) => mask));
  const forgotten = added(sft, update, bits[0]!);
  const improved = added(forgotten, update, bits[1]!);
  yield forgetting;
  yield improving;
  yield weights('forgotten', forgotten);
  yield weights('improved', improved);
}

const weights = (moment: WeightMoment, tensors: readonly Float32Array[]): RunEvent => ({
  ...{ type: 'weights', moment },
  // The receiver keeps what it gets.
  tensors: tensors.map((values) => values.slice()),
});

function seeded(spec: TensorSpec, what: string, scale: number): Float32Array {
  const rng = createRng(1, `large/${what}/${spec.name}`);
  const values = new Float32Array(sizeOf(spec));
  for (let i = 0; i < values.length; i++) values[i] = (rng.next() - 0.5) * rng.next() * scale;
  return values;
}

/** Only where the masks hold a 1, if there are masks. */
function added(
  to: readonly Float32Array[],
  change: readonly Float32Array[],
  masks: readonly Uint8Array[] | null,
): Float32Array[] {
  return to.map((values, i) => {
    const [by, mask] = [change[i]!, masks?.[i]];
    const sum = values.slice();
    for (let j = 0; j < sum.length; j++) if (!mask || mask[j] === 1) sum[j] = sum[j]! + by[j]!;
    return sum;
  });
}

function maskEvent(
  purpose: MaskPurpose,
  specs: readonly TensorSpec[],
  deltas: readonly TensorDelta[],
  percent: number,
): Extract<RunEvent, { type: 'mask' }> {
  const { masks, selected, total, threshold, tiesAtThreshold } = selectNeurons(deltas, {
    ...{ lower: 0, upper: percent, order: 'most' },
  });
  return {
    ...{
      type: 'mask',
      purpose,
      rule: 'top',
      score: 'change',
      source: null,
      lowerPercent: 0,
      requestedPercent: percent,
      selected,
      total,
    },
    ...{ threshold, ties: tiesAtThreshold },
    tensors: specs.map((spec, i) => ({
      ...spec,
      selected: countOnes(masks[i]!),
      mask: masks[i]!,
    })),
  };
}
