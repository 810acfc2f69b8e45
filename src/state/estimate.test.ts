import { expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { estimateSeconds, operationsOf } from './estimate';

// 626 048 parameters (RECIPE §3); tokens worked by hand from RECIPE §3–§5.
const SCRATCH = 626_048 * (6 * (3000 * 40 * 38 + 700 * 1024 + 160 * 1024) + 4 * 256 * 8 * 36);

it('counts six operations per parameter and trained token, and sampling', () => {
  const config = { ...presetConfig('scratch'), copySteps: 1500, sftSteps: 1500, sftSequences: 40, rewardSteps: 700 };
  expect(operationsOf(config)).toBe(SCRATCH);
});

it('goes by a measured speed where there is one', () => {
  const config = { ...presetConfig('scratch'), copySteps: 1500, sftSteps: 1500, sftSequences: 40, rewardSteps: 700 };
  expect(estimateSeconds(config, null, SCRATCH / 60)).toBeCloseTo(60, 9);
  const report = { name: 'wasm', label: '', threads: 2, adapter: null, refused: [], selfCheck: [] } as const;
  expect(estimateSeconds(config, report, null) * 2).toBe(estimateSeconds(config, { ...report, threads: 1 }, null));
  const gpu = { ...report, name: 'webgpu', threads: 1 } as const;
  expect(estimateSeconds(config, { ...gpu, adapter: 'SwiftShader' }, null)).toBeGreaterThan(
    estimateSeconds(config, { ...gpu, adapter: 'nvidia' }, null),
  );
});
