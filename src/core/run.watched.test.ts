// A run that somebody watches: its time line, one update in slow motion, a loss that is no number.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadStarterFile } from '../cli/starterFiles';
import { changedEntries, eventsOf } from '../testing/tinyModel';
import { BACKEND, metricsOf, pull, stepsOf, toyRun } from '../testing/toyRun';
import type { RunConfig } from './config';
import { createBuiltinDataset } from './data/builtin';
import type { RunEvent, TimedStage } from './events';
import { TIMED_STAGES } from './events';
import { presetConfig } from './presets';
import { createRun, type Run } from './run';
import { Controls } from './stages/controls';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe('the time line', () => {
  const short = { prompts: 24, samplesPerPrompt: 4, batchTokens: 300, heldOutPrompts: 30, otherPrompts: 10 };
  function starterRun(snapshots: boolean): Run {
    const steps = { warmupSteps: 4, forgettingSteps: 3, improvingSteps: 5, klPrompts: 10 };
    const config: RunConfig = { ...presetConfig('tiny'), ...short, ...steps };
    const dataset = createBuiltinDataset('math', { styleBias: false });
    return createRun({ config, dataset, backend: BACKEND, loadStarter: loadStarterFile, snapshots });
  }

  /** Of every step the losses of its pairs are told before it, and their mean is the step's; all pairs are measured at the end. */
  function expectOwnLosses(events: readonly RunEvent[]) {
    const [{ pairs, forgetting }] = [eventsOf(events, 'pairs')[0]!];
    const losses = eventsOf(events, 'losses');
    const steps = eventsOf(events, 'step').filter(({ stage }) => TIMED_STAGES.some((one) => one === stage));
    expect(losses.map(({ stage, step }) => [stage, step + 1])).toEqual(steps.map(({ stage, step }) => [stage, step]));
    losses.forEach((told, i) => {
      const known = told.stage === 'forgetting' ? forgetting : [...pairs.keys()];
      expect(told.items.every((item) => known.includes(item))).toBe(true);
      expect(told.losses.length).toBe(told.items.length);
      if (told.stage !== 'forgetting') {
        expect(sum(told.losses) / told.losses.length).toBeCloseTo(steps[i]!.metrics.loss, 5);
      }
      if (told.step === 0 && told.stage !== 'forgetting')
        for (const loss of told.losses) expect(loss).toBeCloseTo(Math.LN2, 5);
    });
    const [{ records }] = [eventsOf(events, 'pair-log-ratios')[0]!];
    expect(records.map(({ pair }) => pair)).toEqual([...pairs.keys()]);
    const [inspected] = eventsOf(events, 'inspected');
    const end = eventsOf(events, 'snapshot').at(-1)!;
    inspected!.pairs.forEach((place, i) => {
      const { chosen, rejected, loss } = records[place]!;
      const kept = rejected.toSorted().slice(0, Math.max(1, Math.floor(0.5 * rejected.length)));
      expect(loss).toBeCloseTo(Math.log1p(Math.exp(-0.1 * (sum(chosen) - sum(kept)))), 5);
      [chosen, rejected].forEach((row, side) => {
        row.forEach((ratio, t) => {
          expect(ratio).toBeCloseTo(end.policy[2 * i + side]![t]! - end.reference[2 * i + side]![t]!, 6);
        });
      });
    });
  }

  it('changes no bit of losses, weights and measurements, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const [plain, watched] = [starterRun(false), starterRun(true)];
    const without = await pull(plain.events());
    const events = await pull(watched.events());
    expect(metricsOf(events)).toEqual(metricsOf(without));
    for (const type of ['drift', 'log-ratios', 'pair-log-ratios', 'evaluation', 'frozen'] as const)
      expect(eventsOf(events, type)).toEqual(eventsOf(without, type));
    const [own, theirs] = [await watched.checkpoints(), await plain.checkpoints()];
    expect(changedEntries(theirs.model, own.model).size).toBe(0);
    expect(eventsOf(without, 'snapshot')).toEqual([]);
    expect(eventsOf(without, 'update')).toEqual([]);
    expect(eventsOf(without, 'losses')).toEqual([]);
    expectOwnLosses(events);
    plain.dispose();
    watched.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('follows the same answers from entry to end, in the order it said', async () => {
    const run = starterRun(true);
    const events = await pull(run.events());
    const { sft } = await run.checkpoints();
    run.dispose();
    const [inspected] = eventsOf(events, 'inspected');
    const [{ pairs }, { vocabulary, tensors }] = [eventsOf(events, 'pairs')[0]!, eventsOf(events, 'run.started')[0]!];
    const responses = new Map(
      eventsOf(events, 'samples').flatMap((event) => event.responses.map((record) => [record.id, record])),
    );
    const counts = [
      ...inspected!.pairs.flatMap((at) => [pairs[at]!.chosen.length, pairs[at]!.rejected.length]),
      ...inspected!.responses.map((id) => responses.get(id)!.tokens.length),
    ];
    // 300 tokens a batch: pairs of two batches, eight at least; floor(300 / 36) prompts.
    expect(inspected!.pairs.length).toBe(8);
    expect(inspected!.prompts.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const snapshots = eventsOf(events, 'snapshot');
    expect(snapshots.map(({ stage, step }) => `${stage} ${step}`)).toEqual([
      ...[0, 1, 2, 4].map((step) => `warm-up ${step}`),
      ...[0, 1, 3].map((step) => `forgetting ${step}`),
      ...[0, 1, 3, 5].map((step) => `improving ${step}`),
    ]);
    for (const { policy, reference, answers } of snapshots) {
      expect(policy.map(({ length }) => length)).toEqual(counts);
      expect(reference.map(({ length }) => length)).toEqual(counts);
      expect(answers).toHaveLength(8);
    }
    const at = (stage: TimedStage, step: number) => snapshots.find((it) => it.stage === stage && it.step === step)!;
    for (const stage of TIMED_STAGES) expect(at(stage, 0).policy).toEqual(at(stage, 0).reference);
    expect(at('forgetting', 0).policy).toEqual(at('warm-up', 0).policy);
    expect(at('forgetting', 0).klToSft).toBe(0);
    expect(at('improving', 0)).toMatchObject({ answers: at('forgetting', 3).answers });
    expect(at('improving', 5).klToSft).toBeGreaterThan(0);
    expect(at('warm-up', 4).policy).not.toEqual(at('warm-up', 0).policy);
    // At the end policy − reference is what the log-ratios say.
    for (const stage of ['forgetting', 'improving'] as const) {
      const { policy, reference } = at(stage, stage === 'forgetting' ? 3 : 5);
      const { records } = eventsOf(events, 'log-ratios').find((event) => event.stage === stage)!;
      inspected!.responses.forEach((id, i) => {
        const row = 2 * inspected!.pairs.length + i;
        const { logRatio } = records.find(({ responseId }) => responseId === id)!;
        policy[row]!.forEach((logp, t) => {
          expect(logp - reference[row]![t]!).toBeCloseTo(logRatio[t]!, 6);
        });
      });
    }
    const answer = at('warm-up', 0).answers.find(({ correct }) => correct)!;
    expect(answer.tokens.map((id) => vocabulary[id]).join(' ')).toContain('answer is');
    // The change at the improving stage's end is θ − θ_SFT.
    const update = eventsOf(events, 'update').find(({ stage, step }) => stage === 'improving' && step === 5)!;
    const improved = eventsOf(events, 'weights').find(({ moment }) => moment === 'improved')!;
    tensors.forEach(({ name }, i) => {
      const expected = improved.tensors[i]!.map((value, k) => value - sft.get(name)![k]!);
      expect(Buffer.compare(Buffer.from(update.tensors[i]!.buffer), Buffer.from(expected.buffer))).toBe(0);
    });
    expect(eventsOf(events, 'update')).toHaveLength(snapshots.length);
  });
});

describe('an update in slow motion', () => {
  /** One pair or response a batch, so that its terms are the whole loss. */
  const ALONE = { batchTokens: 1, warmupSteps: 4, forgettingSteps: 4, improvingSteps: 4, keepShare: 0.5 };
  async function anatomyOf(stage: TimedStage, step: number) {
    const controls = new Controls(0.1);
    const run = toyRun({ controls, config: ALONE });
    const weights: ReadonlyMap<string, Float32Array>[] = [];
    const events: RunEvent[] = [];
    for await (const event of run.events()) {
      events.push(event);
      if (event.type === 'step' && event.stage === stage && event.step === step - 1) {
        controls.watchNext(true);
        weights.push((await run.checkpoints()).model);
      }
      if (event.type === 'anatomy') break;
    }
    weights.push((await run.checkpoints()).model);
    run.dispose();
    const last = events.slice(-2);
    expect(last.map(({ type }) => type)).toEqual(['step', 'anatomy']);
    return { anatomy: eventsOf(events, 'anatomy')[0]!, metrics: stepsOf(last)[0]!.metrics, weights, events };
  }
  const softplus = (x: number): number => Math.log1p(Math.exp(x));
  const ratio = (policy: Float32Array, reference: Float32Array, t: number): number => policy[t]! - reference[t]!;

  for (const stage of ['warm-up', 'improving'] as const) {
    it(`adds up to the loss: ${stage}`, async () => {
      const { anatomy, metrics, weights } = await anatomyOf(stage, 4);
      const { policy, reference, weights: kept, rejected, chosen } = anatomy.example!;
      expect(anatomy.example).toMatchObject({ denominator: 1, beta: 0.1 });
      expect(policy.map(({ length }) => length)).toEqual([rejected.length, chosen!.length]);
      const rejectedSum = sum(rejected.map((_, t) => kept[t]! * ratio(policy[0]!, reference[0]!, t)));
      const chosenSum = sum(chosen!.map((_, t) => ratio(policy[1]!, reference[1]!, t)));
      expect(Math.abs(softplus(-0.1 * (chosenSum - rejectedSum)) - anatomy.loss)).toBeLessThan(1e-5);
      expect(anatomy.loss).not.toBeCloseTo(Math.LN2, 4);
      expect(sum(kept)).toBe(stage === 'warm-up' ? rejected.length : Math.max(1, Math.floor(0.5 * rejected.length)));
      expect(anatomy).toMatchObject({ stage, step: 4, loss: metrics.loss, learningRate: metrics.learningRate });
      const moved = [...changedEntries(new Map(weights[0]), new Map(weights[1])).values()].flat().length;
      expect(anatomy.moved).toBe(moved);
      expect(moved).toBeGreaterThan(0);
      expect(anatomy.weights).toBe(12 * 16 + 2 * (4 * 256 + 3 * 384 + 32) + 16);
      expect(anatomy.allowed).toBe(stage === 'warm-up' ? anatomy.weights : Math.floor(0.1 * anatomy.weights));
      const { tensor, index, change } = anatomy.largest!;
      expect(change).toBe(weights[1]!.get(tensor)![index]! - weights[0]!.get(tensor)![index]!);
      expect(anatomy.clipScale).toBeCloseTo(Math.min(1, 1 / metrics.gradientNorm), 12);
    });
  }

  it('adds up to the loss: forgetting, with the rewards of its tokens', async () => {
    const { anatomy, metrics, events } = await anatomyOf('forgetting', 4);
    const { policy, reference, weights, rewards, rejected, chosen } = anatomy.example!;
    expect(chosen).toBeNull();
    const terms = rejected.map((_, t) => weights[t]! * softplus(0.1 * ratio(policy[0]!, reference[0]!, t)));
    const counted = weights.filter((weight) => weight > 0).length;
    expect(counted).toBeGreaterThan(0);
    expect(anatomy.example).toMatchObject({ denominator: counted, beta: 0.1 });
    expect(Math.abs(sum(terms) / counted - anatomy.loss)).toBeLessThan(1e-5);
    expect(anatomy.loss).not.toBeCloseTo(Math.LN2, 4);
    expect(anatomy.loss).toBe(metrics.loss);
    const { records } = eventsOf(events, 'rewards')[0]!;
    expect(records.some((record) => record.rewards.join() === rewards!.join())).toBe(true);
    expect([...weights]).toEqual([...rewards!].map((p) => (p < 0.5 ? 1 : 0)));
  });
});

describe('a loss that is no number', () => {
  it('reaches the curves as a step before the run fails, and leaves the last good weights', async () => {
    const run = toyRun({ config: { improvingLearningRate: 1e30 } });
    const events: RunEvent[] = [];
    const failing = pull(run.events(), (event) => void events.push(event));
    await expect(failing).rejects.toThrow(/^The (loss|gradient norm) became/);
    const last = events.at(-1)!;
    expect(last.type).toBe('step');
    const { loss, gradientNorm } = stepsOf([last])[0]!.metrics;
    expect(Number.isFinite(loss) && Number.isFinite(gradientNorm)).toBe(false);
    for (const values of (await run.checkpoints()).model.values()) expect(values.every(Number.isFinite)).toBe(true);
    run.dispose();
  });
});
