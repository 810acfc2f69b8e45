// Pairs of made-up checkpoints in memory, of random shapes, dtypes and kinds of change, with their changes as core/masks takes them:
// what the streaming passes are compared on.
import type { Checkpoint, TensorDtype } from '../core/files/checkpoint';
import type { TensorDelta } from '../core/masks/deltas';
import { weightDeltas } from '../core/masks/deltas';
import type { Rng } from '../core/rng';
import { type MemoryOptions, type MemoryTensor, memoryCheckpoint } from './memoryCheckpoint';

export interface CheckpointPair {
  before: Checkpoint;
  after: Checkpoint;
  deltas: TensorDelta[];
}

const DTYPES: readonly TensorDtype[] = ['F32', 'F16', 'BF16', 'F64'];
const NAMES = [
  'model.embed_tokens.weight',
  'model.layers.0.self_attn.q_proj.weight',
  'model.layers.0.input_layernorm.weight',
  'model.layers.1.mlp.down_proj.weight',
  'model.norm.weight',
  'lm_head.weight',
];

/** How a tensor's values change. */
const CHANGES: readonly ((rng: Rng) => number)[] = [
  (rng) => rng.normal() * 1e-3,
  // Heavy ties: a grid, one value, mostly nothing, nothing at all.
  (rng) => (rng.int(5) - 2) / 64,
  () => 0.5,
  (rng) => (rng.int(8) === 0 ? 0.25 : 0),
  () => 0,
  // All magnitudes that a half has room for, and subnormal ones.
  (rng) => rng.normal() * 2 ** (rng.int(160) - 149),
];

/** Both checkpoints, through the dtypes they are stored in. `largest` entries a tensor at most. */
export async function randomPair(rng: Rng, largest = 700, onRead?: MemoryOptions['onRead']): Promise<CheckpointPair> {
  const names = NAMES.slice(0, 1 + rng.int(NAMES.length));
  const same = rng.int(2) === 0 ? rng.pick(CHANGES) : null;
  const isGrid = rng.int(3) > 0;
  const sides: [MemoryTensor[], MemoryTensor[]] = [[], []];
  for (const name of names) {
    const rows = rng.int(4) === 0 ? 1 : 1 + rng.int(9);
    const shape = rng.int(3) === 0 ? [rng.int(largest)] : [rows, rng.int(Math.ceil(largest / rows))];
    const size = shape.reduce((product, extent) => product * extent, 1);
    const change = same ?? rng.pick(CHANGES);
    const start = Float32Array.from({ length: size }, () => (isGrid ? (rng.int(9) - 4) / 8 : rng.normal() / 50));
    sides[0].push({ name, shape, dtype: rng.pick(DTYPES), values: start });
    sides[1].push({ name, shape, dtype: rng.pick(DTYPES), values: start.map((value) => value + change(rng)) });
  }
  const options = onRead ? { onRead } : {};
  const [before, after] = [memoryCheckpoint('before', sides[0], options), memoryCheckpoint('after', sides[1], options)];
  return { before, after, deltas: await readDeltas(before, after) };
}

/** The changes of all tensors of two checkpoints, decoded by the checkpoints themselves. */
export async function readDeltas(before: Checkpoint, after: Checkpoint): Promise<TensorDelta[]> {
  const rows = before.tensors.map(async ({ name, size }) => ({
    name,
    reference: await before.readFloats(name, 0, size),
    trained: await after.readFloats(name, 0, size),
  }));
  return weightDeltas(await Promise.all(rows));
}
