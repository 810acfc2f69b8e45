// Training steps on a backend, for tests of memory. Loads TensorFlow.js: import it after what it must find (fakeGpu.ts).
import type { ModelConfig } from '../core/model/config';
import { initialWeights, Model } from '../core/model/model';
import { scoredRows } from '../core/model/scored';
import { heapGrowth, reserveHeap } from '../core/ops/simd/heap';
import { Adamw } from '../core/optim/adamw';
import { createRng } from '../core/rng';
import { inParts, packExamples, type SequenceBatch } from '../core/stages/batches';
import { trainStep } from '../core/stages/trainStep';
import { tf, type wasm } from '../core/tf';

export interface TrainedShape {
  sequences: number;
  parts: number;
  recompute: boolean;
  selected: number;
  /** Bytes of the wasm heap to ask for first. */
  reserve?: number;
}

const SIDE = 32;
/** Sequences of 32 prompt and 32 response tokens. */
const batchesOf = ({ sequences, parts }: Pick<TrainedShape, 'sequences' | 'parts'>): SequenceBatch[] => {
  const one = { prompt: Array<number>(SIDE).fill(3), response: Array<number>(SIDE).fill(4) };
  return inParts(Array(sequences).fill(one), parts).map((part) => packExamples(part, 0));
};

/** Packed and scored tokens of one part, as they are filled up. */
export function sizesOf(shape: Pick<TrainedShape, 'sequences' | 'parts'>): { tokens: number; scored: number } {
  const batch = batchesOf(shape)[0]!;
  const tokens = batch.ids.length;
  return { tokens, scored: scoredRows(batch, tokens).wanted?.rows.length ?? tokens };
}

const negativeSum = (logps: tf.Tensor2D): tf.Scalar => tf.neg(tf.sum(logps));
const options = { learningRate: 1e-3, clipNorm: 1 };

/** By how much the wasm heap has grown, or bytes allocated on the GPU. */
function bytesHeld(): number {
  if (tf.getBackend() === 'wasm') return heapGrowth(tf.backend() as wasm.BackendWasm);
  return (tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;
}

/** A fresh backend: no pool or heap of an earlier test. */
async function freshBackend(name: 'webgpu' | 'wasm'): Promise<void> {
  const factory = tf.findBackendFactory(name);
  if (tf.findBackend(name)) tf.removeBackend(name);
  tf.registerBackend(name, factory);
  if (!(await tf.setBackend(name))) throw new Error(`There is no ${name} backend here.`);
}

/** Trains `steps` steps and gives everything back. */
export async function trainOn(
  backend: 'webgpu' | 'wasm',
  config: ModelConfig,
  shape: TrainedShape,
  steps: number,
): Promise<{ tokens: number; scored: number; held: number }> {
  await freshBackend(backend);
  if (backend === 'wasm' && shape.reserve) reserveHeap(tf.backend() as wasm.BackendWasm, shape.reserve);
  const model = new Model(config, initialWeights(config, createRng(1)));
  const masks =
    shape.selected < 1
      ? new Map(
          [...model.parameters].map(([name, { size }]) => [
            name,
            Uint8Array.from({ length: size }, (_, i) => (i % Math.round(1 / shape.selected) === 0 ? 1 : 0)),
          ]),
        )
      : undefined;
  const optimiser = new Adamw(model, { ...(masks && { masks }) });
  const parts = batchesOf(shape).map((batch) => ({ batch, loss: negativeSum }));
  for (let step = 0; step < steps; step++)
    await trainStep(model, optimiser, parts, { ...options, recompute: shape.recompute });
  const held = bytesHeld();
  optimiser.dispose();
  model.dispose();
  return { ...sizesOf(shape), held };
}

/** One step per length (sequences of the batch); tensors and bytes held after each. */
export async function trainManyLengths(
  backend: 'webgpu' | 'wasm',
  config: ModelConfig,
  lengths: readonly number[],
): Promise<{ tensors: number[]; bytes: number[] }> {
  await freshBackend(backend);
  const model = new Model(config, initialWeights(config, createRng(1)));
  const optimiser = new Adamw(model);
  const tensors: number[] = [];
  const bytes: number[] = [];
  for (const sequences of lengths) {
    const [batch] = batchesOf({ sequences, parts: 1 });
    await trainStep(model, optimiser, [{ batch: batch!, loss: negativeSum }], options);
    tensors.push(tf.memory().numTensors);
    bytes.push(bytesHeld());
  }
  optimiser.dispose();
  model.dispose();
  return { tensors, bytes };
}
