import { describe, expect, test } from 'vitest';
import { marker, placeLabels } from './markers';
import { rowsSource } from './rowsDrawing';
import { linearScale, nearestSpot, placeOn, type Spot, spotAfter, sqrtScale } from './spots';

describe('scales', () => {
  test('a square root starts at 0 and keeps it', () => {
    const { scale, ticks } = sqrtScale([0, 0.25]);
    expect(placeOn(scale, 0)).toBe(0);
    expect(placeOn(scale, -1)).toBe(0);
    // The axis ends 6 % beyond the largest value: √(1 / 1.06).
    expect(placeOn(scale, 0.25)).toBeCloseTo(Math.sqrt(1 / 1.06), 12);
    expect(ticks[0]).toEqual({ position: 0, text: '0' });
    const gaps = ticks.slice(1).map((tick, i) => tick.position - ticks[i]!.position);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.09);
  });

  test('a linear one has round ends, and none beyond its bounds', () => {
    expect(linearScale([3, 97], 5).scale).toMatchObject({ low: -50, high: 150 });
    expect(linearScale([3, 97], 5, [0, 100])).toMatchObject({ scale: { low: 0, high: 100 } });
    expect(linearScale([], 5, [0, 100]).scale.high).toBeGreaterThan(linearScale([], 5, [0, 100]).scale.low);
  });
});

const spot = (key: string, x: number, y: number): Spot => ({ key, x, y, name: key, lines: [], pick: key });

describe('spots', () => {
  // b above a, c at the right.
  const spots = [spot('a', 10, 50), spot('b', 20, 10), spot('c', 90, 40)];

  test('the nearest within reach', () => {
    expect(nearestSpot(spots, 14, 48, 20)?.key).toBe('a');
    expect(nearestSpot(spots, 55, 45, 20)).toBeNull();
  });

  test('keys walk in the order of x, and of height', () => {
    expect(spotAfter(spots, null, 'ArrowRight')?.key).toBe('a');
    expect(spotAfter(spots, 'a', 'ArrowRight')?.key).toBe('b');
    expect(spotAfter(spots, 'c', 'ArrowRight')?.key).toBe('c');
    expect(spotAfter(spots, 'a', 'ArrowUp')?.key).toBe('c');
    expect(spotAfter(spots, 'c', 'ArrowDown')?.key).toBe('a');
    expect(spotAfter(spots, null, 'End')?.key).toBe('c');
    expect(spotAfter(spots, 'a', 'x')).toBeNull();
    expect(spotAfter([], null, 'Home')).toBeNull();
  });
});

describe('labels', () => {
  const label = (text: string, x: number, y: number, weight = 0) => ({
    at: [x, y] as const,
    text,
    colour: 'red',
    weight,
  });

  test('the heavier keeps its place, the other moves to another side', () => {
    const marks = placeLabels([label('light', 50, 50), label('heavy', 50, 54, 1)], [], { width: 200, height: 100 });
    expect(marks[0]).toMatchObject({ text: 'heavy', x: 59, anchor: 'start' });
    expect(marks[1]).toMatchObject({ text: 'light', x: 41, anchor: 'end' });
  });

  test('none leaves the plot or covers a place; without room there is none', () => {
    const [at] = placeLabels([label('edge', 195, 50)], [], { width: 200, height: 100 });
    expect(at).toMatchObject({ anchor: 'end' });
    expect(placeLabels([label('a label too long for it', 20, 10)], [], { width: 40, height: 20 })).toEqual([]);
    const [moved] = placeLabels([label('x', 50, 50)], [[62, 50]], { width: 200, height: 100 });
    expect(moved).toMatchObject({ anchor: 'end' });
  });
});

test('a marker is a shape of its own, hollow ones show the paper', () => {
  expect(marker({ shape: 'circle', isHollow: false, colour: 'red' }, [5, 5], 4)).toEqual([
    { type: 'dot', x: 5, y: 5, radius: 4, colour: 'red' },
  ]);
  const [inside, edge] = marker({ shape: 'square', isHollow: true, colour: 'red' }, [5, 5], 4);
  expect(inside).toMatchObject({ type: 'area', colour: 'var(--paper)' });
  expect(edge).toMatchObject({ type: 'line', colour: 'red' });
});

describe('rows', () => {
  const mark = (value: number, isBar: boolean) => ({
    ...{ name: '', value, low: value - 5, high: value + 5, isBar, level: 0, lines: [`${value}`] },
    style: { shape: 'circle', isHollow: false, colour: 'red' } as const,
  });
  const source = rowsSource({
    rows: [
      { key: 'a', label: 'a', marks: [mark(40, true)], pick: 'a' },
      { key: 'b', label: 'b', marks: [mark(20, true)], pick: null, note: 'paper 30' },
    ],
    ...{ axis: '%', zero: null, base: 0, include: [0, 100], bounds: [0, 100], swatches: [] },
  });

  test('bars are as long as their values, their ends where the axis says', () => {
    const size = { width: 700, height: source.height(700) };
    const { marks, spots, x } = source.draw(size);
    const bars = marks.filter((each) => each.type === 'rectangle');
    expect(bars).toHaveLength(2);
    expect(bars[0]!.width).toBeCloseTo(2 * bars[1]!.width, 9);
    const forty = x.ticks.find(({ text }) => text === '40')!;
    expect(spots[0]!.x).toBeCloseTo(forty.position * 700, 9);
    expect(marks.find((each) => each.type === 'text' && each.text === 'paper 30')).toMatchObject({
      x: 700,
      anchor: 'end',
    });
  });

  test('where it is narrow names stand above their rows', () => {
    expect(source.height(300)).toBe(source.height(700) + 2 * 16);
    const name = source.draw({ width: 300, height: source.height(300) }).marks.find((each) => each.type === 'text');
    expect(name).toMatchObject({ text: 'a', x: 0, y: 14 });
  });
});

test('scales are made of more values than one call takes as arguments', () => {
  const values = Array.from({ length: 200_000 }, (_, i) => i / 1000);
  expect(linearScale(values, 4, [0, 200]).scale).toMatchObject({ low: 0, high: 200 });
  expect(sqrtScale(values).scale.high).toBeCloseTo(199.999 * 1.06, 9);
});
