import { expect, it } from 'vitest';
import { METHODS } from '../config';
import { FIELD_NAMES, FIELDS } from '../fields';
import { isRelevant } from './relevant';

const hiddenOf = (method: (typeof METHODS)[number], optimiser: 'adamw' | 'onties' = 'adamw') =>
  FIELD_NAMES.filter((name) => !isRelevant(name, { method, optimiser }));
const shownOf = (...chosen: Parameters<typeof hiddenOf>) =>
  FIELD_NAMES.filter((name) => FIELDS[name].group === 'methods' && !hiddenOf(...chosen).includes(name));

it('keeps to each method and optimiser what is its own', () => {
  expect(shownOf('dpo')).toEqual(['optimiser']);
  expect(shownOf('r-dpo')).toEqual(['lengthAlpha', 'optimiser']);
  expect(shownOf('simpo')).toEqual(['targetMargin', 'optimiser']);
  expect(shownOf('kto')).toEqual(['desirableWeight', 'undesirableWeight', 'optimiser']);
  const ppo = ['rolloutPrompts', 'ppoEpochs', 'ppoReward', 'klCoefficient', 'clipRange'];
  expect(shownOf('ppo')).toEqual([...ppo, 'optimiser']);
  expect(shownOf('ppo-a2c')).toEqual([...[...ppo, 'gaeLambda', 'valueCoefficient', 'valueLearningRate'], 'optimiser']);
  expect(shownOf('dpo', 'onties')).toEqual(['optimiser', 'mergeRules', 'mergeShare', 'mergeAlpha', 'mergeRescale']);
});

it('hides only settings of the methods’ group, and none for good', () => {
  for (const name of hiddenOf('allo')) expect(FIELDS[name].group).toBe('methods');
  const everywhere = METHODS.flatMap((method) => [...shownOf(method), ...shownOf(method, 'onties')]);
  for (const name of hiddenOf('allo')) expect(everywhere).toContain(name);
});
