// Norm and skip connection as their parts: cpu and wasm.
import type { tf } from '../../tf';
import { registerFromParts } from '../parts';

for (const norm of ['LayerNorm', 'RmsNorm']) {
  registerFromParts(`AlloSkip${norm}`, (inputs: Readonly<Record<string, tf.TensorInfo>>, parts, attributes) => [
    ...parts.run(`Allo${norm}`, inputs, attributes),
    parts.share(inputs.x!),
  ]);
  registerFromParts<'x' | 'weight' | 'dy' | 'skip'>(
    `AlloSkip${norm}Grad`,
    ({ x, weight, dy, skip }, parts, attributes) => {
      const [direct, ...rest] = parts.run(`Allo${norm}Grad`, { x, weight, dy }, attributes);
      const dx = parts.run('Add', { a: direct!, b: skip });
      parts.free(direct!);
      return [...dx, ...rest];
    },
  );
}
