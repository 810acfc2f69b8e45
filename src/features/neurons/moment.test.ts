import { describe, expect, it } from 'vitest';
import type { Moment } from '../../state/runState';
import type { HeldRun } from '../../worker/atlasProtocol';
import { hasLayer, layerRef, maskOfLayer, sightOf } from './layers';
import { changeSentence } from './MomentChange';

const held: HeldRun = {
  ...{ runId: 'a', name: 'quiet-otter', family: 'math', seed: 1, moments: [], masks: [] },
  ...{ hasUpdate: false, hasGradient: false, hasSecondMoment: false },
  updateSteps: [
    { stage: 'warm-up', step: 0 },
    { stage: 'warm-up', step: 4 },
    { stage: 'improving', step: 2 },
  ],
};
const config = { forgettingPercent: 5, improvingPercent: 10 };
const moment = (stage: Moment['stage'], step: number): Moment => ({ stage, step, total: 50, answers: [], klToSft: 0 });
const lab = {
  from: 'lab',
  runId: 'a',
  options: { rule: 'most', lower: 0, upper: 5, scope: { embeddings: true, norms: true, head: true } },
} as const;

describe('layers of a moment', () => {
  it('are there as far as the changes are held, each as large as its stage’s mask', () => {
    const sight = sightOf(config, held, moment('warm-up', 4), moment('warm-up', 0));
    const now = { from: 'moment', runId: 'a', at: { stage: 'warm-up', step: 4 }, percent: 5 };
    expect(sight).toEqual({ now, before: { ...now, at: { stage: 'warm-up', step: 0 } } });
    expect(sightOf(config, held, moment('improving', 2), moment('improving', 1))).toMatchObject({
      now: { percent: 10 },
      before: null,
    });
    expect(hasLayer('entered', held, null, sight)).toBe(true);
    expect(hasLayer('entered', held, null, { ...sight, before: null })).toBe(false);
    expect(hasLayer('moved', held, null, { now: null, before: null })).toBe(false);
  });

  it('name what the atlas is asked for', () => {
    const sight = sightOf(config, held, moment('warm-up', 4), moment('warm-up', 0));
    const { now, before } = sight;
    expect(maskOfLayer('moved-most', held, lab, null, sight)).toBe(now);
    expect(layerRef('entered', 'a', now, null, sight)).toEqual({ kind: 'overlay', a: before, b: now });
    expect(layerRef('moved-signed', 'a', null, null, sight)).toEqual({ kind: 'change', runId: 'a', at: now!.at });
  });
});

it('says what entered and what left', () => {
  const since = moment('warm-up', 4);
  expect(changeSentence({ both: 30_410, onlyA: 1198, onlyB: 1203 }, since, { method: 'allo' })).toBe(
    'Since Warm-up, step 4 of 50: 1\u202f203 entered, 1\u202f198 left, 30\u202f410 stayed.',
  );
  expect(changeSentence({ both: 7, onlyA: 0, onlyB: 0 }, since, { method: 'allo' })).toBe(
    'Since Warm-up, step 4 of 50 none entered and none left: 7 stayed.',
  );
});
