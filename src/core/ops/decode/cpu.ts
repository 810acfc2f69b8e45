// Key/value cache on cpu and wasm. The write is the one kernel of ours that changes an input: it returns the cache itself.
import { tf, type wasm } from '../../tf';
import { attentionWeights, loadRow, weightedSum } from '../attention/cpu';
import { type HostArray, registerHostKernel } from '../host';
import { heapOf } from '../simd/heap';

interface CacheInputs {
  cache: tf.TensorInfo;
  rows: tf.TensorInfo;
  slots: tf.TensorInfo;
}

type Backend = wasm.BackendWasm & { data: { get(dataId: object): { values: HostArray } } };

function registerCacheWrite(backendName: 'cpu' | 'wasm', write: (inputs: CacheInputs, backend: Backend) => void): void {
  tf.registerKernel({
    kernelName: 'AlloCacheWrite',
    backendName,
    kernelFunc: (args) => {
      const inputs = args.inputs as unknown as CacheInputs;
      const backend = args.backend as Backend;
      write(inputs, backend);
      backend.incRef(inputs.cache.dataId);
      // A tensor of its own over the same data: handing back the input itself would let the caller dispose the cache.
      const { dataId, shape, dtype } = inputs.cache;
      return { dataId, shape, dtype };
    },
  });
}

registerCacheWrite('cpu', ({ cache, rows, slots }, backend) => {
  const values = (info: tf.TensorInfo): HostArray => backend.data.get(info.dataId).values;
  const width = cache.shape[2]!;
  values(slots).forEach((slot, n) => {
    values(cache).set(values(rows).subarray(n * width, (n + 1) * width), slot * width);
  });
});

registerCacheWrite('wasm', ({ cache, rows, slots }, backend) => {
  const heap = heapOf(backend);
  heap.run('putRows', [heap.at(rows), heap.at(slots), heap.at(cache), cache.shape[2]!], slots.shape[0]!);
});

registerHostKernel({
  name: 'AlloDecodeAttention',
  outputs: ({ q }) => [q!],
  run({ q, keys, values, lengths }, [out], attributes, shapes) {
    const [batchSize, positions, keyStride] = shapes.keys as [number, number, number];
    const heads = attributes.heads as number;
    const width = shapes.q![1]!;
    const headWidth = width / heads;
    const group = heads / (attributes.kvHeads as number);
    const scale = 1 / Math.sqrt(headWidth);
    const weights = new Float64Array(positions);
    const query = new Float64Array(headWidth);
    for (let b = 0; b < batchSize; b++) {
      for (let h = 0; h < heads; h++) {
        const queryAt = b * width + h * headWidth;
        const keyAt = b * positions * keyStride + Math.floor(h / group) * headWidth;
        loadRow(q!, queryAt, query);
        attentionWeights(query, keys!, keyAt, keyStride, lengths![b]!, scale, weights);
        weightedSum(weights, values!, keyAt, keyStride, lengths![b]!, headWidth, out!, queryAt);
      }
    }
  },
  simd(heap, { q, keys, values, lengths }, [out], attributes, shapes) {
    const [batchSize, positions, keyStride] = shapes.keys as [number, number, number];
    const heads = attributes.heads as number;
    const group = heads / (attributes.kvHeads as number);
    const sizes = [positions, heads, group, shapes.q![1]! / heads, keyStride];
    heap.run('decodeAttention', [q!, keys!, values!, lengths!, out!, ...sizes], batchSize, {
      scratchBytes: 4 * (positions + 3),
      nanoseconds: (positions * shapes.q![1]!) / 2,
    });
  },
});
