// What is compared of a run: all bits of its events but times and progress.
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../src/core/bundle/runLog';
import type { RunEvent } from '../../src/core/events';
import { fakeEvents } from '../../src/testing/fakeRun';
import { toldOf } from './page/told';

const logOf = (events: Iterable<RunEvent>): LogEntry[] => [...events].map((event, i) => ({ at: i, event }));
const whole = (): LogEntry[] => structuredClone(logOf(fakeEvents('done', { preset: 'tiny' })));

describe('what a run told', () => {
  it('has its losses, its numbers and its events', () => {
    const told = toldOf(whole());
    expect(told.steps.length).toBeGreaterThan(10);
    expect(told.facts.map(([name]) => name)).toEqual(
      expect.arrayContaining(['forgetting mask, selected', 'after, klToSft', 'after, math, greedy']),
    );
    expect(told.events.length).toBe(
      whole().filter((entry) => 'event' in entry && entry.event.type !== 'stage.progress').length,
    );
  });

  it('leaves times and phases out', () => {
    const later = whole().map((entry) => ({ ...entry, at: entry.at + 5 }));
    for (const entry of later)
      if ('event' in entry && entry.event.type === 'step') Object.assign(entry.event, { milliseconds: 4711 });
    expect(toldOf([{ at: 0, phase: 'paused' }, ...later])).toEqual(toldOf(whole()));
  });

  it('sees one bit of an array, and of a number', () => {
    const before = toldOf(whole()).events;
    const log = whole();
    for (const entry of log) {
      if (!('event' in entry) || entry.event.type !== 'rewards') continue;
      new Int32Array(entry.event.records[0]!.rewards.buffer)[0]! ^= 1;
    }
    const changed = toldOf(log).events;
    expect(changed.filter(([, sum], i) => sum !== before[i]![1]).map(([type]) => type)).toEqual(['rewards']);
  });
});
