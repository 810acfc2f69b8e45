// Before the first run: a tiny model's forward pass, gradient and one optimiser step on the chosen backend, against plain cpu.
// GPUs that return zeros or wrong sums exist in the field; a run on them would look like science and be noise.
import type { BackendName, BackendReport } from './events';
import type { ModelConfig } from './model/config';
import { initialWeights, Model, policyLogps } from './model/model';
import { Adamw, clipByGlobalNorm } from './optim/adamw';
import { createRng } from './rng';
import { packExamples } from './stages/batches';
import { tf } from './tf';

const TINY: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 37,
  width: 24,
  layers: 2,
  heads: 3,
  kvHeads: 3,
  mlpWidth: 40,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 32,
};

interface Measured {
  logps: Float32Array;
  gradient: Float32Array;
  updated: Float32Array;
}

async function measure(backend: BackendName): Promise<Measured> {
  await tf.setBackend(backend);
  const rng = createRng(7, 'self-check');
  const weights = initialWeights(TINY, rng);
  // Larger than an initialisation, so that every path carries a visible signal.
  for (const values of weights.values())
    for (let i = 0; i < values.length; i++) values[i] = values[i]! === 1 ? 1 : values[i]! * 8;
  const model = new Model(TINY, weights);
  const ids = (count: number) => Array.from({ length: count }, () => rng.int(TINY.vocabularySize));
  const batch = packExamples(
    [5, 9, 3].map((n) => ({ prompt: ids(n), response: ids(n + 2) })),
    0,
  );
  const optimiser = new Adamw(model);
  const entries = [...model.parameters];
  let logps: tf.Tensor | undefined;
  const { value, grads } = tf.variableGrads(
    () => {
      logps = tf.keep(policyLogps(model, batch));
      return tf.neg(tf.sum(logps)) as tf.Scalar;
    },
    entries.map(([, variable]) => variable),
  );
  const gradients = Object.fromEntries(entries.map(([name, variable]) => [name, grads[variable.name]!]));
  const { norm, scale } = clipByGlobalNorm(Object.values(gradients), 1);
  const collect = async (tensors: readonly tf.Tensor[]) => {
    const parts = await Promise.all(tensors.map((tensor) => tensor.data()));
    return Float32Array.from(parts.flatMap((part) => [...part]));
  };
  const gradient = await collect(Object.values(gradients));
  optimiser.step(gradients, 0.01, scale);
  const updated = await collect([...model.parameters.values()]);
  const result = { logps: await collect([logps!]), gradient, updated };
  tf.dispose([value, norm, scale, logps!, ...Object.values(gradients)]);
  optimiser.dispose();
  model.dispose();
  return result;
}

/** Largest difference, relative to the largest expected magnitude; 1 when all of `got` is zero or something is not finite. */
export function relativeError(got: Float32Array, expected: Float32Array): number {
  let scale = 0;
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(got[i]!)) return 1;
    scale = Math.max(scale, Math.abs(expected[i]!));
    largest = Math.max(largest, Math.abs(got[i]!));
    worst = Math.max(worst, Math.abs(got[i]! - expected[i]!));
  }
  return largest === 0 || scale === 0 ? 1 : worst / scale;
}

/** Compares `backend` with cpu and leaves `backend` active. Tolerances: 1e-4 on wasm, 1e-3 on webgpu (update: 2e-2). */
export async function selfCheck(backend: BackendName): Promise<BackendReport['selfCheck']> {
  const expected = await measure('cpu');
  const got = await measure(backend);
  const tolerance = backend === 'webgpu' ? 1e-3 : 1e-4;
  const compare = (op: string, key: keyof Measured, limit: number) => {
    const maxError = relativeError(got[key], expected[key]);
    return { op, maxError, tolerance: limit, passed: maxError <= limit };
  };
  // Adam's first step is a sign: where a gradient is nearly 0 it may flip by rounding, so the update's limit is wider.
  return [
    compare('forward', 'logps', tolerance),
    compare('gradient', 'gradient', tolerance),
    compare('optimiser step', 'updated', 2e-2),
  ];
}
