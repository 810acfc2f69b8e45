import { expect, it } from 'vitest';
import { Controls } from './controls';

it('gives changed settings to the next launch, and calls them new once', () => {
  const controls = new Controls(0.1);
  expect(controls.launch()).toEqual({ learningRateScale: 1, beta: 0.1, areNew: false, inSlowMotion: false });
  expect(controls.set({ learningRateScale: 0.5, beta: 0.2 })).toBeNull();
  expect(controls.launch()).toEqual({ learningRateScale: 0.5, beta: 0.2, areNew: true, inSlowMotion: false });
  expect(controls.launch().areNew).toBe(false);
  controls.restart();
  expect(controls.launch()).toMatchObject({ learningRateScale: 0.5, areNew: true });
  controls.set({ learningRateScale: 2, beta: 0.2 });
  controls.set({ learningRateScale: 0.5, beta: 0.2 });
  expect(controls.launch().areNew).toBe(false);
});

it('keeps a new β waiting while updates have none, and tells no change that does not act', () => {
  const controls = new Controls(2);
  controls.set({ learningRateScale: 1, beta: 3 });
  expect(controls.launchWithoutBeta()).toEqual({
    ...{ learningRateScale: 1, beta: null, areNew: false, inSlowMotion: false },
  });
  controls.set({ learningRateScale: 0.5, beta: 3 });
  expect(controls.launchWithoutBeta()).toMatchObject({ learningRateScale: 0.5, beta: null, areNew: true });
  expect(controls.launch()).toMatchObject({ learningRateScale: 0.5, beta: 3, areNew: true });
  expect(controls.launchWithoutBeta().areNew).toBe(false);
  expect(controls.launch().areNew).toBe(false);
});

it('refuses what is no rate and no β, and keeps what was', () => {
  const controls = new Controls(0.1);
  for (const learningRateScale of [Number.NaN, 0, -1, 101, Infinity])
    expect(controls.set({ learningRateScale, beta: 0.1 })).toMatch(/^A learning rate of × .* was refused/);
  for (const beta of [Number.NaN, 0, -0.1, 11]) expect(controls.set({ learningRateScale: 1, beta })).toMatch(/^A β of/);
  expect(controls.launch()).toEqual({ learningRateScale: 1, beta: 0.1, areNew: false, inSlowMotion: false });
});

it('watches one update', () => {
  const controls = new Controls(0.1);
  controls.watchNext(true);
  expect(controls.isWatching).toBe(false);
  expect(controls.launch().inSlowMotion).toBe(true);
  expect(controls.isWatching).toBe(true);
  // Launched is launched.
  controls.watchNext(false);
  expect(controls.launch().inSlowMotion).toBe(false);
  expect(controls.isWatching).toBe(true);
  controls.watched();
  expect(controls.isWatching).toBe(false);
  controls.watchNext(true);
  controls.watchNext(false);
  expect(controls.launch().inSlowMotion).toBe(false);
});
