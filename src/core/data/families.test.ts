import { describe, expect, test } from 'vitest';
import golden from '../../testing/golden/tasks.json';
import { createRng } from '../rng';
import { FAMILIES, FAMILY_NAMES, taskFromRecord, taskTokenizer } from './families';
import { oracleRewrite } from './oracle';
import { splitOf } from './split';
import type { Slip, Style } from './task';

const SLIPS: readonly Slip[] = ['op', 'carry', 'fact', 'letter', 'fmt', 'drop'];
const slipsOf = (names: readonly string[]): Slip[] => SLIPS.filter((slip) => names.includes(slip));
const styleOf = ([opener, link, swapped]: readonly (string | number)[]): Style => ({
  opener: String(opener),
  link: String(link),
  swapped: swapped === 1,
});

test('golden: the vocabulary of 180 tokens', () => {
  const gold = golden.cases.find((one) => one.kind === 'task_vocabulary');
  expect(taskTokenizer.vocabulary).toEqual(gold?.expected.tokens);
  expect(taskTokenizer.vocabulary.length).toBe(180);
});

describe('golden: tasks', () => {
  const golds = golden.cases.filter((one) => one.kind === 'task');
  test('there are 72 of them', () => expect(golds.length).toBe(72));
  test.each(golds.map((one) => [one.id, one] as const))('%s', (_, { inputs, expected }) => {
    const task = taskFromRecord(inputs.question);
    expect(task.family).toBe(inputs.family);
    expect(task.prompt).toEqual(expected.prompt);
    expect(splitOf(task.prompt.join(' ')).replace('-', '')).toBe(expected.split);
    const style = styleOf(inputs.style ?? []);
    expect(task.styles).toContainEqual(style);
    expect(task.solve(style)).toEqual(expected.solution);
    expect(task.check(task.solve(style))).toBe(true);
    const response = task.solve(style, slipsOf(inputs.slips ?? []));
    expect(response).toEqual(expected.response);
    expect(task.check(response)).toBe(expected.responseIsCorrect);
    if (expected.oracleWrong === undefined) return;
    const rewrite = oracleRewrite(task, response);
    expect(rewrite.wrong).toEqual(expected.oracleWrong);
    expect(task.check(rewrite.words)).toBe(expected.oracleRewriteIsCorrect);
  });
});

describe.each(FAMILY_NAMES)('%s', (name) => {
  const family = FAMILIES[name];
  const rng = createRng(11, name);
  const tasks = Array.from({ length: 3000 }, () => family.generate(rng));

  test('uses words of the vocabulary only, and parses its own prompts back', () => {
    for (const task of tasks) {
      expect(family.parse(task.prompt)?.prompt).toEqual(task.prompt);
      const response = task.solve(rng.pick(task.styles), task.drawSlips(rng));
      expect(() => taskTokenizer.encodeWords([...task.prompt, ...response])).not.toThrow();
      expect(response.length).toBeLessThanOrEqual(31);
      expect(task.prompt.length).toBeLessThanOrEqual(16);
    }
  });

  test('clean solutions are right in every style; the noisy annotator is wrong as often as RECIPE §2 says', () => {
    let wrong = 0;
    for (const task of tasks) {
      for (const style of task.styles) expect(task.check(task.solve(style))).toBe(true);
      if (!task.check(task.solve(rng.pick(task.styles), task.drawSlips(rng)))) wrong++;
    }
    // Three standard deviations of 3000 draws are 0.027.
    expect(Math.abs(wrong / tasks.length - { math: 0.46, qa: 0.51, instruct: 0.51 }[name])).toBeLessThan(0.03);
  });

  test('other words are no prompt', () => {
    for (const other of FAMILY_NAMES)
      if (other !== name) expect(family.parse(FAMILIES[other].generate(rng).prompt)).toBeNull();
    expect(family.parse([])).toBeNull();
    expect(family.parse([...tasks[0]!.prompt, '.'])).toBeNull();
    expect(family.parse(tasks[0]!.prompt.slice(1))).toBeNull();
  });
});

test('a golden-style question of another form is refused', () => {
  expect(() => taskFromRecord({ fam: 'math', A: '3' })).toThrow();
  expect(() => taskFromRecord({ fam: 'qa', a: 'unicorn', rel: 'home', opts: [] })).toThrow('unicorn');
  expect(() => taskFromRecord({ fam: 'instruct', op: 'toString', fmt: 'plain', xs: [] })).toThrow('toString');
});
