import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../core/events';
import { presetConfig } from '../../core/presets';
import type { Zoom } from '../../state/curvesChoice';
import { reduceEvents } from '../../state/runReducer';
import { createRunState, type RunState } from '../../state/runState';
import { stageBands } from './stageBands';
import { coversUpdates, windowOf, zoomOf } from './zoom';

type Trained = 'sft' | 'warm-up' | 'forgetting' | 'improving';

/** A run with so many updates of a stage made, of so many planned. */
function told(stages: readonly (readonly [stage: Trained, made: number, planned: number])[]): RunState {
  const metrics = { loss: 1, learningRate: 1, gradientNorm: 1, tokens: 1 };
  const events = stages.flatMap(([stage, made, total]) =>
    Array.from(
      { length: made },
      (_, i): RunEvent => ({ type: 'step', stage, series: stage, step: i + 1, total, metrics, milliseconds: 1 }),
    ),
  );
  return reduceEvents(createRunState('a', 'a', presetConfig('tiny')), events, 0);
}

const zoom = (from: Zoom['from']['stage'], a: number, to: Zoom['to']['stage'], b: number): Zoom => ({
  from: { stage: from, step: a },
  to: { stage: to, step: b },
});

const RUN = told([
  ['warm-up', 30, 30],
  ['forgetting', 20, 20],
  ['improving', 10, 10],
]);
const BANDS = stageBands([RUN]);

describe('the stretch in sight', () => {
  it('is told by the stages it lies in', () => {
    expect(zoomOf([10, 35], BANDS)).toEqual(zoom('warm-up', 10, 'forgetting', 5));
    expect(zoomOf([30, 50], BANDS)).toEqual(zoom('forgetting', 0, 'forgetting', 20));
    expect(zoomOf([0, 60], BANDS)).toEqual(zoom('warm-up', 0, 'improving', 10));
    expect(zoomOf([0, 2], [])).toBeNull();
  });

  it('comes back as it was', () => {
    for (const window of [
      [10, 35],
      [30, 50],
      [0, 2],
      [58, 60],
      [29, 31],
    ] as const)
      expect(windowOf(zoomOf(window, BANDS)!, BANDS)).toEqual(window);
    expect(windowOf(zoom('warm-up', 0, 'improving', 10), BANDS)).toBeNull();
  });

  it('stays with its stages where the axis changes', () => {
    const longer = told([['sft', 5, 5]]);
    const bands = stageBands([RUN, longer, told([['warm-up', 1, 40]])]);
    // SFT takes 5 updates, the warm-up 40 instead of 30.
    expect(windowOf(zoom('warm-up', 10, 'forgetting', 5), bands)).toEqual([15, 50]);
    expect(windowOf(zoom('forgetting', 0, 'forgetting', 20), bands)).toEqual([45, 65]);
    const short = stageBands([
      told([
        ['warm-up', 8, 8],
        ['improving', 4, 4],
      ]),
    ]);
    expect(windowOf(zoom('warm-up', 6, 'forgetting', 5), short)).toEqual([6, 8]);
    expect(windowOf(zoom('forgetting', 2, 'improving', 3), short)).toEqual([8, 11]);
    expect(windowOf(zoom('sft', 0, 'sft', 9), short)).toBeNull();
    expect(windowOf(zoom('warm-up', 10, 'warm-up', 20), short)).toBeNull();
  });

  it('covers updates only where a run has made some', () => {
    const stopped = told([
      ['warm-up', 30, 30],
      ['forgetting', 4, 20],
    ]);
    expect(coversUpdates(zoom('forgetting', 0, 'forgetting', 20), [stopped])).toBe(true);
    expect(coversUpdates(zoom('forgetting', 5, 'improving', 3), [stopped])).toBe(false);
    expect(coversUpdates(zoom('forgetting', 5, 'improving', 3), [stopped, RUN])).toBe(true);
    expect(coversUpdates(zoom('warm-up', 28, 'improving', 3), [stopped])).toBe(true);
    expect(coversUpdates(zoom('sft', 0, 'sft', 9), [RUN])).toBe(false);
    expect(coversUpdates(zoom('sft', 0, 'warm-up', 1), [RUN])).toBe(true);
  });
});
