import { describe, expect, it } from 'vitest';
import { tokenText } from '../../components/tokenStripText';
import type { RunState } from '../../state/runState';
import { answer, at, f32, list, log, paired, record, run, settings } from '../../testing/tokenItems';
import { changedSettings, gradientWords, strongestToken, tokenFormula } from './formula';
import { inspect, type MomentRows, settingsAt } from './inspection';
import { layerBar, layerColour, layerPosition, layerScale, layerValues, roundUp, shortValue } from './tokenLayers';
import { tokenColumns, tokenRows, tokensTsv } from './tokenTable';
import { sideUnits, stripToken, unitOf } from './units';

describe('inspecting a wrong answer', () => {
  it('adds up its terms to the loss of forgetting', () => {
    const { sides, loss, why } = inspect(answer, run, at('forgetting'), settings);
    // Only token 1 weighs: d = −2, −log σ(0.5 · 2).
    expect(why).toBeNull();
    expect(list(sides[0]!.ratios!)).toEqual([0, -2, -1, 0]);
    expect(sides[0]!.terms![1]).toBeCloseTo(-log(1), 12);
    expect(loss!.sum).toBeCloseTo(-log(1), 12);
    expect(Math.abs(loss!.difference)).toBeLessThan(1e-6);
    expect(sides[0]!.gradients![1]).toBeCloseTo(0.5 / (1 + Math.exp(1)), 12);
    expect(list(sides[0]!.change!)).toEqual([0, -1, 0.5, 0]);
    expect(sides[0]!.kept).toBeNull();
  });

  it('weighs anew with another τ, and not for the run’s own', () => {
    const other = inspect(answer, run, at('forgetting'), { ...settings, tau: 0.8 });
    expect(list(other.sides[0]!.weights!)).toEqual([0, 1, 1, 1]);
    expect(other.loss).toMatchObject({ form: 'npo', denominator: 3 });
    expect(inspect(answer, run, at('forgetting'), settings).sides[0]!.weights).toBe(record.weights);
  });

  it('has no loss of its own in the stages that learn from pairs, but what improving would keep of it', () => {
    const { loss, why, sides } = inspect(answer, run, at('improving'), settings);
    expect([loss, why?.includes('forgetting')]).toEqual([null, true]);
    expect(list(sides[0]!.kept!)).toEqual([0, 1, 1, 0]);
    expect(sides[0]!.terms).toBeNull();
  });

  it('says of one that is followed when its moment is no longer held, and shows no numbers of another moment', () => {
    const gone: MomentRows = { ...at('forgetting'), rows: null };
    const { loss, why, sides, isStageEnd } = inspect(answer, run, gone, settings);
    expect([loss, isStageEnd, sides[0]!.ratios]).toEqual([null, false, null]);
    expect(why).toContain('no longer held');
  });

  it('falls back to the end of forgetting for those that no snapshot follows', () => {
    const alone = { ...run, inspected: null, logRatios: { forgetting: new Map([[7, f32(0, -2, 0, 0)]]) } };
    const { sides, loss, isStageEnd } = inspect(answer, alone, at('improving'), settings);
    expect(isStageEnd).toBe(true);
    expect(loss!.sum).toBeCloseTo(-log(1), 12);
    expect([sides[0]!.policy, sides[0]!.change]).toEqual([null, null]);
    expect(inspect(answer, { ...run, inspected: null }, at('forgetting'), settings).loss).toBeNull();
  });
});

describe('inspecting a pair', () => {
  it('adds up its terms to β z, all rejected tokens in the warm-up', () => {
    const { sides, loss } = inspect(paired, run, at('warm-up'), { ...settings, keepShare: 1 });
    // z = (0 + 1 + 0.5) − (0 − 2 − 1 + 0) = 4.5.
    expect(loss).toMatchObject({ form: 'dpo', z: 4.5, sum: 2.25 });
    expect(loss!.loss).toBeCloseTo(-log(2.25), 6);
    expect(list(sides[0]!.terms!)).toEqual([0, 0.5, 0.25]);
    expect(list(sides[1]!.terms!).map((term) => term + 0)).toEqual([0, 1, 0.5, 0]);
    expect(sides[1]!.rewards).toBe(record.rewards);
  });

  it('counts only the kept ones in improving, and nothing in forgetting', () => {
    const { sides, loss } = inspect(paired, run, at('improving'), { ...settings, keepShare: 0.25 });
    expect(list(sides[1]!.kept!)).toEqual([0, 1, 0, 0]);
    expect(loss).toMatchObject({ z: 3.5 });
    expect(list(sides[1]!.gradients!).map((gradient) => gradient > 0)).toEqual([false, true, false, false]);
    expect(inspect(paired, run, at('forgetting'), settings).loss).toBeNull();
  });

  it('takes no other method’s loss apart, and says so; the warm-up stays DPO', () => {
    const ipo: RunState = { ...run, config: { ...run.config, method: 'ipo' } };
    const { sides, loss, why } = inspect(paired, ipo, at('improving'), settings);
    expect(loss).toBeNull();
    expect(why).toMatch(/^This run trains IPO: \(S_w − S_l − 1\/\(2β\)\)²\. .* for ALLO and DPO only/);
    expect(list(sides[0]!.ratios!)).toEqual([0, 1, 0.5]);
    expect(sides[1]!.terms).toBeNull();
    expect(inspect(answer, ipo, at('improving'), settings).why).toBe(why);
    expect(inspect(answer, ipo, at('improving'), settings).sides[0]!.kept).toBeNull();
    expect(inspect(paired, ipo, at('warm-up'), { ...settings, keepShare: 1 }).loss).toMatchObject({ z: 4.5 });
  });
});

describe('settings at a moment', () => {
  const step = (n: number, learningRate: number) => ({
    ...{ step: n, milliseconds: 1, loss: 1, learningRate, gradientNorm: 1, tokens: 1 },
  });
  const improving = {
    name: 'improving',
    stage: 'improving' as const,
    rows: [step(1, 0), step(2, 1e-4)],
    length: 2,
    total: 9,
  };
  const settled = {
    ...run,
    series: { improving },
    changes: [{ stage: 'forgetting' as const, step: 5, learningRateScale: 1, beta: 0.25 }],
  };

  it('keeps every token until an update has moved the weights', () => {
    expect(settingsAt(settled, { stage: 'improving', step: 1 }).keepShare).toBe(1);
    expect(settingsAt(settled, { stage: 'improving', step: 2 }).keepShare).toBe(0.5);
    expect(settingsAt(settled, { stage: 'warm-up', step: 20 }).keepShare).toBe(1);
  });

  it('follows a β that was changed on the way', () => {
    expect(settingsAt(settled, { stage: 'forgetting', step: 4 }).beta).toBe(0.5);
    expect(settingsAt(settled, { stage: 'forgetting', step: 5 }).beta).toBe(0.25);
    expect(settingsAt(settled, { stage: 'improving', step: 0 }).beta).toBe(0.25);
    expect(settingsAt(settled, null).beta).toBe(0.5);
  });
});

describe('layers of a token strip', () => {
  it('gives two-sided layers scales symmetric about their middle', () => {
    const reward = layerScale('reward', []);
    expect(layerPosition(reward, 0.5)).toBe(0.5);
    expect(layerPosition(reward, 0.1) + layerPosition(reward, 0.9)).toBeCloseTo(1, 12);
    expect(layerColour(reward, 0)).toContain('--reward-low) 100.0%');
    expect(layerColour(reward, 0.5)).toBe('var(--reward-mid)');
    const ratio = layerScale('ratio', [-1.5, 0.3, Number.NaN]);
    expect(ratio.reach).toBe(2);
    expect(layerColour(ratio, -1)).toContain('--reward-low) 50.0%');
    expect(layerColour(ratio, 1)).toContain('--reward-high) 50.0%');
    expect(layerBar(ratio).ticks).toEqual(['−2', '0', '2']);
    expect(layerPosition(ratio, -9)).toBe(0);
  });

  it('paints what pushes a token down in the colour of low, and log-probs from 0 down', () => {
    expect(layerColour(layerScale('gradient', [0.01]), 0.01)).toContain('--reward-low) 100.0%');
    const policy = layerScale('policy', [-3.2]);
    expect([policy.reach, layerPosition(policy, -2.5)]).toEqual([5, 0.5]);
    expect(layerColour(policy, -2.5)).toContain('--reward-low) 50.0%');
    expect(layerBar(policy).ticks).toEqual(['0', '−5']);
    expect(layerColour(layerScale('wrong', []), 1)).toContain('100.0%');
    expect(layerColour(layerScale('wrong', []), 2)).toContain('50.0%');
  });

  it('rounds reaches up and writes short values', () => {
    expect([0, 0.3, 1, 1.01, 7, 0.0002].map(roundUp)).toEqual([1, 0.5, 1, 2, 10, 0.0002]);
    expect([0, 1, 0.976, -0.4, -0.001, 12.4, -3].map((value) => shortValue(value))).toEqual([
      '0',
      '1',
      '.98',
      '−.4',
      '≈0',
      '12',
      '−3',
    ]);
    expect(shortValue(2e-5, 1e-4)).toBe('2e−5');
    expect(shortValue(Number.NaN)).toBe('NaN');
  });
});

describe('units of a strip', () => {
  const text = tokenText(['', '', '<eos>', '', '', '', '', '', '', 'so', '4', '2', '<b>']);
  const side = inspect(answer, run, at('forgetting'), settings).sides[0]!;

  it('joins the digits of a number and says how their values are summed up', () => {
    const options = { layer: 'ratio' as const, grouping: 'word' as const, text, tau: 0.5 };
    const units = sideUnits(side, options);
    expect(units.map((unit) => [unit.text, unit.value, unit.mark, unit.isUnaligned])).toEqual([
      ['so', 0, 'none', false],
      ['4 2', -3, 'first-error', true],
      ['<eos>', 0, 'none', false],
    ]);
    expect(unitOf(units, 2)).toBe(1);
    const [, number] = sideUnits(side, { ...options, layer: 'reward' });
    expect(number!.value).toBe(0.5);
    expect(stripToken(number!, 'reward', layerScale('reward', []))).toMatchObject({
      under: '.5',
      isOutlined: true,
      detail: 'token reward 0.500, first error, unaligned',
    });
  });
});

describe('formula', () => {
  it('puts the numbers of a token in', () => {
    const npo = tokenFormula(inspect(answer, run, at('forgetting'), settings), { side: 0, token: 1 })!.token!;
    expect(npo.substituted[0]!.text).toBe('1 · [−log σ(−0.5 · (−2))] / 1 = 0.3133');
    expect(npo.substituted[1]!.text).toBe('1 · 0.5 · σ(0.5 · (−2)) / 1 = 0.1345');
    expect(npo.words).toContain('lowers');
    const improving = inspect(paired, run, at('improving'), { ...settings, keepShare: 0.25 });
    const chosen = tokenFormula(improving, { side: 0, token: 1 })!.token!;
    expect(chosen.substituted[0]!.text).toBe('its part of β · z: 0.5 · 1 = 0.5, of 1.75');
    expect(chosen.words).toContain('raises');
    const dropped = tokenFormula(improving, { side: 1, token: 2 })!.token!;
    expect(dropped.substituted[0]!.text).toContain('dropped');
    expect(gradientWords(0)).toContain('0');
    expect(tokenFormula(inspect(answer, run, at('improving'), settings), null)).toBeNull();
  });

  it('takes the token with the largest term where none is pinned', () => {
    expect(strongestToken(inspect(answer, run, at('forgetting'), settings))).toEqual({ side: 0, token: 1 });
    // β d: 0, 0.5, 0.25 of the chosen; 0, 1, 0.5, 0 of the rejected.
    const warmUp = inspect(paired, run, at('warm-up'), { ...settings, keepShare: 1 });
    expect(strongestToken(warmUp)).toEqual({ side: 1, token: 1 });
    expect(strongestToken(inspect(answer, run, at('improving'), settings))).toBeNull();
  });

  it('names what differs from the run', () => {
    expect(changedSettings(settings, { beta: 0.3, tau: 0.5, keepShare: 1 })).toBe('β 0.3, ε 1');
    expect(changedSettings(settings, settings)).toBe('');
  });
});

describe('token table', () => {
  it('lists and copies every known layer', () => {
    const inspection = inspect(answer, run, at('forgetting'), settings);
    const listed = tokenRows(inspection, (id) => (id === 10 ? 'a\tb' : `t${id}`));
    const columns = tokenColumns(inspection);
    expect(columns.map(({ head }) => head)).toEqual([
      ...['token', 'text', 'id', 'token reward', 'loss weight', 'loss term', 'gradient', 'log-ratio'],
      ...['change since the snapshot before', 'policy log-prob', 'reference log-prob', 'verdict'],
    ]);
    const lines = tokensTsv(columns, listed).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]!.split('\t').slice(0, 5)).toEqual(['answer 2', 'a\\tb', '10', '0.25', '1']);
    expect(lines[2]!.split('\t').slice(7)).toEqual(['-2', '-1', '-3', '-1', 'first error']);
    const term = columns.findIndex(({ head }) => head === 'loss term');
    const sum = listed.reduce((total, row) => total + Number(columns[term]!.value(row)), 0);
    expect(Math.abs(sum - inspection.loss!.loss)).toBeLessThan(1e-6);
    expect(layerValues(inspection.sides[0]!, 'kept')).toBeNull();
  });
});
