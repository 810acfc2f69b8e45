// Results sorted into arms and seeds, and the numbers read from them.
import { describe, expect, test } from 'vitest';
import type { Arm } from '../../core/config';
import type { Job } from '../../core/study/job';
import type { ArmResult } from '../../core/study/result';
import { type Variant, variant, variantConfig, withRate } from '../../core/study/variants';
import { resultOf, type World } from '../../testing/studyWorld';
import { greedy, kl, labData, spreadOf, stampOf, taxOf } from './labData';

const arm = (name: Arm) => variant(name);
const FULL = 'DPO, all weights';
const armOf = (chosen: Variant, world: World, seed = 1): ArmResult => {
  const job: Job = { kind: 'arm', split: 'held-out', config: variantConfig(chosen, 'default', 'math', seed) };
  return resultOf(job, world) as ArmResult;
};

describe('spread over seeds', () => {
  const results = [
    armOf(arm('dpo-full'), { [FULL]: { accuracy: 90, kl: 0.02 } }, 2),
    armOf(arm('dpo-full'), { [FULL]: { accuracy: 96, kl: 0.04 } }, 1),
  ];
  const data = labData(results);

  test('is mean and sample deviation of one arm’s seeds, in their order', () => {
    const [found] = data.arms('math');
    expect(found?.results.map(({ seed }) => seed)).toEqual([1, 2]);
    // Mean of 96 and 90; deviations ± 3, √(18 / 1).
    expect(spreadOf(found!.results, greedy)).toEqual({ mean: 93, sd: Math.sqrt(18), seeds: 2 });
    expect(spreadOf(found!.results, kl)?.mean).toBeCloseTo(0.03, 12);
    expect(spreadOf(found!.results, () => null)).toBeNull();
  });

  test('finds an arm by its variant, and only there', () => {
    expect(data.ofVariant('math', arm('dpo-full'))?.label).toBe(FULL);
    expect(data.ofVariant('qa', arm('dpo-full'))).toBeNull();
    expect(data.ofVariant('math', arm('dpo-full'), 'validation')).toBeNull();
    expect(data.ofVariant('math', withRate('dpo-full', 2))).toBeNull();
  });

  test('variants whose labels round alike stay apart, each with its seeds', () => {
    const rated = (rateFactor: number, accuracy: number, seed = 1) =>
      armOf(variant('dpo-full', { rateFactor }), { [`${FULL}, lr × 3.3`]: { accuracy } }, seed);
    const both = labData([rated(3.33, 80), rated(3.3, 70), rated(3.33, 82, 2), rated(1, 60)]);
    expect(both.arms('math').map(({ label, results: own }) => [label, own.map(greedy)])).toEqual([
      [`${FULL}, lr × 3.3 (rateFactor 3.33)`, [80, 82]],
      [`${FULL}, lr × 3.3 (rateFactor 3.3)`, [70]],
      [FULL, [60]],
    ]);
    expect(both.ofVariant('math', withRate('dpo-full', 3.33))?.results.map(greedy)).toEqual([80, 82]);
    expect(both.ofVariant('math', withRate('dpo-full', 3.3))?.results.map(greedy)).toEqual([70]);
    // Alone it has its short label.
    expect(labData([rated(3.33, 80)]).arms('math')[0]?.label).toBe(`${FULL}, lr × 3.3`);
  });

  test('an arm that the studio does not have is not taken for another', () => {
    const unknown: ArmResult = { ...armOf(arm('allo'), {}), arm: 'of-tomorrow' };
    expect(labData([unknown, armOf(arm('allo'), {})]).arms('math')).toHaveLength(1);
  });

  test('tax is the mean change of the other families', () => {
    // 40 before, 34 after, on qa and instruct.
    expect(taxOf(armOf(arm('rft'), { RFT: { others: 34 } }))).toBe(-6);
  });

  test('a stamp names the results themselves', () => {
    expect(stampOf(results)).toBe(stampOf([...results]));
    expect(stampOf(results)).not.toBe(stampOf([results[0]!, { ...results[1]! }]));
  });
});
