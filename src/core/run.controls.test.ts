// A run that somebody steers: one stage again and alone, settings changed on the way, both with the methods of one stage.
import { beforeAll, describe, expect, it } from 'vitest';
import { changedEntries, eventsOf } from '../testing/tinyModel';
import { metricsOf, pull, toyRun } from '../testing/toyRun';
import type { RunConfig } from './config';
import type { RunEvent } from './events';
import { TIMED_STAGES } from './events';
import type { Pace } from './stages/ahead';
import { Controls } from './stages/controls';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a stage again and alone', () => {
  it('gives the same losses and weights, bit for bit', async () => {
    const run = toyRun();
    const first = await pull(run.events());
    const { model } = await run.checkpoints();
    for (const stage of TIMED_STAGES) {
      const again = await pull(run.only(stage));
      expect(metricsOf(again)).toEqual(metricsOf(first, stage));
      expect(metricsOf(again).length).toBe(4);
      const moments = (events: readonly RunEvent[]) => eventsOf(events, 'snapshot').filter((it) => it.stage === stage);
      expect(moments(again)).toEqual(moments(first));
      expect(eventsOf(again, 'notice')[0]!.text).toMatch(/^The stage “.*” runs again, alone/);
      expect(eventsOf(again, 'weights')).toEqual([]);
    }
    // Improving was the last one.
    expect(changedEntries(model, (await run.checkpoints()).model).size).toBe(0);
    run.dispose();
  });

  it('works after a run that was left in the middle, and refuses a stage that has not begun', async () => {
    const whole = toyRun();
    const all = await pull(whole.events());
    whole.dispose();
    const run = toyRun();
    await pull(run.events(), (event) => !(event.type === 'step' && event.stage === 'forgetting' && event.step === 2));
    expect(() => run.only('improving')).toThrow('The stage “improving” has not begun');
    expect(metricsOf(await pull(run.only('forgetting')))).toEqual(metricsOf(all, 'forgetting'));
    run.dispose();
    expect(() => run.only('forgetting')).toThrow('no longer held');
  });

  it('tells changed settings anew', async () => {
    const controls = new Controls(0.1);
    const run = toyRun({ controls });
    const first = await pull(run.events());
    controls.set({ learningRateScale: 0.5, beta: 0.1 });
    const again = await pull(run.only('improving'));
    expect(eventsOf(again, 'settings')).toEqual([
      { type: 'settings', stage: 'improving', step: 1, learningRateScale: 0.5, beta: 0.1 },
    ]);
    expect(metricsOf(again).map(({ learningRate }) => learningRate)).toEqual(
      metricsOf(first, 'improving').map(({ learningRate }) => 0.5 * learningRate),
    );
    run.dispose();
  });
});

describe('settings changed on the way', () => {
  async function changed(after: number, settings: { learningRateScale: number; beta: number }, pace?: Pace) {
    const controls = new Controls(0.1);
    const run = toyRun({ controls, config: { warmupSteps: 8 }, ...(pace && { pace }) });
    const events = await pull(run.events(), (event) => {
      if (event.type !== 'step' || event.stage !== 'warm-up') return true;
      if (event.step === after) expect(controls.set(settings)).toBeNull();
      return event.step < 8;
    });
    run.dispose();
    return { events, steps: metricsOf(events, 'warm-up') };
  }
  const same = { learningRateScale: 1, beta: 0.1 };

  it('hold for exactly the steps after', async () => {
    const plain = await changed(3, same);
    expect(eventsOf(plain.events, 'settings')).toEqual([]);
    const rate = await changed(3, { learningRateScale: 0.25, beta: 0.1 });
    expect(rate.steps.slice(0, 3)).toEqual(plain.steps.slice(0, 3));
    expect(rate.steps.slice(3).map(({ learningRate }) => learningRate)).toEqual(
      plain.steps.slice(3).map(({ learningRate }) => 0.25 * learningRate),
    );
    // Step 4's loss was measured before its update, step 5's after it.
    expect(rate.steps[3]!.loss).toBe(plain.steps[3]!.loss);
    expect(rate.steps[4]!.loss).not.toBe(plain.steps[4]!.loss);
    const beta = await changed(3, { learningRateScale: 1, beta: 0.3 });
    expect(beta.steps.slice(0, 3)).toEqual(plain.steps.slice(0, 3));
    expect(beta.steps[3]!.margin).toBeCloseTo(3 * plain.steps[3]!.margin!, 6);
    expect(beta.steps[3]!.loss).not.toBe(plain.steps[3]!.loss);
    const told = beta.events.filter(({ type }) => type === 'settings' || type === 'step').slice(-6, -4);
    expect(told).toMatchObject([
      { type: 'settings', stage: 'warm-up', step: 4, learningRateScale: 1, beta: 0.3 },
      { type: 'step', step: 4 },
    ]);
  });

  it('let β wait through a warm-up that is another method’s, and name it where it acts', async () => {
    const config = { method: 'simpo', beta: 2, forgettingSteps: 0 } as const;
    const told = async (beta: number) => {
      const controls = new Controls(config.beta);
      const run = toyRun({ controls, config });
      const events = await pull(run.events(), (event) => {
        if (event.type === 'step' && event.stage === 'warm-up' && event.step === 1)
          controls.set({ learningRateScale: 1, beta });
        return event.type !== 'step' || event.stage !== 'improving' || event.step < 2;
      });
      run.dispose();
      return { settings: eventsOf(events, 'settings'), warmup: metricsOf(events, 'warm-up'), events };
    };
    const [plain, changed] = [await told(2), await told(4)];
    expect(plain.settings).toEqual([]);
    expect(changed.warmup).toEqual(plain.warmup);
    expect(changed.settings).toEqual([
      { type: 'settings', stage: 'improving', step: 1, learningRateScale: 1, beta: 4 },
    ]);
    const first = ({ events }: typeof plain) => metricsOf(events, 'improving')[0]!;
    expect(first(changed).chosenReward).toBeCloseTo(2 * first(plain).chosenReward!, 6);
  });

  it('hold from the next launched step on where steps run ahead, which is the one that is named', async () => {
    // Moments of 8 steps: 1, 2, 4, 8. Behind step 2 step 3 is launched alone, and when it is told step 4 is under way.
    const pace = () => ({ mayRunAhead: true, isAhead: false });
    const plain = await changed(3, same, pace());
    const { events, steps } = await changed(3, { learningRateScale: 0.5, beta: 0.1 }, pace());
    expect(eventsOf(events, 'settings').map(({ step }) => step)).toEqual([5]);
    const scales = steps.map(({ learningRate }, i) => learningRate / plain.steps[i]!.learningRate);
    expect(scales.slice(1)).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.5]);
  });
});

describe('a method of one stage', () => {
  const single = (method: RunConfig['method']): Partial<RunConfig> => ({
    ...{ method, maskRule: 'all', keepShare: 1, improvingSteps: 6, forgettingSteps: 0 },
    improvingLearningRate: 3e-3,
  });
  it.each(['bco', 'kto', 'simpo', 'sft'] as const)('%s runs again alone with the same losses', async (method) => {
    const run = toyRun({ config: single(method) });
    const first = await pull(run.events());
    const again = await pull(run.only('improving'));
    run.dispose();
    expect(metricsOf(again, 'improving')).toHaveLength(6);
    expect(metricsOf(again, 'improving')).toEqual(metricsOf(first, 'improving'));
  });

  it.each(['ipo', 'sft'] as const)('%s takes a learning rate that is changed on the way', async (method) => {
    const controls = new Controls(0.1);
    const plain = toyRun({ config: single(method) });
    const run = toyRun({ config: single(method), controls });
    const [before, after] = [
      metricsOf(await pull(plain.events()), 'improving'),
      metricsOf(
        await pull(run.events(), (event) => {
          if (event.type === 'step' && event.stage === 'improving' && event.step === 3)
            controls.set({ learningRateScale: 0.5, beta: 0.2 });
        }),
        'improving',
      ),
    ];
    plain.dispose();
    run.dispose();
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    after.slice(3).forEach(({ learningRate }, i) => {
      expect(learningRate).toBeCloseTo(0.5 * before[i + 3]!.learningRate, 12);
    });
    expect(after.at(-1)!.loss).not.toBe(before.at(-1)!.loss);
  });

  it('in slow motion shows the pair of its batch, and nothing for answers that are learned', async () => {
    const slowly = async (method: RunConfig['method']) => {
      const controls = new Controls(0.1);
      const run = toyRun({ config: single(method), controls });
      const events = await pull(run.events(), (event) => {
        if (event.type === 'step' && event.stage === 'improving' && event.step === 3) controls.watchNext(true);
      });
      run.dispose();
      return { anatomy: eventsOf(events, 'anatomy')[0]!, metrics: metricsOf(events, 'improving')[3]! };
    };
    const kto = await slowly('kto');
    expect(kto.anatomy).toMatchObject({ stage: 'improving', step: 4, loss: kto.metrics.loss });
    expect(kto.anatomy.example!.weights.every((weight) => weight === 1)).toBe(true);
    expect(kto.anatomy.example!.chosen).not.toBeNull();
    const sft = await slowly('sft');
    expect(sft.anatomy).toMatchObject({ stage: 'improving', step: 4, example: null, loss: sft.metrics.loss });
    expect(sft.anatomy.moved).toBeGreaterThan(100);
    expect(sft.anatomy.allowed).toBe(sft.anatomy.weights);
  });
});
