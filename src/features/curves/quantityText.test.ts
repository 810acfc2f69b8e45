import { expect, it } from 'vitest';
import type { Arm, RunConfig } from '../../core/config';
import { presetConfig } from '../../core/presets';
import { createRunState } from '../../state/runState';
import { QUANTITIES } from './quantities';
import { quantityEmpty, quantityUnit } from './quantityText';

const run = (arm: Arm, changes: Partial<RunConfig> = {}) =>
  createRunState(arm, arm, { ...presetConfig('tiny', 'math', arm), ...changes });
const of = (id: string) => QUANTITIES.find((one) => one.id === id)!;

it('says what an accuracy is a share of: pairs, or PPO’s sampled answers', () => {
  const unit = (...runs: ReturnType<typeof run>[]) => quantityUnit(of('accuracy'), runs);
  expect(unit()).toBe('pairs ranked right');
  expect(unit(run('allo'), run('simpo'))).toBe('pairs ranked right');
  expect(unit(run('ppo'))).toBe('sampled answers right');
  expect(unit(run('ppo'), run('ppo-a2c'), run('dpo-full'))).toBe(
    'pairs ranked right; PPO and PPO-A2C: sampled answers right',
  );
  // Under a mask the warm-up ranks pairs.
  expect(unit(run('ppo', { maskRule: 'top' }))).toBe('pairs ranked right; PPO: sampled answers right');
  expect(unit(run('ppo', { maskRule: 'random' }))).toBe('sampled answers right');
});

it('says which reward a method has', () => {
  const unit = (id: string, ...runs: ReturnType<typeof run>[]) => quantityUnit(of(id), runs);
  expect(unit('rewards')).toBe('β · log-ratio, nats');
  expect(unit('rewards', run('allo'), run('r-dpo'), run('ipo'))).toBe('β · log-ratio, nats');
  expect(unit('rewards', run('simpo'))).toBe('SimPO: β · mean log-prob, nats per token');
  expect(unit('rewards', run('ln-dpo'), run('dpo-full'))).toBe(
    'β · log-ratio, nats; LN-DPO: β · mean log-ratio, nats per token',
  );
  expect(unit('margin', run('ipo-mean'))).toBe('IPO (mean): of β · mean log-ratio, nats per token');
  expect(unit('margin', run('simpo', { maskRule: 'top' }))).toBe(
    'chosen − rejected; SimPO: of β · mean log-prob, nats per token',
  );
  expect(unit('loss', run('simpo'))).toBe('nats');
});

it('promises nothing that a method does not have', () => {
  const empty = (id: string, ...runs: ReturnType<typeof run>[]) => quantityEmpty(of(id), runs);
  expect(empty('accuracy', run('rft'))).toBe('RFT learns from answers, not from pairs: there is nothing to show.');
  expect(empty('margin', run('sft'), run('ppo'))).toBe(
    'SFT and PPO learn from answers, not from pairs: there is nothing to show.',
  );
  expect(empty('accuracy', run('ppo'))).toMatch(/^Appears with the first update: how many of the answers/);
  for (const id of ['accuracy', 'rewards', 'log-probs']) {
    expect(empty(id)).toBe(of(id).empty);
    expect(empty(id, run('rft'), run('kto'))).toBe(of(id).empty);
    expect(empty(id, run('rft', { maskRule: 'top' }))).toBe(of(id).empty);
  }
  expect(empty('loss', run('rft'))).toBe(of('loss').empty);
});
