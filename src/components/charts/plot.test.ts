import { describe, expect, it } from 'vitest';
import { type Band, type ChartLine, type PlotInput, plotOf } from './plot';
import { clipped } from './plotLines';
import { faultSentences, placeText, valueNear } from './plotReading';

const BANDS: readonly Band[] = [
  { key: 'warm-up', label: 'Warm-up', colour: 'violet', start: 0, length: 4 },
  { key: 'forgetting', label: 'Forgetting', colour: 'orange', start: 4, length: 6 },
];

function line(values: readonly number[], more: Partial<ChartLine> = {}, offset = 0): ChartLine {
  const segment = {
    ...{ band: offset === 0 ? 'warm-up' : 'forgetting', colour: 'black', offset, count: values.length },
    steps: Float64Array.from(values, (_, i) => i + 1),
    values: Float64Array.from(values),
  };
  return {
    key: 'a',
    label: '',
    run: 0,
    runName: 'quiet-otter',
    dash: [],
    isSparse: false,
    segments: [segment],
    ...more,
  };
}

const input = (lines: readonly ChartLine[], more: Partial<PlotInput> = {}): PlotInput => ({
  ...{ lines, bands: BANDS, window: [0, 10], xKind: 'linear', yKind: 'linear', memory: 0, ends: [null, null] },
  ...{ changes: [], formatTick: null, width: 100, height: 100 },
  ...more,
});

describe('a plot', () => {
  it('puts every update in its place, low values below', () => {
    const { lineMarks, y, range } = plotOf(input([line([0, 4])], { ends: [0, 4] }));
    expect(range).toEqual([0, 4]);
    expect(y).toMatchObject({ low: 0, high: 4 });
    expect(lineMarks[0]).toMatchObject([
      {
        type: 'line',
        points: [
          [10, 100],
          [20, 0],
        ],
      },
    ]);
  });

  it('draws the raw values faint under the smoothed ones', () => {
    const { lineMarks } = plotOf(input([line([1, 3])], { memory: 0.5, ends: [0, 4] }));
    // (¼·1 + ½·3) / ¾ = 7/3 of 4: 41.67 pixels from above.
    expect(lineMarks[0]).toMatchObject([
      { type: 'line', opacity: 0.45 },
      { type: 'line', width: 1.75 },
    ]);
    const smoothed = lineMarks[0]![1]!;
    expect(smoothed.type === 'line' && smoothed.points[1]![1]).toBeCloseTo(100 - (7 / 12) * 100, 10);
  });

  it('keeps a spike of ten thousand values in the envelope, at its step', () => {
    const values = new Array<number>(10_000).fill(1);
    values[7320] = 5;
    const bands = [{ ...BANDS[0]!, length: 10_000 }];
    const plot = plotOf(input([line(values)], { bands, window: [0, 10_000], memory: 0.9, ends: [0, 10], width: 1000 }));
    const area = plot.lineMarks[0]!.find((mark) => mark.type === 'area')!;
    expect(plot.range).toEqual([1, 5]);
    expect(area.type === 'area' && area.points.find(([, y]) => y < 60)).toEqual([732.1, 50]);
    expect(area.type === 'area' && area.points.length).toBeLessThan(1300);
  });

  it('breaks the line at what is not finite, and marks it there', () => {
    const plot = plotOf(input([line([1, 2, Number.NaN, 2, Number.POSITIVE_INFINITY, 1], {}, 4)]));
    const lines = plot.lineMarks[0]!.filter(({ type }) => type === 'line');
    expect(lines).toHaveLength(1);
    expect(plot.lineMarks[0]!.filter(({ type }) => type === 'dot')).toHaveLength(2);
    expect(plot.faults).toEqual([
      { kind: 'NaN', x: 7 },
      { kind: '∞', x: 9 },
    ]);
    expect(faultSentences(plot.faults, BANDS)).toEqual(['NaN at Forgetting step 3.', '∞ at Forgetting step 5.']);
    // A cross about update 7 of 10, a triangle at the top above update 9.
    expect(plot.signs[0]).toMatchObject({
      type: 'line',
      points: [
        [66, 91],
        [74, 99],
      ],
    });
    expect(plot.signs[2]).toMatchObject({
      type: 'area',
      points: [
        [90, 1],
        [86, 8],
        [94, 8],
      ],
    });
  });

  it('marks a last 0 that cannot be, whatever the axis', () => {
    const odd = line([2, 1, 0]);
    const false0 = { ...odd, segments: odd.segments.map((segment) => ({ ...segment, endsInFalseZero: true })) };
    for (const yKind of ['linear', 'log'] as const) {
      const plot = plotOf(input([false0], { yKind }));
      expect(plot.faults).toEqual([{ kind: 'false 0', x: 3 }]);
      expect(plot.range).toEqual([1, 2]);
      expect(faultSentences(plot.faults, BANDS)).toEqual(['Exactly 0, which it cannot be, at Warm-up step 3.']);
    }
    expect(plotOf(input([odd])).faults).toEqual([]);
  });

  it('says what a logarithmic axis has no place for', () => {
    const plot = plotOf(input([line([0, 0.1, -1, 10])], { yKind: 'log' }));
    expect(plot.range).toEqual([0.1, 10]);
    expect(plot.faults.map(({ kind, x }) => [kind, x])).toEqual([
      ['≤ 0', 1],
      ['≤ 0', 3],
    ]);
    expect(faultSentences(plot.faults, BANDS)).toEqual([
      'Values ≤ 0 have no place on a logarithmic axis: at 2 updates, first at Warm-up step 1.',
    ]);
    expect(plotOf(input([line([-1, -2])], { yKind: 'log' })).y).toBeNull();
  });

  it('scales to what is in sight, and cuts lines at its edges', () => {
    const plot = plotOf(input([line([0, 0, 8, 4, 100, 0], {}, 4)], { window: [7, 8] }));
    expect(plot.range).toEqual([4, 8]);
    expect(
      clipped(
        [
          [-10, 0],
          [10, 20],
          [110, 120],
        ],
        100,
      ),
    ).toEqual([
      [0, 10],
      [10, 20],
      [100, 110],
    ]);
  });

  it('writes no tick longer than its room, however little a curve moves', () => {
    const texts = (values: number[]) => plotOf(input([line(values)])).yTicks.map(({ text }) => text);
    expect(texts([0.693146, 0.693148])).toEqual(['0.6930', '0.6931', '0.6932', '0.6933']);
    for (const values of [
      [0.693146, 0.693148],
      [-41.80001, -41.80002],
      [0.00123456, 0.00123457],
      [1e5, 1e5 + 0.1],
      [5e-7, 5.00001e-7],
    ])
      expect(Math.max(...texts(values).map(({ length }) => length)), String(values)).toBeLessThanOrEqual(8);
  });

  it('names the bands that have room', () => {
    const names = (width: number) =>
      plotOf(input([line([1, 2])], { width })).ground.flatMap((mark) => (mark.type === 'text' ? [mark.text] : []));
    expect(names(300)).toEqual(['Warm-up', 'Forgetting']);
    // 40 and 60 pixels: "Warm-up" takes 7 · 6.2 + 8 = 51.4, "Forgetting" 70.
    expect(names(100)).toEqual([]);
    expect(names(130)).toEqual(['Warm-up', 'Forgetting']);
  });

  it('tells settings that were changed', () => {
    const { signs } = plotOf(input([line([1, 2])], { changes: [{ x: 5, text: 'lr × 0.5' }] }));
    expect(signs).toMatchObject([
      {
        type: 'line',
        points: [
          [50, 0],
          [50, 100],
        ],
      },
      { type: 'text', text: 'lr × 0.5', anchor: 'end' },
    ]);
  });
});

describe('sides of a pair', () => {
  const drawn = (marker: 'up' | 'down', values: readonly number[]) =>
    plotOf(input([line(values, { marker, dash: [7, 3] })], { width: 1000, bands: [], window: [0, 200] })).lineMarks[0]!;
  const shapes = (marker: 'up' | 'down') => drawn(marker, new Array(200).fill(1)).filter(({ type }) => type === 'area');

  it('have shapes of their own along the line, at different places, whatever its dash', () => {
    // Updates stand 5 pixels apart from 5 on; the first shape a quarter or three quarters of 64 later, the next at least 64 on.
    expect(drawn('up', new Array(200).fill(1))[0]).toMatchObject({ type: 'line', dash: [7, 3] });
    const at = (marker: 'up' | 'down') =>
      shapes(marker).map((mark) => (mark.type === 'area' ? Math.round(mark.points[0]![0]) : null));
    expect(at('up').slice(0, 3)).toEqual([25, 90, 155]);
    expect(at('down').slice(0, 3)).toEqual([55, 120, 185]);
    // The tips point to different sides.
    const tip = (marker: 'up' | 'down') => {
      const [first] = shapes(marker);
      if (first?.type !== 'area') throw new Error('There is no shape.');
      return Math.sign(first.points[0]![1] - first.points[1]![1]);
    };
    expect([tip('up'), tip('down')]).toEqual([-1, 1]);
  });

  it('have one shape at the end of a line too short for more', () => {
    const marks = drawn('up', [1, 2]).filter(({ type }) => type === 'area');
    expect(marks).toHaveLength(1);
    expect(marks[0]).toMatchObject({ points: [[10, expect.any(Number)], {}, {}] });
  });
});

describe('the cursor', () => {
  it('names the stage and its step', () => {
    expect([0, 1, 4, 5, 10].map((x) => placeText(BANDS, x))).toEqual([
      'Warm-up step 0',
      'Warm-up step 1',
      'Warm-up step 4',
      'Forgetting step 1',
      'Forgetting step 6',
    ]);
  });

  it('finds the value of an update, and of a sparse line the nearest of the stage', () => {
    const dense = plotOf(input([line([1, 2, 3, 4])])).lines[0]!;
    expect(valueNear(dense, BANDS, 3)).toMatchObject({ x: 3, value: 3 });
    expect(valueNear(dense, BANDS, 8)).toBeNull();
    const sparse = plotOf(input([line([1, 2], { isSparse: true }, 4)])).lines[0]!;
    expect(valueNear(sparse, BANDS, 9)).toMatchObject({ x: 6, value: 2 });
    expect(valueNear(sparse, BANDS, 2)).toBeNull();
  });
});
