// The parity cases of one op on wasm against cpu, as Vitest tests. (The same cases on webgpu run in Chromium: e2e.)
import { expect, test } from 'vitest';
import { fullSizeCases, type ParityCase, parityCases } from '../core/ops/parity';
import { fusedCases, fusedFullSizeCases } from '../core/ops/parityFused';
import { tf } from '../core/tf';
import { worstDifference } from './difference';

function valuesOn(backend: 'cpu' | 'wasm', parityCase: ParityCase): Record<string, Float32Array> {
  tf.setBackend(backend);
  const outputs = parityCase.run();
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, new Float32Array(tensor.dataSync<'float32'>())]),
  );
  tf.dispose(outputs);
  return values;
}

/** One test for each case whose name begins with `op`; at least one must exist. */
export function testWasmParity(op: string): void {
  const cases = [...parityCases, ...fullSizeCases, ...fusedCases, ...fusedFullSizeCases].filter(({ name }) =>
    name.startsWith(`${op} `),
  );
  if (cases.length === 0) throw new Error(`There is no parity case for “${op}”.`);
  test.each(cases)('wasm agrees with cpu: $name', async (parityCase) => {
    await tf.setBackend('wasm');
    const expected = valuesOn('cpu', parityCase);
    const before = tf.memory().numTensors;
    const got = valuesOn('wasm', parityCase);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(got)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) {
      const { worst, text } = worstDifference(got[name]!, values);
      expect(worst, `${name}${text}`).toBeLessThanOrEqual(1);
    }
    await tf.setBackend('cpu');
  });
}
