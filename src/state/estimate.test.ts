import { expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { estimateSeconds, operationsOf } from './estimate';

// 626 048 parameters (RECIPE §3); tokens worked by hand from RECIPE §3–§5.
const TRAINED = 3000 * 40 * 38 + 700 * 1024 + 160 * 1024;
/** References of 50, 30 and 80 updates, about 1024 wrong answers with prompt and rewrite, and KL before and after. */
const SCORED = 160 * 1024 + 1024 * 3 * 38 + 2 * 100 * 38;
/** Training answers; 300 greedy, 300 sampled and 2 · 150 others, before and after. */
const SAMPLED = 36 * (256 * 8 + 2 * 900);
const SCRATCH = 626_048 * (6 * TRAINED + 2 * SCORED + 4 * SAMPLED);

it('counts six operations per parameter and trained token, two per scored and four per sampled one', () => {
  const config = { ...presetConfig('scratch'), copySteps: 1500, sftSteps: 1500, sftSequences: 40, rewardSteps: 700 };
  expect(operationsOf(config)).toBe(SCRATCH);
});

it('goes by a measured speed where there is one', () => {
  const config = { ...presetConfig('scratch'), copySteps: 1500, sftSteps: 1500, sftSequences: 40, rewardSteps: 700 };
  expect(estimateSeconds(config, null, SCRATCH / 60)).toBeCloseTo(60, 9);
  // 110 updates of 626 048 weights at 60 ns.
  const ondare = { ...config, optimiser: 'ondare', improvingSteps: 110 } as const;
  const adamw = { ...ondare, optimiser: 'adamw' } as const;
  expect(estimateSeconds(ondare, null, 1e9) - estimateSeconds(adamw, null, 1e9)).toBeCloseTo(4.132, 3);
  const report = { name: 'wasm', label: '', threads: 2, adapter: null, refused: [], selfCheck: [] } as const;
  expect(estimateSeconds(config, report, null) * 2).toBe(estimateSeconds(config, { ...report, threads: 1 }, null));
  const gpu = { ...report, name: 'webgpu', threads: 1 } as const;
  expect(estimateSeconds(config, { ...gpu, adapter: 'SwiftShader' }, null)).toBeGreaterThan(
    estimateSeconds(config, { ...gpu, adapter: 'nvidia' }, null),
  );
});
