import { describe, expect, test } from 'vitest';
import { configDifference } from '../parseConfig';
import { presetConfig } from '../presets';
import { armLabel, configOf, isOf, topShare, type Variant, variant, variantConfig, withRate } from './variants';

const settled = (chosen: Variant, family: 'math' | 'qa' = 'qa', seed = 2) => {
  const config = variantConfig(chosen, 'default', family, seed);
  return { preset: 'default', family, arm: config.arm, settings: configDifference(config) };
};

describe('armLabel', () => {
  const cases: [Variant, string][] = [
    [variant('dpo-full'), 'DPO, all weights'],
    [topShare(10, 3.33), 'DPO, top 10 %, lr × 3.3'],
    [topShare(2.5), 'DPO, top 2.5 %'],
    [topShare(100, 3.33), 'DPO, all weights, lr × 3.3'],
    [variant('dpo-foreign10'), 'DPO, foreign 10 % (of instruct)'],
    [variant('dpo-foreign10', { maskSource: 'math' }), 'DPO, foreign 10 % (of math)'],
    [variant('dpo-top10', { maskScore: 'gradient' }), 'DPO, top 10 %, ranked by gradient'],
    [
      variant('allo-no-rewards', { styleBias: true, keepShare: 1 }),
      'ALLO without token rewards, style bias, all rejected tokens',
    ],
    [variant('allo', { styleBias: true, improvingSteps: 0 }), 'ALLO, forgetting only, style bias'],
    [variant('allo', { skills: 'half' }), 'ALLO, half the skills'],
    [variant('simpo', { targetMargin: 1 }), 'SimPO, SimPO target margin γ/β 1'],
    [variant('allo', { prompts: 64 }), 'ALLO, prompts 64'],
    [withRate('allo', 0.25), 'ALLO, lr × 0.25'],
  ];
  test.each(cases)('%j', (chosen, label) => {
    expect(armLabel(settled(chosen))).toBe(label);
    expect(armLabel(variantConfig(chosen, 'default', 'qa', 3))).toBe(label);
  });
});

describe('isOf', () => {
  test('tells variants apart whatever the seed', () => {
    const result = settled(topShare(10, 3.33));
    expect(isOf(result, topShare(10, 3.33))).toBe(true);
    expect(isOf(result, topShare(10))).toBe(false);
    expect(isOf(result, topShare(20, 3.33))).toBe(false);
    expect(isOf({ ...result, arm: 'dpo-full' }, topShare(10, 3.33))).toBe(false);
    expect(isOf({ ...result, settings: { ...result.settings, backend: 'wasm' } }, topShare(10, 3.33))).toBe(true);
    expect(isOf({ ...result, settings: { ...result.settings, prompts: '64' } }, topShare(10, 3.33))).toBe(false);
  });

  test('a setting that is the arm’s own counts as unchanged', () => {
    expect(isOf(settled(variant('allo')), variant('allo', { weighting: 'threshold' }))).toBe(true);
  });
});

test('configOf gives back the config that was run', () => {
  const config = variantConfig(topShare(2.5, 3.33), 'tiny', 'instruct', 3);
  expect(config.improvingLearningRate).toBe(3e-5);
  const settings = configDifference(config);
  expect(configOf({ preset: 'tiny', family: 'instruct', arm: 'dpo-top10', settings })).toEqual(config);
  expect(variantConfig(topShare(100), 'default', 'math', 1)).toEqual(presetConfig('default', 'math', 'dpo-full'));
});
