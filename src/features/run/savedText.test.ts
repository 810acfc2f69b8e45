import { expect, it } from 'vitest';
import { presetConfig } from '../../core/presets';
import { ago, placeText, reachedText, standText } from './savedText';

const tiny = presetConfig('tiny');

it('says how long ago', () => {
  const spans = [-5e6, 2000, 12_400, 59_000, 200_000, 7_300_000, 86_400_000 * 1.5, 86_400_000 * 12];
  expect(spans.map(ago)).toEqual([
    ...['just now', 'just now', '12 s ago', '59 s ago', '3 min ago', '2 h ago', 'yesterday', '12 days ago'],
  ]);
});

it('says where a run stands, as the run itself calls its stages', () => {
  const at = (stage: string, done: number, total: number, config = tiny) => placeText({ stage, done, total }, config);
  expect(at('forgetting', 12, 40)).toBe('forgetting, step 12 of 40');
  expect(at('sampling', 340, 2048)).toBe('sample, 340 of 2\u202f048');
  expect(at('mask', 0, 0)).toBe('masks');
  expect(at('sft', 3, 9)).toBe('SFT, step 3 of 9');
  expect(at('improving', 3, 9, presetConfig('tiny', 'math', 'simpo'))).toBe('SimPO, step 3 of 9');
  expect(at('of the future', 1, 2)).toBe('of the future, 1 of 2');
  expect(placeText(null, tiny)).toBe('its beginning');
  expect(standText({ status: 'failed', saves: [], config: tiny })).toBe('Failed after its beginning');
});

it('tells no accuracy that was not measured', () => {
  expect(reachedText({})).toBe('');
  expect(reachedText({ before: null, loss: 1 })).toBe('');
  expect(reachedText({ before: 41.25 })).toBe('41.3\u202f% before');
  expect(reachedText({ before: 41.25, after: 78, klToSft: 0.0512 })).toBe('41.3\u202f% → 78\u202f%, KL 0.0512');
});
