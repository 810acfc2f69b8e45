// The speed of one matrix product alone: what a step can be held against on the device.
import type { MatmulJob, MatmulResult } from '../protocol';
import { loadEngine } from './steps';

/** As many products go into one repeat as make it take this long, in ms: waiting for a device takes one or two itself. */
const REPEAT_MS = 100;
/** Some engines keep all results of a repeat. */
const MOST_PRODUCTS = 256;

export async function measureMatmul({ engine, backend, sizes, repeats }: MatmulJob): Promise<MatmulResult> {
  const { createProducts } = await loadEngine(engine);
  const gflops: number[] = [];
  for (const size of sizes) {
    const products = await createProducts(backend, size);
    const time = async (count: number): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < count; i++) products.run();
      await products.settle();
      return (performance.now() - start) / count;
    };
    await time(1);
    let count = 1;
    while (count < MOST_PRODUCTS && count * (await time(count)) < REPEAT_MS) count *= 2;
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < repeats; i++) best = Math.min(best, await time(count));
    gflops.push((2 * size.rows * size.inner * size.columns) / best / 1e6);
  }
  return { gflops };
}
