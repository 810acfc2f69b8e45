import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AskQueue, askQueue, type QueuedQuestion } from './askQueue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup() {
  const sent: string[] = [];
  const replaced: string[] = [];
  const queue: AskQueue = askQueue(() => Date.now());
  const ask = (
    type: QueuedQuestion['type'],
    name: string,
    lane: string | null = null,
    signal: AbortSignal | null = null,
  ): QueuedQuestion => {
    const question = {
      ...{ type, lane, signal },
      send: () => void sent.push(name),
      replace: () => void replaced.push(name),
    };
    queue.add(question);
    return question;
  };
  return { queue, ask, sent, replaced };
}

test('a mask goes before pictures, what is said of it after them and a rest', () => {
  const { queue, ask, sent } = setup();
  const tiles = [1, 2, 3, 4, 5, 6].map((n) => ask('tile', `tile ${n}`));
  ask('groups', 'groups');
  const seventh = ask('tile', 'tile 7');
  const select = ask('select', 'select');
  // Six under way; then the hand's question before the picture's.
  expect(sent).toHaveLength(6);
  queue.done(tiles[0]!);
  queue.done(tiles[1]!);
  expect(sent.slice(6)).toEqual(['select', 'tile 7']);
  for (const question of [...tiles.slice(2), seventh, select]) queue.done(question);
  expect(sent.slice(8)).toEqual([]);
  vi.advanceTimersByTime(59);
  expect(sent.slice(8)).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent.slice(8)).toEqual(['groups']);
});

test('the last rank goes one by one, without rests between', () => {
  const { queue, ask, sent } = setup();
  const groups = ask('groups', 'groups');
  ask('agreement', 'agreement');
  expect(sent).toEqual(['groups']);
  // Pictures do not wait for it.
  const tile = ask('tile', 'tile');
  expect(sent).toEqual(['groups', 'tile']);
  queue.done(tile);
  queue.done(groups);
  vi.advanceTimersByTime(60);
  expect(sent).toEqual(['groups', 'tile', 'agreement']);
});

test('what nobody wants any more is not sent', () => {
  const { queue, ask, sent, replaced } = setup();
  const wish = new AbortController();
  const select = ask('select', 'under way', 'mask', wish.signal);
  ask('select', 'earlier', 'mask');
  ask('select', 'later', 'mask', wish.signal);
  expect(replaced).toEqual(['earlier']);
  wish.abort();
  expect(replaced).toEqual(['earlier', 'later']);
  queue.done(select);
  ask('tile', 'too late', null, wish.signal);
  expect([sent, replaced]).toEqual([['under way'], ['earlier', 'later', 'too late']]);
});
