import { expect, it } from 'vitest';
import { ARMS, METHODS } from '../../core/config';
import { FIELDS } from '../../core/fields';
import { chosenText, fieldFor, optionGroups } from './settingChoices';

it('groups every arm once, under the groups’ names and its own', () => {
  const groups = optionGroups('arm')!;
  expect(groups.map(({ label, options }) => [label, options.length])).toEqual([
    ['ALLO', 1],
    ['DPO and masks', 7],
    ['ALLO, one part changed', 7],
    ['Other methods', 13],
    ['Online merging', 4],
  ]);
  expect(groups.flatMap(({ options }) => options.map(({ value }) => value)).toSorted()).toEqual([...ARMS].toSorted());
  expect(groups[1]!.options[1]).toEqual({ value: 'dpo-top10', label: 'DPO, top 10 %' });
  expect(chosenText('arm', { arm: 'dpo-last10', method: 'dpo' })).toMatch(/changed least/);
});

it('names the methods, and says the chosen one’s loss', () => {
  const [group] = optionGroups('method')!;
  expect(group!.options.map(({ value }) => value)).toEqual([...METHODS]);
  expect(group!.options.find(({ value }) => value === 'ipo-mean')!.label).toBe('IPO (mean)');
  expect(chosenText('method', { arm: 'allo', method: 'rft' })).toBe('Loss: cross-entropy on the own right answers.');
  expect(chosenText('beta', { arm: 'allo', method: 'rft' })).toBeNull();
  expect(optionGroups('backend')).toBeUndefined();
});

it('shows the value of the method’s authors where there is one', () => {
  expect(fieldFor('beta', { method: 'allo' }).paper).toBe('0.1');
  expect(fieldFor('beta', { method: 'simpo' }).paper).toBe('2 … 10');
  expect(fieldFor('improvingLearningRate', { method: 'rft' }).paper).toBe('2e-5');
  expect(fieldFor('improvingLearningRate', { method: 'allo' }).paper).toBe('5e-6');
  expect(fieldFor('klCoefficient', { method: 'dpo' })).toBe(FIELDS.klCoefficient);
});
