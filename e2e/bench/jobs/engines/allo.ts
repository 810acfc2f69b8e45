// Ours: the core's own model, optimiser and training step, on the backend as the studio's worker sets it up.
import { chooseBackend, detectEnvironment } from '../../../../src/core/backend';
import { Model } from '../../../../src/core/model/model';
import { matmul } from '../../../../src/core/ops/linear/op';
import { Adamw } from '../../../../src/core/optim/adamw';
import { packExamples, type SequenceBatch } from '../../../../src/core/stages/batches';
import { batchLogps, trainStep } from '../../../../src/core/stages/trainStep';
import { tf } from '../../../../src/core/tf';
import type { Backend, BenchModel, MatmulSize } from '../../protocol';
import { ADAM, type Batch, modelConfigOf, weightsOf } from '../data';
import type { Products, Trainer } from './engine';
import { readLast, tensorProducts } from './tensors';

/** Starts the backend; gives the adapter's name. Throws Error when another one was taken. */
export async function startBackend(backend: Backend): Promise<string | null> {
  if (backend === 'webgl') throw new Error('The studio has no WebGL backend.');
  // Node has no addresses of files, and asks for WebGPU only.
  const paths = backend === 'wasm' ? await import('../../../../src/worker/wasmPaths') : null;
  const report = await chooseBackend(backend, { ...detectEnvironment(), wasmPaths: paths?.wasmPaths });
  if (report.name !== backend)
    throw new Error(`${backend} was refused: ${report.refused.map(({ reason }) => reason).join(' ')}`);
  return report.adapter;
}

/** Everything after a sequence's first token is scored. */
const packed = (batch: Batch): SequenceBatch =>
  packExamples(
    batch.map((row) => ({ prompt: [row[0]!], response: [...row.subarray(1)] })),
    0,
  );

const NO_CLIPPING = 1e9;

export async function createTrainer(backend: Backend, model: BenchModel): Promise<Trainer> {
  const adapter = await startBackend(backend);
  const policy = new Model(modelConfigOf(model), weightsOf(model));
  const { learningRate, ...adam } = ADAM;
  const optimiser = new Adamw(policy, { ...adam, weightDecay: 0, form: 'torch' });
  const tokens = model.batch * model.length;
  const meanLoss = (logps: tf.Tensor2D) => tf.div(tf.neg(tf.sum(logps)), tf.scalar(tokens)) as tf.Scalar;
  return {
    adapter,
    peakBytes: null,
    settle: () => readLast([...policy.parameters.values()].at(-1)!),
    async step(batch) {
      const { loss } = await trainStep(policy, optimiser, [{ batch: packed(batch), loss: meanLoss }], {
        learningRate,
        clipNorm: NO_CLIPPING,
      });
      return loss;
    },
    async loss(batch) {
      const logps = await batchLogps(policy, packed(batch));
      return -logps.reduce((sum, logp) => sum + logp, 0) / tokens;
    },
  };
}

export async function createProducts(backend: Backend, size: MatmulSize): Promise<Products> {
  await startBackend(backend);
  return tensorProducts(size, (a, b) => matmul(a, b));
}
