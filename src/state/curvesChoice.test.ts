import { expect, it } from 'vitest';
import { curvesText, FIRST_CURVES, parseCurves } from './curvesChoice';

it('keeps the layout, and forgets what was looked at', () => {
  const choice = { ...FIRST_CURVES, hidden: ['margin'], log: ['loss'], updates: 'log', window: 50 } as const;
  const zoom = { from: { stage: 'warm-up', step: 1 }, to: { stage: 'warm-up', step: 9 } } as const;
  const kept = parseCurves(curvesText({ ...choice, hiddenRuns: ['run-1'], litRun: 'run-2', zoom }));
  expect(kept).toEqual({ ...choice, hiddenRuns: [], litRun: null });
});

it('reads nothing, nonsense and half a truth', () => {
  for (const text of [null, '', '{', '3', 'null', '[]']) expect(parseCurves(text)).toEqual(FIRST_CURVES);
  expect(parseCurves('{"hidden":[1],"log":["loss","loss"],"window":7,"updates":"x"}')).toEqual({
    ...FIRST_CURVES,
    log: ['loss'],
  });
});
