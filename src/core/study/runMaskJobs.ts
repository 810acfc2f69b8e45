// The jobs 'change' and 'agreement': warm-ups alone, looked at. How concentrated the change and the summed gradient are, where they sit, and
// how much the masks of families and seeds have in common.
import { FAMILIES, type RunConfig } from '../config';
import type { RunEvent } from '../events';
import { compareMasks, type LabelledMask } from '../masks/agreement';
import { concentration } from '../masks/concentration';
import { type TensorDelta, weightDeltas } from '../masks/deltas';
import { tensorDensities } from '../masks/densities';
import { type MagnitudeIndex, magnitudeIndex } from '../masks/magnitudeIndex';
import { selectFromIndex } from '../masks/neuronMask';
import { type TensorSpec, tensorSpecs } from '../model/config';
import { followRun, withRun } from './followRun';
import { gaussianShare } from './gaussianShare';
import type { Job } from './job';
import { common, type JobContext, runOptions } from './jobContext';
import { type Part, type Progress, partOf } from './jobProgress';
import type { AgreementResult, ChangeResult } from './result';
import { toResult } from './roundResult';

const CONCENTRATION_PERCENTS = [1, 5, 10, 20, 50] as const;
const TENSOR_PERCENT = 10;
const AGREEMENT_PERCENTS = [5, 10] as const;
const SCORES = ['change', 'gradient'] as const;
const BEHIND_WARM_UP: readonly Part[] = ['mask', 'token-rewards', 'forgetting', 'improving', 'after'];
type Score = (typeof SCORES)[number];

interface WarmUp {
  specs: readonly TensorSpec[];
  /** What ranks a weight, by score. */
  indices: Record<Score, MagnitudeIndex>;
}

/** The warm-up of a config, whatever its mask rule. Throws Error for a model too large to sum gradients of. */
function warmUp(job: Job, jobContext: JobContext, own: RunConfig): AsyncGenerator<Progress, WarmUp> {
  const config: RunConfig = { ...own, maskRule: 'top', maskScore: 'change', maskSource: 'own' };
  return withRun(runOptions(job, jobContext, config), async function* (run) {
    let gradients: readonly Float32Array[] | null = null;
    const isReached = (event: RunEvent) => event.type === 'stage.started' && event.stage === 'mask';
    const see = (event: RunEvent) => {
      if (event.type === 'moments') ({ gradients } = event);
    };
    yield* followRun(run, config, { isReached, see, leftOut: BEHIND_WARM_UP });
    const { config: modelConfig, model, sft } = await run.checkpoints();
    if (!gradients) throw new Error('This model is too large for the sum of its gradients to be kept.');
    const specs = tensorSpecs(modelConfig);
    const sums = gradients as readonly Float32Array[];
    const change = weightDeltas(
      specs.map(({ name }) => ({ name, reference: sft.get(name)!, trained: model.get(name)! })),
    );
    const gradient: TensorDelta[] = specs.map(({ name }, i) => ({ name, values: sums[i]! }));
    return { specs, indices: { change: magnitudeIndex(change), gradient: magnitudeIndex(gradient) } };
  });
}

function topMask({ specs, indices }: WarmUp, score: Score, percent: number): LabelledMask {
  const { masks } = selectFromIndex(indices[score], { lower: 0, upper: percent, order: 'most' });
  return { label: score, specs, mask: new Map(specs.map(({ name }, i) => [name, masks[i]!])) };
}

/** Masks of equal size are never both empty: IoU and its value by chance over the whole model are numbers. */
function iouOf(a: LabelledMask, b: LabelledMask): { iou: number; chance: number } {
  const { overall, anywhere } = compareMasks(a, b);
  return { iou: overall.iou ?? 0, chance: anywhere.chanceIou ?? 0 };
}

export async function* runChange(job: Job, jobContext: JobContext): AsyncGenerator<Progress, ChangeResult> {
  const found = yield* warmUp(job, jobContext, job.config);
  const started = performance.now();
  const shareIn = (score: Score, percent: number) => concentration(found.indices[score], percent)?.at.updateShare ?? 0;
  const [change, gradient] = SCORES.map((score) => topMask(found, score, TENSOR_PERCENT));
  const densities = [change!, gradient!].map(({ specs, mask }) => tensorDensities(specs, mask));
  return toResult({
    ...common(job, jobContext, (performance.now() - started) / 1000),
    kind: 'change',
    concentration: CONCENTRATION_PERCENTS.map((percent) => ({
      ...{ percent, change: shareIn('change', percent), gradient: shareIn('gradient', percent) },
      gaussian: gaussianShare(percent),
    })),
    tensors: densities[0]!.map(({ name, entries: size, density }, i) => ({
      ...{ name, size, change: 100 * density, gradient: 100 * densities[1]![i]!.density },
    })),
    iou: iouOf(change!, gradient!).iou,
  }) as ChangeResult;
}

/** The family's own masks against those of every other family at the same seed, and against its own at the next seed. */
export async function* runAgreement(job: Job, jobContext: JobContext): AsyncGenerator<Progress, AgreementResult> {
  const { config } = job;
  const others: RunConfig[] = [
    ...FAMILIES.filter((family) => family !== config.family).map((family) => ({ ...config, family })),
    { ...config, seed: config.seed + 1 },
  ];
  const warmUps: WarmUp[] = [];
  const all = [config, ...others];
  for (const [i, one] of all.entries()) {
    const place = { from: i / all.length, to: (i + 1) / all.length, prefix: `${one.family}, seed ${one.seed}: ` };
    warmUps.push(yield* partOf(warmUp(job, jobContext, one), place));
  }
  const started = performance.now();
  const pairs = SCORES.flatMap((score) =>
    AGREEMENT_PERCENTS.flatMap((percent) => {
      const [own, ...theirs] = warmUps.map((found) => topMask(found, score, percent));
      return theirs.map((mask, i) => {
        const { family, seed } = others[i]!;
        return { family, seed, score, percent, ...iouOf(own!, mask) };
      });
    }),
  );
  return toResult({
    ...common(job, jobContext, (performance.now() - started) / 1000),
    ...{ kind: 'agreement', pairs },
  }) as AgreementResult;
}
