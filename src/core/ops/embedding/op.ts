// Table look-up and its scatter gradient, summed in token order on every backend (no atomics: the same bits each time).
import { tf } from '../../tf';
import { runKernel } from '../host';
import './cpu';
import './webgpu';

export const EMBEDDING = 'AlloEmbedding';
export const EMBEDDING_GRAD = 'AlloEmbeddingGrad';

/** table [V, C], ids int32 [N], each in 0…V−1 → [N, C]. */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  return runKernel(EMBEDDING, { table, ids }) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: EMBEDDING,
  inputsToSave: ['table', 'ids'],
  gradFunc: (dy, saved) => {
    const [table, ids] = saved as [tf.Tensor2D, tf.Tensor1D];
    return {
      table: () => runKernel(EMBEDDING_GRAD, { ids, dy: dy as tf.Tensor2D }, { rows: table.shape[0] }) as tf.Tensor,
    };
  },
});
