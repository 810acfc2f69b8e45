import { describe, expect, it } from 'vitest';
import { type ModelConfig, parameterCount } from '../../src/core/model/config';
import { flopsPerToken, stepFlops, stepMs, updateBytes } from './cost';
import { SMOLLM2_135M } from './paper';
import { STANDARD_MODEL } from './protocol';

const SHAPE = { batch: 4, length: 256, selected: 0.1, recompute: false };

describe('flopsPerToken', () => {
  it('counts the products of the standard model: 819 200 weights and 32 768 for attention, 6 a token', () => {
    expect(stepFlops(STANDARD_MODEL)).toBe(6 * 1024 * (819_200 + 32_768));
  });
  it('counts SmolLM2: 28 311 552 of the head, 3 538 944 a layer, 147 456 for attention a layer', () => {
    const forward = 2 * (28_311_552 + 30 * (3_538_944 + 147_456));
    expect(flopsPerToken(SMOLLM2_135M, 256)).toEqual({ forward, backward: 2 * forward });
  });
  it('leaves out an embedding that is not the head', () => {
    const untied = { ...SMOLLM2_135M, tiedHead: false };
    expect(flopsPerToken(untied, 256)).toEqual(flopsPerToken(SMOLLM2_135M, 256));
  });
  it('leaves out the tables of every architecture: an embedding beside a head of its own, and positions', () => {
    const shape = { ...SMOLLM2_135M, kvHeads: 9 };
    // 49 152 · 576 of the head, once; a layer has 3 · 576² + 576² + 2 · 576 · 1536 weights.
    const forward = 2 * (28_311_552 + 30 * (3_096_576 + 147_456));
    const neox: ModelConfig = { ...shape, architecture: 'gpt_neox', tiedHead: false };
    expect(flopsPerToken(neox, 256).forward).toBe(forward);
    expect(flopsPerToken({ ...shape, architecture: 'gpt2' }, 256).forward).toBe(forward);
  });
});

it('knows the 134 515 008 parameters', () => {
  expect(parameterCount(SMOLLM2_135M)).toBe(134_515_008);
});

describe('stepMs', () => {
  const device = { name: 'a', fp32Gflops: 8000, bandwidthGBs: 200, share: 0.25, source: '' };
  it('divides operations by the reached speed and the update by the bandwidth', () => {
    // 277.8 MFLOP forward, three times that a token, 1024 tokens at 2 TFLOPS; 1.8 values of 4 bytes an entry at 200 GB/s.
    expect(updateBytes(SMOLLM2_135M, 0.1)).toBeCloseTo(4 * 1.8 * 134_515_008, 3);
    expect(stepMs(SMOLLM2_135M, SHAPE, device)).toBeCloseTo((1024 * 3 * 277.807104) / 2000 + 4.842540288, 6);
  });
  it('pays a second forward pass for recomputation, and 8 values an entry when all move', () => {
    const dear = { ...SHAPE, selected: 1, recompute: true };
    expect(stepMs(SMOLLM2_135M, dear, device)).toBeCloseTo((1024 * 4 * 277.807104) / 2000 + 21.52240128, 6);
  });
});
