// The Tiny run through all stages on WebGPU's software adapter, with step counts cut by settings in the address: it is the same
// run again on Restart, and the same as on WASM, within the tolerance that the README states.
import { type HeardRun, openStudio, openView, waitForPhase } from './studio';
import { expect, test } from './test';

const CUT =
  '?preset=tiny&seed=7&prompts=24&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&warmupSteps=8&forgettingSteps=3&improvingSteps=4&batchTokens=256';
/** The README's words: how far the losses of one run may differ between two times on webgpu, and between webgpu and wasm. */
const REPEATED = 1e-5;
const ACROSS_BACKENDS = 1e-4;

/** The largest difference of two runs' losses, step by step; Infinity when they did not take the same steps. */
function largestDifference(a: HeardRun, b: HeardRun): number {
  const steps = (run: HeardRun) => run.steps.map(([series, step]) => `${series}/${step}`).join();
  if (a.steps.length === 0 || steps(a) !== steps(b)) return Number.POSITIVE_INFINITY;
  return Math.max(...a.steps.map(([, , loss], i) => Math.abs(loss - b.steps[i]![2])));
}

test('runs through all stages on WebGPU, the same again on Restart and close to WASM', async ({ browser }) => {
  test.setTimeout(300_000);
  const studio = await openStudio(browser, `${CUT}&backend=webgpu&autostart=1`);
  const run = await waitForPhase(studio, 'done', { timeout: 140_000 });
  const { summary } = run;
  console.log(`Cut Tiny on WebGPU (software adapter): ${summary?.seconds.toFixed(1)} s`);
  expect(summary?.backend).toBe('webgpu');
  expect(summary?.stages.map(({ name, steps }) => [name, steps])).toEqual([
    ['sampling', 0],
    ['pairs', 0],
    ['warm-up', 8],
    ['mask', 0],
    ['token-rewards', 0],
    ['forgetting', 3],
    ['improving', 4],
    ['evaluation', 0],
  ]);
  for (const [, , loss] of run.steps) expect(Number.isFinite(loss)).toBe(true);
  for (const name of ['Warm-up loss', 'Forgetting loss', 'Improving loss'])
    await expect(studio.page.getByRole('figure', { name, exact: true })).toBeVisible();
  await openView(studio.page, 'System');
  await expect(studio.page.getByRole('heading', { name: 'Matrix products: 8×8 in registers' })).toBeVisible();
  const memory = await studio.page.getByText(/has held .* were expected/).innerText();
  const [held, expected] = [...memory.matchAll(/([\d.]+)\s?MB/g)].map(([, megabytes]) => Number(megabytes));
  console.log(`GPU buffers: ${held} MB held, ${expected} MB expected`);
  expect(held! / expected!).toBeGreaterThan(0.85);
  expect(held! / expected!).toBeLessThan(1.15);
  await openView(studio.page, 'Run');
  // DPO's first loss is log 2 on every backend: policy and reference are the same model. Then it must move.
  expect(run.steps[0]?.[2]).toBeCloseTo(Math.LN2, 3);
  expect(Math.abs(run.steps[7]![2] - Math.LN2)).toBeGreaterThan(100 * ACROSS_BACKENDS);

  await studio.page.getByRole('button', { name: 'Restart' }).click();
  const again = await waitForPhase(studio, 'done', { runs: 2, timeout: 140_000 });
  await studio.close();
  const wasmStudio = await openStudio(browser, `${CUT}&backend=wasm&autostart=1`);
  const onWasm = await waitForPhase(wasmStudio, 'done');
  await wasmStudio.close();
  expect(onWasm.summary?.backend).toBe('wasm');

  const repeated = largestDifference(run, again);
  const across = largestDifference(run, onWasm);
  console.log(`largest difference of a loss: ${repeated} on webgpu again, ${across} from wasm`);
  expect(repeated).toBeLessThanOrEqual(REPEATED);
  expect(across).toBeLessThanOrEqual(ACROSS_BACKENDS);
});
