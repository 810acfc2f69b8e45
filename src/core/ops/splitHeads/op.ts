// GPT-NeoX's fused projection taken apart: every head has its query, key and value side by side, of which the first numbers of query and key are
// turned by RoPE (rotate-half, as ops/rope) and the others pass.
import { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const SPLIT_HEADS = 'AlloSplitHeads';
export const JOIN_HEADS = 'AlloJoinHeads';

/**
 * qkv [N, H · 3 · D] (head by head query, key, value), positions int32 [N], table [P, R] of `ropeTable` with R ≤ D → queries (first R numbers of each
 * head turned), keys (alike) and values, [N, H·D] each.
 */
export function splitHeads(
  qkv: tf.Tensor2D,
  positions: tf.Tensor1D,
  table: tf.Tensor2D,
  heads: number,
): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
  assertShape('splitHeads', 'positions', positions.shape, [qkv.shape[0]]);
  const headWidth = qkv.shape[1] / (3 * heads);
  if (!Number.isInteger(headWidth)) {
    throw new Error(`splitHeads: width ${qkv.shape[1]} is no multiple of 3 · ${heads} heads`);
  }
  if (table.shape[1] > headWidth) {
    throw new Error(`splitHeads: the table turns ${table.shape[1]} numbers of a head of ${headWidth}`);
  }
  return runKernel(SPLIT_HEADS, { qkv, positions, table }, { heads }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
}

tf.registerGradient({
  kernelName: SPLIT_HEADS,
  inputsToSave: ['positions', 'table'],
  gradFunc: (dys, saved, attrs) => {
    const [positions, table] = saved as [tf.Tensor1D, tf.Tensor2D];
    const [q, k, v] = dys as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const { heads } = attrs as unknown as { heads: number };
    return { qkv: () => runKernel(JOIN_HEADS, { q, k, v, positions, table }, { heads }) as tf.Tensor };
  },
});
