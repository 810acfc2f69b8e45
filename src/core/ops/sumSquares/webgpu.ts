// Σ x² in WGSL: small tensors are packed into one, large ones taken up to seven a program; many threads add up interleaved
// shares, one adds up the shares. Always the same order, so the same bits.
import type { tf } from '../../tf';
import { floats, type Gpu, registerGpuKernel, sizeOf, sumOf, type Vector, vectorFor } from '../gpu';
import { packed } from '../pack/webgpu';

const MOST_SHARES = 1024;
/** Up to this many entries a tensor is packed with others. */
const SMALL = 1 << 16;
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
  const vector = vectorFor(...shares.map(sizeOf));
  return gpu.run({
    name: 'addShares',
    inputs: Object.fromEntries(names.map((name, i) => [name, shares[i]!])),
    vectors: Object.fromEntries(names.map((name) => [name, vector])),
    outputShape: [1],
    threads: 1,
    code: () => `
      var sum = ${floats(vector)}(0.0);
      ${names.map((part) => `for (var i = 0; i < i32(arrayLength(&${part})); i += 1) { sum += ${part}[i]; }`).join('\n')}
      result[index] = ${sumOf('sum', vector)};`,
  });
}

function inGroups<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let i = 0; i < items.length; i += TENSORS_A_PROGRAM) groups.push(items.slice(i, i + TENSORS_A_PROGRAM));
  return groups;
}

registerGpuKernel('AlloSumSquares', (inputs: Readonly<Record<string, tf.TensorInfo>>, gpu) => {
  const all = Object.values(inputs);
  const small = all.filter((tensor) => sizeOf(tensor) <= SMALL);
  const flat = small.length > 1 ? [packed(gpu, small)] : small;
  const tensors = [...flat, ...all.filter((tensor) => sizeOf(tensor) > SMALL)];
  let sums = ([4, 2, 1] as const).flatMap((vector) =>
    inGroups(tensors.filter((tensor) => vectorFor(sizeOf(tensor)) === vector)).map((group) =>
      sharesOf(gpu, group, vector),
    ),
  );
  if (small.length > 1) gpu.free(...flat);
  while (sums.length > 1 || sizeOf(sums[0]!) > 1) {
    const next = inGroups(sums).map((group) => addShares(gpu, group));
    gpu.free(...sums);
    sums = next;
  }
  return sums[0]!;
});

/** WGSL compilers may take every number for finite: only the bits tell. */
const finite = (value: string): string => `((bitcast<u32>(${value}) & 0x7f800000u) != 0x7f800000u)`;

registerGpuKernel<'sum' | 'loss' | 'last'>('AlloClipFactor', ({ sum, loss, last }, gpu, { maxNorm, refusesZeros }) =>
  gpu.runMany({
    name: 'clipFactor',
    constants: { refusesZeros: refusesZeros as boolean },
    inputs: { sum, loss, last },
    outputs: { norm: { shape: [1] }, factor: { shape: [1] } },
    floats: { maxNorm: maxNorm as number },
    threads: 1,
    code: () => `
      let length = sqrt(sum[index]);
      norm[index] = length;
      let hasZero = refusesZeros && (length == 0.0 || loss[index] == 0.0);
      let sound = ${finite('length')} && ${finite('loss[index]')} && last[index] != 0.0 && !hasZero;
      factor[index] = select(0.0, min(uniforms.maxNorm / (length + 1e-6), 1.0), sound);`,
  }),
);
