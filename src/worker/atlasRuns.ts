// What the atlas holds of the last runs: weights at each moment, update, gradient, moments, masks. The oldest run's arrays go when a
// fourth comes. Arrays are kept as they were handed over.
import type { MaskPurpose, RunEvent, WeightMoment } from '../core/events';
import { type MaskSource, maskSource } from '../core/masks/source';
import type { Mask, Tensors } from '../core/masks/tensorKinds';
import type { ModelConfig, TensorSpec } from '../core/model/config';
import type { HeldRun } from './atlasProtocol';

export const MOST_RUNS = 3;

export interface RunArrays {
  runId: string;
  name: string;
  seed: number;
  model: ModelConfig;
  specs: readonly TensorSpec[];
  weights: Map<WeightMoment, Tensors>;
  masks: Map<MaskPurpose, Mask>;
  /** θ′ − θ_SFT. */
  update: Tensors | null;
  gradient: Tensors | null;
  secondMoment: Tensors | null;
  updates: { step: number; update: Tensors }[];
  /** Made at the first question about ranks; made anew when a gradient comes. */
  source: MaskSource | null;
}

export interface AtlasRuns {
  /** True when something was added. */
  take(runId: string, name: string, events: readonly RunEvent[]): boolean;
  /** Throws Error when the run's arrays are not held. */
  get(runId: string): RunArrays;
  held(): HeldRun[];
  readonly dropped: readonly string[];
}

export function atlasRuns(): AtlasRuns {
  const runs = new Map<string, RunArrays>();
  const dropped: string[] = [];

  const begin = (runId: string, name: string, event: Extract<RunEvent, { type: 'run.started' }>): void => {
    runs.set(runId, {
      ...{ runId, name, seed: event.config.seed, model: event.model, specs: event.tensors },
      ...{ weights: new Map(), masks: new Map(), updates: [] },
      ...{ update: null, gradient: null, secondMoment: null, source: null },
    });
    for (const [oldest, run] of runs) {
      if (runs.size <= MOST_RUNS) break;
      runs.delete(oldest);
      // A run that had told nothing is not missed.
      if (run.weights.size > 0 || run.masks.size > 0) dropped.push(run.name);
    }
  };

  return {
    dropped,
    take(runId, name, events) {
      let isNew = false;
      for (const event of events) {
        if (event.type === 'run.started') begin(runId, name, event);
        const run = runs.get(runId);
        if (run && add(run, event)) isNew = true;
      }
      return isNew;
    },
    get(runId) {
      const run = runs.get(runId);
      if (!run) throw new Error('The weights of this run are no longer held: run it again to look at them.');
      return run;
    },
    held: () => [...runs.values()].map(heldOf),
  };
}

function add(run: RunArrays, event: RunEvent): boolean {
  const named = <T>(values: readonly T[]): ReadonlyMap<string, T> =>
    new Map(run.specs.map(({ name }, i) => [name, values[i]!]));
  switch (event.type) {
    case 'weights':
      run.weights.set(event.moment, named(event.tensors));
      if (event.moment === 'warmed-up') run.update = updateOf(run);
      return true;
    case 'moments':
      run.secondMoment = named(event.secondMoments);
      run.gradient = event.gradients && named(event.gradients);
      run.source = null;
      return true;
    case 'update':
      run.updates.push({ step: event.step, update: named(event.tensors) });
      return true;
    case 'mask':
      run.masks.set(event.purpose, new Map(event.tensors.map(({ name, mask }) => [name, mask])));
      return true;
    default:
      return event.type === 'run.started';
  }
}

function updateOf({ weights, specs }: RunArrays): Tensors | null {
  const [sft, trained] = [weights.get('sft'), weights.get('warmed-up')];
  if (!sft || !trained) return null;
  return new Map(
    specs.map(({ name }) => {
      const reference = sft.get(name)!;
      return [name, trained.get(name)!.map((value, i) => value - reference[i]!)];
    }),
  );
}

const heldOf = ({ runId, name, weights, masks, update, gradient, secondMoment, updates }: RunArrays): HeldRun => ({
  ...{ runId, name },
  moments: [...weights.keys()],
  masks: [...masks.keys()],
  hasUpdate: update !== null,
  hasGradient: gradient !== null,
  hasSecondMoment: secondMoment !== null,
  updateSteps: updates.map(({ step }) => step),
});

/** What the lab selects from. Throws Error while the warm-up is not over. */
export function sourceOf(run: RunArrays): MaskSource {
  if (!run.update) throw new Error('The change of the weights is known when the warm-up is over.');
  run.source ??= maskSource(run.specs, run.update, run.gradient ?? undefined);
  return run.source;
}
