import { describe, expect, it } from 'vitest';
import { createChartGroup, fittedWindow, zoomedWindow } from './chartGroup';
import { movedCursor } from './usePlotKeys';

describe('the stretch in sight', () => {
  it('stays inside, is two updates long at least, and is nothing when it is everything', () => {
    expect(fittedWindow([30.4, 10.2], 100)).toEqual([10, 31]);
    expect(fittedWindow([-5, 20], 100)).toEqual([0, 20]);
    expect(fittedWindow([99.5, 99.6], 100)).toEqual([98, 100]);
    expect(fittedWindow([0, 100], 100)).toBeNull();
    expect(fittedWindow([-50, 150], 100)).toBeNull();
  });
  it('zooms about an update that keeps its place', () => {
    expect(zoomedWindow([0, 100], 20, 0.5, 100)).toEqual([10, 60]);
    expect(zoomedWindow([10, 60], 20, 2, 100)).toBeNull();
    expect(zoomedWindow([10, 60], 40, 2, 200)).toEqual([0, 80]);
  });
});

it('tells what was chosen apart from what is merely shown', () => {
  const group = createChartGroup();
  const told: unknown[] = [];
  group.onWindow(() => told.push('shown'));
  group.onChosen((window) => told.push(window));
  group.setWindow([3, 9]);
  group.showWindow([3, 9]);
  group.showWindow([5, 11]);
  expect(group.window()).toEqual([5, 11]);
  group.setWindow(null);
  expect(told).toEqual(['shown', [3, 9], 'shown', 'shown', null]);
});

it('the cursor moves by one update, by a tenth with Shift, and stays in sight', () => {
  expect(movedCursor('ArrowLeft', 5, [0, 100], false)).toBe(4);
  expect(movedCursor('ArrowRight', 5, [0, 100], true)).toBe(15);
  expect(movedCursor('ArrowLeft', 1, [0, 100], true)).toBe(1);
  expect(movedCursor('End', 5, [0, 100], false)).toBe(100);
  expect(movedCursor('Home', 5, [20, 100], false)).toBe(20);
  expect(movedCursor('a', 5, [0, 100], false)).toBeNull();
});
