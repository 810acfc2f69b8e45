import { expect, it } from 'vitest';
import { createGuessRecord } from './guessRecord';

function storage(text: string | null = null) {
  const kept = { text };
  const setItem = (_: string, value: string) => {
    kept.text = value;
  };
  return { kept, open: () => ({ getItem: () => kept.text, setItem }) };
}

it('keeps the first settled guess of each experiment, until it is reset', () => {
  const { kept, open } = storage();
  const record = createGuessRecord(open);
  record.note('train-all', 'open');
  record.note('train-all', 'wrong');
  record.note('train-all', 'right');
  record.note('random-ten', 'right');
  expect(record.store.getState()).toEqual({ 'train-all': 'wrong', 'random-ten': 'right' });
  expect(createGuessRecord(open).store.getState()).toEqual({ 'train-all': 'wrong', 'random-ten': 'right' });
  record.reset();
  expect(record.store.getState()).toEqual({});
  expect(kept.text).toBe('{}');
});

it('goes on without storage, and with storage that holds something else', () => {
  const refused = createGuessRecord(() => {
    throw new Error('refused');
  });
  refused.note('train-all', 'right');
  expect(refused.store.getState()).toEqual({ 'train-all': 'right' });
  for (const text of ['{', '[]', '{"train-all":"yes"}', 'null'])
    expect(createGuessRecord(storage(text).open).store.getState()).toEqual({});
});
