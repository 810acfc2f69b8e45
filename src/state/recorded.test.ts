import { expect, it } from 'vitest';
import { fakeEvents } from '../testing/fakeRun';
import { recordRun } from './recorded';
import { parseRecorded } from './recordedSchema';

it('reduces a run to curves, a strip and the result, and the schema takes it', () => {
  const events = [...fakeEvents('done', { preset: 'tiny' })];
  const recorded = recordRun(events);
  expect(recorded.series.map(({ name, step }) => [name, step.length])).toEqual([
    ['warm-up', 20],
    ['forgetting', 15],
    ['improving', 25],
  ]);
  expect(recorded.series[1]!.accuracy).toEqual([]);
  expect(recorded.evaluation.after.math).toBe(95);
  expect(recorded.strip!.rewards).toHaveLength(recorded.strip!.tokens.length);
  expect(recorded.strip!.wrong).toContain(1);
  expect(JSON.stringify(recorded).length).toBeLessThan(20_000);
  expect(parseRecorded(JSON.parse(JSON.stringify(recorded)))).toEqual(recorded);
});

it('refuses an unfinished run', () => {
  expect(() => recordRun(fakeEvents('forgetting', { preset: 'tiny' }))).toThrow('ended before its last event');
});

it('takes nothing that is none', () => {
  const recorded = recordRun(fakeEvents('done', { preset: 'tiny' }));
  const first = recorded.series[0]!;
  for (const data of [
    null,
    3,
    {},
    { ...recorded, version: 2 },
    { ...recorded, series: [{ ...first, loss: first.loss.slice(1) }] },
    { ...recorded, series: [{ ...first, stage: 'nonsense' }] },
    { ...recorded, strip: { ...recorded.strip, rewards: ['1'] } },
  ])
    expect(parseRecorded(data)).toBeNull();
});
