// The speed of one matrix product alone: what a step can be held against on the device.
import type { MatmulJob, MatmulResult } from '../protocol';
import { loadEngine } from './steps';

/** Time that one repeat should take, in ms: as many products go into it as the first one says. */
const REPEAT_MS = 150;
/** A fast GPU is through with one before the next is asked for; more than these would measure JavaScript. */
const MOST_PRODUCTS = 1000;

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
    const count = Math.max(1, Math.min(MOST_PRODUCTS, Math.round(REPEAT_MS / (await time(1)))));
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < repeats; i++) best = Math.min(best, await time(count));
    gflops.push((2 * size.rows * size.inner * size.columns) / best / 1e6);
  }
  return { gflops };
}
