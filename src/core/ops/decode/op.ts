// One decoding step against a key/value cache: write new keys or values in place, attend over what each row has cached.
import type { tf } from '../../tf';
import { assertShape, runKernel } from '../host';
import './cpu';
import './webgpu';

export const CACHE_WRITE = 'AlloCacheWrite';
export const DECODE_ATTENTION = 'AlloDecodeAttention';

/**
 * Writes rows [N, W] into the cache [B, P, W] at the flat slots int32 [N] (b · P + position), **in place**. Has no gradient;
 * the cache must not be read through `.data()`.
 */
export function cacheWrite(cache: tf.Tensor3D, rows: tf.Tensor2D, slots: tf.Tensor1D): void {
  assertShape('cacheWrite', 'rows', rows.shape, [slots.shape[0], cache.shape[2]]);
  (runKernel(CACHE_WRITE, { cache, rows, slots }) as tf.Tensor).dispose();
}

/** q [B, H·D] against the first lengths[b] positions (int32 [B], ≥ 1) of the caches [B, P, Hkv·D] → [B, H·D]. */
export function decodeAttention(
  q: tf.Tensor2D,
  keys: tf.Tensor3D,
  values: tf.Tensor3D,
  lengths: tf.Tensor1D,
  heads: number,
  kvHeads: number,
): tf.Tensor2D {
  assertShape('decodeAttention', 'lengths', lengths.shape, [q.shape[0]]);
  assertShape('decodeAttention', 'values', values.shape, keys.shape);
  return runKernel(DECODE_ATTENTION, { q, keys, values, lengths }, { heads, kvHeads }) as tf.Tensor2D;
}
