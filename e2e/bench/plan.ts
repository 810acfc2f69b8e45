// What is measured, quick and in full. Slow engines get few steps: the spread of the others says how steady the machine is.
import { CHANGES } from '../harness/largeChanges';
import {
  type Backend,
  type BenchModel,
  type Engine,
  type MaskJob,
  type MatmulJob,
  type MatmulSize,
  type SamplingJob,
  STANDARD_MODEL,
  type StepJob,
  WIDE_MODEL,
} from './protocol';

/** WASM threads of every engine. */
export const THREADS = 2;

export type Dimension = 'width' | 'depth' | 'batch' | 'length';

/** One dimension's steps, the standard model's among them: measured again, close in time to the others. */
export interface ScalingJobs {
  dimension: Dimension;
  backend: Backend;
  jobs: { value: number; job: StepJob }[];
}

export interface Plan {
  steps: StepJob[];
  matmuls: MatmulJob[];
  samplings: SamplingJob[];
  masks: MaskJob[];
  /** How many changes of the mask lab are made at the Large preset's size. */
  labChanges: number;
  /** Whole runs through the built studio. */
  presets: ('tiny' | 'default')[];
  scaling: ScalingJobs[];
}

/** The products of the standard model's MLP, and a larger square one. */
export const MATMUL_SIZES: readonly MatmulSize[] = [
  { rows: 1024, inner: 128, columns: 512 },
  { rows: 512, inner: 512, columns: 512 },
];

const stepJob = (
  engine: Engine,
  backend: Backend,
  model: BenchModel,
  [warmUp, steps]: readonly [number, number],
): StepJob => ({ kind: 'step', engine, backend, threads: THREADS, model, warmUp, steps });

/** [warm-up, measured] */
const STEPS = {
  quick: { fast: [2, 5], peer: [2, 3], slow: [1, 1] },
  full: { fast: [3, 15], peer: [2, 7], slow: [1, 2] },
  wide: { fast: [2, 7], peer: [1, 3], slow: [1, 1] },
} as const;

function stepJobs(model: BenchModel, effort: keyof typeof STEPS): StepJob[] {
  const { fast, peer, slow } = STEPS[effort];
  return [
    stepJob('allo', 'wasm', model, fast),
    stepJob('jax-js', 'wasm', model, fast),
    stepJob('plain tfjs', 'wasm', model, peer),
    stepJob('allo', 'webgpu', model, peer),
    stepJob('jax-js', 'webgpu', model, peer),
    stepJob('plain tfjs', 'webgl', model, peer),
    stepJob('plain tfjs', 'webgpu', model, slow),
  ];
}

const changed: Record<Dimension, (value: number) => BenchModel> = {
  width: (width) => ({ ...STANDARD_MODEL, width, mlpWidth: 4 * width }),
  depth: (layers) => ({ ...STANDARD_MODEL, layers }),
  batch: (batch) => ({ ...STANDARD_MODEL, batch }),
  length: (length) => ({ ...STANDARD_MODEL, length }),
};

const SCALED_STEPS = [1, 3] as const;

/** Half the standard value, the value itself, and twice it. */
const SCALED: Record<Dimension, readonly number[]> = {
  width: [64, 128, 256],
  depth: [2, 4, 8],
  batch: [8, 16, 32],
  length: [32, 64, 128],
};

const scalingJobs = (backend: Backend): ScalingJobs[] =>
  (Object.keys(SCALED) as Dimension[]).map((dimension) => ({
    dimension,
    backend,
    jobs: SCALED[dimension].map((value) => ({
      value,
      job: stepJob('allo', backend, { ...changed[dimension](value), name: `${dimension} ${value}` }, SCALED_STEPS),
    })),
  }));

export function planOf(mode: 'quick' | 'full'): Plan {
  const isFull = mode === 'full';
  const matmul = (engine: Engine, backend: Backend): MatmulJob => ({
    kind: 'matmul',
    engine,
    backend,
    threads: THREADS,
    sizes: MATMUL_SIZES,
    repeats: isFull ? 7 : 3,
  });
  const sampling = (backend: Backend, rows: number): SamplingJob => ({
    kind: 'sampling',
    engine: 'allo',
    backend,
    threads: THREADS,
    model: STANDARD_MODEL,
    rows,
    promptTokens: 16,
    newTokens: 48,
  });
  const mask = (entries: number, repeats: number): MaskJob => ({ kind: 'mask', entries, repeats });
  return {
    steps: [...stepJobs(STANDARD_MODEL, mode), ...(isFull ? stepJobs(WIDE_MODEL, 'wide') : [])],
    matmuls: [
      matmul('allo', 'wasm'),
      matmul('plain tfjs', 'wasm'),
      matmul('jax-js', 'wasm'),
      matmul('allo', 'webgpu'),
      matmul('jax-js', 'webgpu'),
      ...(isFull ? [matmul('plain tfjs', 'webgpu'), matmul('plain tfjs', 'webgl')] : []),
    ],
    samplings: [sampling('wasm', 16), sampling('webgpu', isFull ? 16 : 4)],
    masks: [mask(1_000_000, 5), ...(isFull ? [mask(50_000_000, 3)] : [])],
    labChanges: isFull ? CHANGES.length : 3,
    presets: isFull ? ['tiny', 'default'] : ['tiny'],
    scaling: isFull ? [...scalingJobs('wasm'), ...scalingJobs('webgpu')] : [],
  };
}
