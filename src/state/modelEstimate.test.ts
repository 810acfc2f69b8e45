// SmolLM2-135M's shape on a GPU and in WebAssembly, before any data is chosen.
import { expect, it } from 'vitest';
import type { BackendReport } from '../core/events';
import { type ModelConfig, parameterCount } from '../core/model/config';
import { presetConfig } from '../core/presets';
import { estimateModel } from './modelEstimate';

const SMOLLM: ModelConfig = {
  ...{ architecture: 'llama', vocabularySize: 49152, width: 576, layers: 30, heads: 9, kvHeads: 3, mlpWidth: 1536 },
  ...{ normEpsilon: 1e-5, ropeTheta: 1e5, tiedHead: true, attentionBias: false, maxPositions: 8192 },
};
const model = { config: SMOLLM, parameters: parameterCount(SMOLLM) };
const report = (name: BackendReport['name']): BackendReport => ({
  ...{ name, label: name, threads: 1, adapter: 'some GPU', refused: [], selfCheck: [] },
});
const estimate = (name: BackendReport['name'], gpuBytes: number, config = presetConfig()) =>
  estimateModel({ config, model, file: null, report: report(name), speed: null, gpuBytes });

it('says that 135 million weights fit a GPU with 8 GB', () => {
  expect(model.parameters).toBe(134_515_008);
  const { fit, room, changes } = estimate('webgpu', 8e9);
  expect(room).toBe(8e9);
  expect(fit.status).toBe('fits');
  expect(changes).toEqual([]);
  // Weights, gradients and two moments in float32 are the least.
  expect(fit.estimate.total).toBeGreaterThan(16 * model.parameters);
});

it('says what would have to shrink, or that nothing helps', () => {
  const fits = estimate('webgpu', 8e9).fit.estimate.total;
  const tight = estimate('webgpu', fits - 1);
  expect(tight.fit.status).toBe('shrinks');
  expect(tight.changes.length).toBeGreaterThan(0);
  expect(estimate('webgpu', 1e9).fit.status).toBe('too large');
});

it('takes the time from a speed that was seen', () => {
  const given = { config: presetConfig(), model, file: null, report: report('webgpu'), gpuBytes: 8e9 };
  const [slow, fast] = [1e12, 2e12].map((speed) => estimateModel({ ...given, speed }).seconds);
  expect(slow! / fast!).toBeCloseTo(2, 9);
});
