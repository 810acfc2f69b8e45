// What the atlas holds of the last runs: weights at each moment, update, gradient, second moments, masks. The oldest run's arrays go when a
// fourth comes. How weights are kept small is in momentStore.ts.
import type { MaskPurpose, RunEvent } from '../core/events';
import { NonFiniteDeltaError } from '../core/masks/deltas';
import { type MaskSelection, selectMask } from '../core/masks/selectMask';
import { type MaskSource, maskSource } from '../core/masks/source';
import { EVERYTHING, type Mask, type Tensors } from '../core/masks/tensorKinds';
import type { ModelConfig, TensorSpec } from '../core/model/config';
import type { HeldRun, UpdateStep } from './atlasProtocol';
import { type MomentStore, momentStore } from './momentStore';
import { type UpdateStore, updateStore } from './updateStore';

export const MOST_RUNS = 3;

export interface RunArrays {
  runId: string;
  name: string;
  family: string;
  seed: number;
  model: ModelConfig;
  specs: readonly TensorSpec[];
  /** With θ′ − θ_SFT. */
  weights: MomentStore;
  masks: Map<MaskPurpose, Mask>;
  gradient: Tensors | null;
  secondMoment: Tensors | null;
  /** At the moments of the time line. */
  updates: UpdateStore;
  /** Made at the first question about ranks; made anew when a gradient comes. */
  source: MaskSource | null;
}

export interface AtlasRuns {
  /** True when something was added. */
  take(runId: string, name: string, events: readonly RunEvent[]): boolean;
  /** Throws Error when the run's arrays are not held. */
  get(runId: string): RunArrays;
  has(runId: string): boolean;
  held(): HeldRun[];
  readonly dropped: readonly string[];
}

export function atlasRuns(): AtlasRuns {
  const runs = new Map<string, RunArrays>();
  const dropped: string[] = [];

  const begin = (runId: string, name: string, event: Extract<RunEvent, { type: 'run.started' }>): void => {
    runs.set(runId, {
      ...{
        runId,
        name,
        family: event.alignedFamily,
        seed: event.config.seed,
        model: event.model,
        specs: event.tensors,
      },
      ...{ weights: momentStore(event.tensors), masks: new Map(), updates: updateStore(event.tensors) },
      ...{ gradient: null, secondMoment: null, source: null },
    });
    for (const [oldest, run] of runs) {
      if (runs.size <= MOST_RUNS) break;
      runs.delete(oldest);
      // A run that had told nothing is not missed.
      if (run.weights.held().length > 0 || run.masks.size > 0) dropped.push(run.name);
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
    has: (runId) => runs.has(runId),
    held: () => [...runs.values()].map(heldOf),
  };
}

function add(run: RunArrays, event: RunEvent): boolean {
  const named = <T>(values: readonly T[]): ReadonlyMap<string, T> =>
    new Map(run.specs.map(({ name }, i) => [name, values[i]!]));
  switch (event.type) {
    case 'weights':
      run.weights.add(event.moment, event.tensors);
      return true;
    case 'moments':
      run.secondMoment = named(event.secondMoments);
      run.gradient = event.gradients && named(event.gradients);
      if (run.gradient) run.source = null;
      return true;
    case 'update':
      run.updates.add(event, event.tensors);
      return true;
    case 'mask':
      run.masks.set(event.purpose, new Map(event.tensors.map(({ name, mask }) => [name, mask])));
      return true;
    default:
      return event.type === 'run.started';
  }
}

const heldOf = ({
  runId,
  name,
  family,
  seed,
  weights,
  masks,
  gradient,
  secondMoment,
  updates,
}: RunArrays): HeldRun => ({
  ...{ runId, name, family, seed },
  moments: weights.held(),
  masks: [...masks.keys()],
  hasUpdate: weights.update !== null,
  hasGradient: gradient !== null,
  hasSecondMoment: secondMoment !== null,
  updateSteps: updates.held(),
});

/** The changes along the warm-up, whole: what the masks are compared by. */
export const warmupUpdates = ({ specs, updates }: RunArrays): { step: number; update: Tensors }[] =>
  updates
    .held()
    .filter(({ stage, step }) => stage === 'warm-up' && step > 0)
    .map((at) => ({ step: at.step, update: new Map(specs.map(({ name }) => [name, updates.get(at, name)!])) }));

/** What has moved most up to a moment, in percent of all weights. Throws Error when its change is not held. */
export function mostMoved({ specs, updates }: RunArrays, at: UpdateStep, percent: number): MaskSelection {
  const update = new Map(specs.map(({ name }) => [name, updates.get(at, name)]));
  if ([...update.values()].includes(undefined)) throw new Error('The change at this moment is not held.');
  const tensors = update as Map<string, Float32Array>;
  const options = { rule: 'most', lower: 0, upper: percent, scope: EVERYTHING } as const;
  const selection = selectMask(maskSource(specs, tensors), options);
  // At a stage's entry nothing has moved: weights that tie at 0 are no selection.
  for (const [name, bits] of selection.mask) {
    const change = tensors.get(name)!;
    for (let i = 0; i < bits.length; i++) if (change[i] === 0) bits[i] = 0;
  }
  return selection;
}

/** What the lab selects from. Throws Error while the warm-up is not over. */
export function sourceOf(run: RunArrays): MaskSource {
  const { update } = run.weights;
  if (!update) throw new Error('The change of the weights is known when the warm-up is over.');
  run.source ??= maskSource(run.specs, update, run.gradient ?? undefined);
  return run.source;
}

/** Makes what the first question about ranks needs, so that it is answered like the later ones. */
export function prepareRanks(run: RunArrays): void {
  if (!run.weights.update) return;
  try {
    sourceOf(run).index('update', EVERYTHING);
  } catch (error) {
    // Told to whoever asks.
    if (!(error instanceof NonFiniteDeltaError)) throw error;
  }
}
