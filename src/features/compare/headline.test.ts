// The title says of which arms it is the title.
import { expect, test } from 'vitest';
import { job, known, tableOf } from '../../testing/compareRig';
import { headline } from './headline';

const results = known(
  (['allo', 'dpo-full', 'ipo'] as const).flatMap((arm) => [1, 2, 3].map((seed) => job(arm, seed))),
  { ALLO: { accuracy: 90 }, 'DPO, all weights': { accuracy: 70 }, IPO: { accuracy: 70.5 } },
);
const of = (...labels: string[]) =>
  headline(
    tableOf(results, undefined, (label) => labels.includes(label)),
    'math',
  );

test('speaks of the shown arms where some are left out', () => {
  expect(of('ALLO', 'DPO, all weights', 'IPO')).toBe(
    'Most accurate on math: ALLO (90.0\u202f%); the runner-up, IPO (70.5\u202f%), is clearly below.',
  );
  expect(of('DPO, all weights', 'IPO')).toBe(
    'Of the 2 arms shown, no clear winner on math: IPO (70.5\u202f%) and DPO, all weights (70.0\u202f%) are too close to call.',
  );
  expect(of('ALLO', 'IPO')).toBe(
    'Of the 2 arms shown, most accurate on math: ALLO (90.0\u202f%); the runner-up, IPO (70.5\u202f%), is clearly below.',
  );
  expect(of('ALLO')).toBe('The one arm shown: ALLO, 90.0\u202f% right on math (3 seeds).');
  expect(headline(tableOf(known([job('allo')])), 'math')).toBe(
    'Only ALLO has results on math: 60.0\u202f% right (1 seed).',
  );
});
