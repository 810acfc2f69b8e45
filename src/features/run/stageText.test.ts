import { describe, expect, it } from 'vitest';
import { stageLabel } from '../../components/stageNames';
import type { Arm, RunConfig } from '../../core/config';
import { presetConfig } from '../../core/presets';
import { fakeRun } from '../../testing/fakeRun';
import {
  announcement,
  documentTitle,
  outcome,
  plannedStages,
  STAGE_TEXT,
  stageFigure,
  stageSentence,
  stageWhat,
} from './stageText';

const thin = (text: string): string => text.replaceAll(/[\u2009\u202f]/g, ' ');
const figureOf = (moment: Parameters<typeof fakeRun>[0], name: string): string => {
  const run = fakeRun(moment, { preset: 'tiny' });
  return thin(stageFigure(run, run.stages.find((stage) => stage.name === name)!));
};

describe('words for a run', () => {
  it('say what it came to', () => {
    expect(thin(outcome(fakeRun('done')))).toBe('Greedy accuracy on math rose from 51.7 % to 95 %.');
    expect(thin(announcement(fakeRun('done')))).toBe(
      'Run quiet-otter is done. Greedy accuracy on math rose from 51.7 % to 95 % · KL 0.0460.',
    );
    expect(thin(documentTitle(fakeRun('done')))).toBe('Done: 95 % · KL 0.0460 · ALLO Studio');
  });

  it('say where it is', () => {
    const run = fakeRun('warm-up', { preset: 'tiny' });
    expect(stageSentence(run)).toBe('Warm-up: 10 of 20 steps');
    expect(announcement(run)).toBe('Running quiet-otter: Warm-up.');
    expect(announcement(null)).toBe('No run yet.');
    expect(announcement(fakeRun('failed'))).toMatch(/^Run quiet-otter failed: The forgetting loss became NaN/);
  });

  it('give each stage its figure', () => {
    expect(figureOf('done', 'mask')).toBe('5 % · 10 %');
    expect(figureOf('done', 'token-rewards')).toMatch(/^AUROC 0\.\d+$/);
    expect(figureOf('done', 'evaluation')).toBe('95 % · KL 0.0460');
    expect(figureOf('warm-up', 'warm-up')).toBe('10 / 20');
    expect(figureOf('warm-up', 'improving')).toBe('');
  });
});

describe('the mask’s words', () => {
  const of = (changes: Partial<RunConfig>, arm: Arm = 'allo') => {
    const config = { ...presetConfig('tiny', 'math', arm), ...changes };
    return [stageWhat('warm-up', config), stageWhat('mask', config)];
  };
  it('are ALLO’s where nothing is changed', () => {
    expect(of({})).toEqual([STAGE_TEXT['warm-up'].what, STAGE_TEXT.mask.what]);
  });
  it('say which weights are taken, by what, from where, and for how many masks', () => {
    expect(of({}, 'dpo-last10')[1]).toBe('The least moved weights become the neuron mask.');
    expect(of({}, 'allo-random')[1]).toBe('Weights drawn at random become the two neuron masks.');
    expect(of({}, 'allo-no-forgetting')[1]).toBe('The most moved weights become the neuron mask.');
    expect(of({ maskScore: 'gradient' })).toEqual([
      'A short plain DPO moves all weights, to see which get the largest gradients.',
      'The weights with the largest summed gradient become the two neuron masks.',
    ]);
    expect(of({ maskScore: 'gradient', maskRule: 'least' })[1]).toMatch(/^The weights with the smallest summed/);
    expect(of({}, 'dpo-foreign10')).toEqual([
      'A short plain DPO on another family, qa, moves all weights, to see which move most.',
      'The most moved weights of a warm-up on qa become the neuron mask.',
    ]);
    expect(of({ maskSource: 'math' })).toEqual(of({}));
  });
});

describe('planned stages', () => {
  const names = (...args: Parameters<typeof plannedStages>) => plannedStages(...args).map(({ name }) => name);
  it('begin with SFT only from scratch, and have no forgetting in a single-stage method', () => {
    expect(names(presetConfig('tiny'), false)[0]).toBe('sampling');
    expect(names(presetConfig('scratch'), false)[0]).toBe('sft');
    expect(names(presetConfig('tiny'), true)[0]).toBe('sft');
    expect(names(presetConfig('tiny', 'math', 'dpo-top10'), false)).not.toContain('forgetting');
    expect(names(presetConfig('tiny', 'math', 'rft'), false)).toEqual(['sampling', 'pairs', 'improving', 'evaluation']);
    expect(names(presetConfig('tiny', 'math', 'dpo-random10'), false)).toEqual([
      ...['sampling', 'pairs', 'mask', 'improving', 'evaluation'],
    ]);
    expect(names(presetConfig('tiny', 'math', 'allo-no-forgetting'), false)).toEqual([
      ...['sampling', 'pairs', 'warm-up', 'mask', 'improving', 'evaluation'],
    ]);
  });

  it('bear the name of a method with one stage, and its loss', () => {
    const rft = presetConfig('tiny', 'math', 'rft');
    expect(stageLabel('improving', rft)).toBe('RFT');
    expect(stageLabel('evaluation', rft)).toBe('Evaluate');
    expect(stageLabel('improving', presetConfig('tiny'))).toBe('Improving');
    expect(stageWhat('improving', rft)).toBe('cross-entropy on the own right answers; all weights may move.');
    expect(stageWhat('forgetting', presetConfig('tiny', 'math', 'allo-no-mask'))).toBe(
      'Wrong tokens become less likely; all weights may move.',
    );
  });
});
