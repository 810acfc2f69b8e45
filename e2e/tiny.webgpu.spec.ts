// The Tiny run through all stages on WebGPU's software adapter, with step counts cut by settings in the address.
import { expect, test } from '@playwright/test';
import { openStudio, waitForPhase } from './studio';

const CUT =
  '?preset=tiny&seed=7&prompts=16&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&warmupSteps=3&forgettingSteps=2&improvingSteps=2&batchTokens=512';

test('runs through all stages on WebGPU', async ({ browser }) => {
  test.setTimeout(300_000);
  const studio = await openStudio(browser, `${CUT}&backend=webgpu&autostart=1`);
  const run = await waitForPhase(studio, 'done', { timeout: 280_000 });
  const { summary } = run;
  console.log(`Cut Tiny on WebGPU (software adapter): ${summary?.seconds.toFixed(1)} s`);
  expect(summary?.backend).toBe('webgpu');
  expect(summary?.stages.map(({ name, steps }) => [name, steps])).toEqual([
    ['sampling', 0],
    ['pairs', 0],
    ['warm-up', 3],
    ['mask', 0],
    ['token-rewards', 0],
    ['forgetting', 2],
    ['improving', 2],
    ['evaluation', 0],
  ]);
  for (const [, , loss] of run.steps) expect(Number.isFinite(loss)).toBe(true);
  for (const name of ['Warm-up loss', 'Forgetting loss', 'Improving loss'])
    await expect(studio.page.getByRole('figure', { name, exact: true })).toBeVisible();
  await studio.close();

  // DPO's first loss is log 2 on every backend: policy and reference are the same model.
  expect(run.steps[0]?.[2]).toBeCloseTo(Math.LN2, 3);
});
