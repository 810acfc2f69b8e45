// Σ x² in WGSL, seven tensors a program: up to 256 threads add up interleaved shares, one adds up the shares. Always the same
// order, so the same bits.
import type { tf } from '../../tf';
import { floats, type Gpu, registerGpuKernel, sizeOf, sumOf, type Vector, vectorFor } from '../gpu';

const MOST_SHARES = 256;
const SMALLEST_SHARE = 64;
/** A program may read seven tensors next to the one it writes. */
const TENSORS_A_PROGRAM = 7;

/** Shares of the sum over up to seven tensors of one vector size, [shares]. */
function sharesOf(gpu: Gpu, tensors: readonly tf.TensorInfo[], vector: Vector): tf.TensorInfo {
  const names = tensors.map((_, i) => `x${i}`);
  const longest = Math.max(...tensors.map(sizeOf)) / vector;
  const shares = Math.max(1, Math.min(MOST_SHARES, Math.floor(longest / SMALLEST_SHARE)));
  return gpu.run({
    name: 'sumSquares',
    inputs: Object.fromEntries(names.map((name, i) => [name, tensors[i]!])),
    vectors: Object.fromEntries(names.map((name) => [name, vector])),
    outputShape: [shares],
    threads: shares,
    code: () => `
      var sum = ${floats(vector)}(0.0);
      ${names
        .map(
          (x) => `
      for (var at = index; at < i32(arrayLength(&${x})); at += uniforms.threads) { sum += ${x}[at] * ${x}[at]; }`,
        )
        .join('')}
      result[index] = ${sumOf('sum', vector)};`,
  });
}

/** Σ over up to seven tensors of shares → [1]. */
function addShares(gpu: Gpu, shares: readonly tf.TensorInfo[]): tf.TensorInfo {
  const names = shares.map((_, i) => `part${i}`);
  return gpu.run({
    name: 'addShares',
    inputs: Object.fromEntries(names.map((name, i) => [name, shares[i]!])),
    outputShape: [1],
    threads: 1,
    code: () => `
      var sum = 0.0;
      ${names.map((part) => `for (var i = 0; i < i32(arrayLength(&${part})); i += 1) { sum += ${part}[i]; }`).join('\n')}
      result[index] = sum;`,
  });
}

function inGroups<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let i = 0; i < items.length; i += TENSORS_A_PROGRAM) groups.push(items.slice(i, i + TENSORS_A_PROGRAM));
  return groups;
}

registerGpuKernel('AlloSumSquares', (inputs: Readonly<Record<string, tf.TensorInfo>>, gpu) => {
  const tensors = Object.values(inputs);
  let sums = ([4, 2, 1] as const).flatMap((vector) =>
    inGroups(tensors.filter((tensor) => vectorFor(sizeOf(tensor)) === vector)).map((group) =>
      sharesOf(gpu, group, vector),
    ),
  );
  while (sums.length > 1 || sizeOf(sums[0]!) > 1) {
    const next = inGroups(sums).map((group) => addShares(gpu, group));
    gpu.free(...sums);
    sums = next;
  }
  return sums[0]!;
});
