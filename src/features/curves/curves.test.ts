import { describe, expect, it } from 'vitest';
import type { RunEvent, StageName } from '../../core/events';
import { presetConfig } from '../../core/presets';
import { reduceEvents } from '../../state/runReducer';
import { createRunState, type RunState, type SeriesRow } from '../../state/runState';
import { columnOf } from './columns';
import { curveLines } from './curveLines';
import { curveRows, curveTable } from './curveTable';
import { changesOf, nearestMoment } from './momentPlaces';
import {
  clippedSoFar,
  clipScale,
  heldOutMeasurements,
  klMeasurements,
  QUANTITIES,
  tokensPerSecond,
} from './quantities';
import { stageBands, totalOf, updateOf } from './stageBands';

const row = (more: Partial<SeriesRow>): SeriesRow => ({
  ...{ step: 1, loss: 1, learningRate: 1, gradientNorm: 1, tokens: 100, milliseconds: 20 },
  ...more,
});

const step = (stage: StageName, at: number, more: Partial<SeriesRow> = {}, series: string = stage): RunEvent => {
  const { step: _, milliseconds, ...metrics } = row(more);
  return { type: 'step', stage, series, step: at, total: stage === 'sft' ? 5 : 3, metrics, milliseconds };
};

const snapshot = (stage: 'warm-up' | 'forgetting', at: number, correct: readonly (boolean | null)[]): RunEvent => ({
  ...{ type: 'snapshot', stage, step: at, total: 3, policy: [], reference: [], klToSft: at / 10 },
  answers: correct.map((right) => ({ tokens: [], correct: right })),
});

const told = (events: readonly RunEvent[], id = 'run-1'): RunState =>
  reduceEvents(createRunState(id, id, presetConfig('tiny')), events, 0);

const quantity = (id: string) => QUANTITIES.find((one) => one.id === id)!;

describe('quantities', () => {
  it('clipping keeps min(1, clipNorm / norm) of the gradient', () => {
    expect([0.5, 1, 4].map((norm) => clipScale(1, norm))).toEqual([1, 1, 0.25]);
    expect(clipScale(1, Number.NaN)).toBeNaN();
    expect(clipScale(1, Number.POSITIVE_INFINITY)).toBeNaN();
  });

  it('clipped steps are counted among those with a finite norm', () => {
    const read = clippedSoFar({ clipNorm: 1 });
    const norms = [2, 1, Number.NaN, 0.5, 3];
    expect(norms.map((gradientNorm) => read(row({ gradientNorm })))).toEqual([1, 1 / 2, undefined, 1 / 3, 2 / 4]);
  });

  it('speed is tokens over time, and nothing where no time passed', () => {
    expect(tokensPerSecond(row({ tokens: 900, milliseconds: 20 }))).toBe(45_000);
    expect(tokensPerSecond(row({ milliseconds: 0 }))).toBeUndefined();
  });

  it('held-out accuracy is the share of right answers among the known ones', () => {
    const run = told([snapshot('warm-up', 0, [true, false, null, false, false]), snapshot('warm-up', 1, [null])]);
    expect(heldOutMeasurements(run)).toEqual([{ stage: 'warm-up', step: 0, value: 0.25 }]);
  });

  it('KL is what was measured on the way and what snapshots say, once a step', () => {
    const drift = (at: number): RunEvent => ({
      ...{ type: 'drift', stage: 'warm-up', step: at, klToSft: at / 10, goldLogp: null, dangers: [] },
    });
    const run = told([drift(0), drift(2), snapshot('warm-up', 0, []), snapshot('warm-up', 1, [])]);
    const [line] = curveLines(quantity('kl'), [run], stageBands([told([step('warm-up', 1)])]));
    const { steps, values } = line!.segments[0]!;
    expect([...steps]).toEqual([0, 1, 2]);
    expect([...values]).toEqual([0, 0.1, 0.2]);
    expect(klMeasurements(run)).toHaveLength(3);
  });
});

describe('the axis of updates', () => {
  const run = told([step('sft', 5, {}, 'sft'), step('warm-up', 1), step('forgetting', 2)]);

  it('has the stages one after another, as long as the longest run', () => {
    const bands = stageBands([run, told([step('improving', 7)], 'run-2')]);
    expect(bands.map(({ key, start, length }) => [key, start, length])).toEqual([
      ['sft', 0, 5],
      ['warm-up', 5, 3],
      ['forgetting', 8, 3],
      ['improving', 11, 7],
    ]);
    expect(totalOf(bands)).toBe(18);
    expect(updateOf(bands, 'forgetting', 2)).toBe(10);
    expect(updateOf(bands, 'mask', 2)).toBeNull();
  });

  it('finds the moment nearest to an update; the last one means the latest', () => {
    const timed = told([
      step('warm-up', 1),
      snapshot('warm-up', 0, []),
      snapshot('warm-up', 3, []),
      step('forgetting', 1),
      snapshot('forgetting', 0, []),
      snapshot('forgetting', 3, []),
    ]);
    const bands = stageBands([timed]);
    expect(nearestMoment(timed, bands, 0.4)).toBe(0);
    // The warm-up's end and the forgetting's entry are the same update.
    expect(nearestMoment(timed, bands, 2.6)).toBe(2);
    expect(nearestMoment(timed, bands, 6)).toBeNull();
    expect(nearestMoment(null, bands, 6)).toBeUndefined();
  });

  it('tells only the settings that were changed', () => {
    const { beta } = presetConfig('tiny');
    const settings = (at: number, learningRateScale: number, to: number): RunEvent => ({
      ...{ type: 'settings', stage: 'warm-up', step: at, learningRateScale, beta: to },
    });
    const changed = told([
      step('warm-up', 1),
      settings(1, 0.5, beta),
      settings(2, 0.5, 2 * beta),
      settings(3, 0.5, 2 * beta),
    ]);
    expect(changesOf(changed, stageBands([changed]))).toEqual([
      { x: 1, text: 'lr × 0.5' },
      { x: 2, text: `β ${2 * beta}` },
    ]);
  });
});

describe('columns', () => {
  const part = quantity('margin').parts[0]!;

  it('grow with their series and keep what older states see', () => {
    const before = told([step('warm-up', 1, { margin: 1 }), step('warm-up', 2)]);
    const old = before.series['warm-up']!;
    expect(columnOf(old, part, before.config).count).toBe(1);
    const after = reduceEvents(before, [step('warm-up', 3, { margin: 3 })], 0);
    const column = columnOf(after.series['warm-up']!, part, after.config);
    expect([...column.steps.subarray(0, column.count)]).toEqual([1, 3]);
    expect([...column.values.subarray(0, column.count)]).toEqual([1, 3]);
    expect(columnOf(old, part, before.config).count).toBe(1);
  });

  it('of seventy steps have all of them', () => {
    const run = told(Array.from({ length: 70 }, (_, i) => step('warm-up', i + 1, { margin: i })));
    const { values, count } = columnOf(run.series['warm-up']!, part, run.config);
    expect([count, values[63], values[69]]).toEqual([70, 63, 69]);
  });
});

describe('lines', () => {
  const run = told([step('warm-up', 1, { chosenReward: 1, rejectedReward: -1 }), step('forgetting', 1)]);
  const other = { ...run, id: 'run-2', name: 'run-2', slot: 1 };
  const bands = stageBands([run]);

  it('of a single run have the stages’ colours, of several their own with a dash', () => {
    const [single] = curveLines(quantity('loss'), [run], bands);
    expect(single!.segments.map(({ colour }) => colour)).toEqual(['var(--warmup)', 'var(--forgetting)']);
    expect(single!.dash).toEqual([]);
    const both = curveLines(quantity('loss'), [run, other], bands);
    expect(both.map(({ segments }) => segments[0]!.colour)).toEqual(['var(--run-1)', 'var(--run-2)']);
    expect(both.map(({ dash }) => dash)).toEqual([[], [7, 3]]);
  });

  it('of a pair’s sides keep their colours, and stages without them have none', () => {
    const sides = curveLines(quantity('rewards'), [run], bands);
    expect(sides.map(({ label, segments }) => [label, segments.map(({ colour }) => colour)])).toEqual([
      ['chosen', ['var(--chosen)']],
      ['rejected', ['var(--rejected)']],
    ]);
    // And shapes, since dashes tell runs.
    const both = curveLines(quantity('rewards'), [run, other], bands);
    expect(both.map(({ marker, dash }) => [marker, dash])).toEqual([
      ['up', []],
      ['down', []],
      ['up', [7, 3]],
      ['down', [7, 3]],
    ]);
    expect(curveLines(quantity('loss'), [run, other], bands).map(({ marker }) => marker)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('have a table with both sides in a row, and a spike among thousands', () => {
    const lines = curveLines(quantity('rewards'), [run], bands);
    expect(curveRows(lines, bands, null)).toEqual([
      { run: 'run-1', stage: 'Warm-up', step: 1, update: 1, values: { chosen: 1, rejected: -1 } },
    ]);
    const loss = (at: number) => (at === 1234 ? 9 : at === 2000 ? Number.NaN : 1);
    const long = told(Array.from({ length: 3000 }, (_, i) => step('warm-up', i + 1, { loss: loss(i + 1) })));
    const own = stageBands([long]);
    const rows = curveRows(curveLines(quantity('loss'), [long], own), own, 200);
    expect(rows.length).toBeLessThan(210);
    expect(rows.map((one) => one.step)).toEqual(expect.arrayContaining([1, 1234, 2000, 3000]));
    expect(curveTable(quantity('margin'), '', [], bands)).toBeNull();
  });
});
