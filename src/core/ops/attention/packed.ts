// Attention on packed rows as its parts (split, attend, join): cpu and wasm.
import type { tf } from '../../tf';
import type { Attributes } from '../host';
import { type Parts, registerFromParts } from '../parts';

function split(parts: Parts, qkv: tf.TensorInfo, attributes: Attributes): Record<'q' | 'k' | 'v', tf.TensorInfo> {
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const [rows, width] = qkv.shape as [number, number];
  const headWidth = width / (heads + 2 * kvHeads);
  const slice = (head: number, count: number): tf.TensorInfo =>
    parts.slice(qkv, [0, head * headWidth], [rows, count * headWidth]);
  return { q: slice(0, heads), k: slice(heads, kvHeads), v: slice(heads + kvHeads, kvHeads) };
}

registerFromParts<'qkv' | 'starts'>('AlloPackedAttention', ({ qkv, starts }, parts, attributes) => {
  const heads = split(parts, qkv, attributes);
  const y = parts.run('AlloAttention', { ...heads, starts }, attributes);
  parts.free(...Object.values(heads));
  return y;
});

registerFromParts<'qkv' | 'starts' | 'dy'>('AlloPackedAttentionGrad', ({ qkv, starts, dy }, parts, attributes) => {
  const heads = split(parts, qkv, attributes);
  const gradients = parts.run('AlloAttentionGrad', { ...heads, starts, dy }, attributes);
  const dqkv = parts.concat(gradients);
  parts.free(...Object.values(heads), ...gradients);
  return [dqkv];
});
