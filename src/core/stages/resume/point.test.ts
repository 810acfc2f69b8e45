// Points that are not gone on from, or not made: each is refused with its reason.
import { beforeAll, describe, expect, it } from 'vitest';
import { mutateJson } from '../../../testing/mutateJson';
import { bitsOfEvent, piece, wholeRun } from '../../../testing/resumeRig';
import { toyConfig, toyDataset } from '../../../testing/tinyModel';
import { BACKEND } from '../../../testing/toyRun';
import type { RunConfig } from '../../config';
import type { Dataset } from '../../data/dataset';
import { createRng } from '../../rng';
import { createRun, type Run, type RunOptions } from '../../run';
import { tf } from '../../tf';
import type { Pace } from '../ahead';
import { Controls } from '../controls';
import { expectSameRun, PointError, type ResumePoint, readPoint } from './point';
import { isFiniteArray, wordSum } from './wordSum';

const CONFIG: Partial<RunConfig> = {
  ...{ layers: 1, width: 8, heads: 2, mlpWidth: 12, sftSteps: 4, sftLearningRate: 0.02, prompts: 8 },
  ...{ warmupSteps: 2, forgettingSteps: 2, improvingSteps: 3, rewardSteps: 1 },
  ...{ heldOutPrompts: 3, klPrompts: 3, otherPrompts: 0 },
};

interface Given extends Partial<Omit<RunOptions, 'config' | 'dataset'>> {
  config?: Partial<RunConfig>;
  dataset?: Partial<Dataset>;
}

const toyRun = ({ config, dataset, ...options }: Given = {}): Run =>
  createRun({
    config: toyConfig({ ...CONFIG, ...config }),
    ...{ dataset: toyDataset(dataset), backend: BACKEND, controls: new Controls(0.1) },
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
    ...options,
  });

const make = (controls: Controls, from?: ResumePoint) => toyRun({ controls, ...(from && { from }) });
/** After the second step of improving; made once, and nobody writes to it. */
let point: ResumePoint;

beforeAll(async () => {
  await tf.setBackend('wasm');
  const events = await wholeRun(make);
  const at = events.findIndex((event) => event.type === 'step' && event.series === 'improving' && event.step === 2);
  ({ point } = await piece(make, undefined, at + 1));
});

const refusal = (make: () => unknown): unknown => {
  try {
    make();
    return null;
  } catch (error) {
    return error;
  }
};

describe('a point', () => {
  it('is taken without a trace in the run', async () => {
    const whole = await wholeRun(make);
    const run = toyRun();
    const told: string[] = [];
    for await (const event of run.events()) {
      await run.point();
      told.push(bitsOfEvent(event));
    }
    run.dispose();
    expect(told).toEqual(whole.map(bitsOfEvent));
  });

  it('says where it is, to people', () => {
    const { place, eventsTold } = point;
    expect(place).toEqual({ stage: 'improving', done: 2, total: 3 });
    expect(eventsTold).toBeGreaterThan(40);
  });

  it('of a finished run gives its model back, which answers, is measured and runs a stage again', async () => {
    const whole = toyRun({ snapshots: true });
    const events: string[] = [];
    for await (const event of whole.events()) events.push(bitsOfEvent(event));
    const from = structuredClone(await whole.point());
    expect(from.eventsTold).toBe(events.length);
    const run = toyRun({ snapshots: true, from });
    for await (const event of run.events()) expect(event).toBeNull();
    expect(await run.checkpoints()).toEqual(await whole.checkpoints());
    expect(run.suggestedPrompts(3)).toEqual(whole.suggestedPrompts(3));
    const options = { temperature: 0, seed: 1 };
    expect(await run.answer('a b', options)).toEqual(await whole.answer('a b', options));
    // From the same point again.
    const [again, first] = [await run.point(), from].map(({ sums: { '': _, ...sums } }) => sums);
    expect(again).toEqual(first);
    for (const stage of ['forgetting', 'improving', 'warm-up'] as const) {
      const again: string[] = [];
      for await (const event of run.only(stage)) again.push(bitsOfEvent(event));
      const first: string[] = [];
      for await (const event of whole.only(stage)) first.push(bitsOfEvent(event));
      expect(again).toEqual(first);
    }
    await expect(run.point()).rejects.toMatchObject({ name: 'PointRefused', reason: 'strayed' });
    run.dispose();
    whole.dispose();
  });

  it('is not made a step ahead, of a loss that is no number, or after the end of a run that failed', async () => {
    const pace: Pace = { mayRunAhead: true, isAhead: false };
    const ahead = toyRun({ pace });
    const pulled = ahead.events();
    do await pulled.next();
    while (!pace.isAhead);
    await expect(ahead.point()).rejects.toMatchObject({ reason: 'ahead' });
    pace.mayRunAhead = false;
    while (pace.isAhead) await pulled.next();
    expect((await ahead.point()).place?.stage).toBe('sft');
    await pulled.return();
    await expect(ahead.point()).rejects.toMatchObject({ reason: 'ended' });
    ahead.dispose();

    for (const config of [{ sftLearningRate: 1e30 }, { improvingLearningRate: 1e38, maskRule: 'all' as const }]) {
      const run = toyRun({ config });
      const reasons: string[] = [];
      const failing = (async () => {
        for await (const event of run.events()) {
          if (
            event.type !== 'step' ||
            (Number.isFinite(event.metrics.loss) && Number.isFinite(event.metrics.gradientNorm))
          )
            continue;
          reasons.push(
            await run.point().then(
              () => 'made',
              (error) => error.reason,
            ),
          );
        }
      })();
      await expect(failing).rejects.toThrow(/became (NaN|-?Infinity)/);
      expect(reasons).toEqual(['not finite']);
      await expect(run.point()).rejects.toMatchObject({ reason: 'ended' });
      run.dispose();
    }
  });

  it('is not gone on from by another run, which is named', () => {
    const other = (given: Given) => refusal(() => toyRun({ ...given, from: point }));
    expect(other({})).toBeNull();
    // A device that is lost is replaced.
    expect(other({ config: { backend: 'cpu' } })).toBeNull();
    const cases: [Given, string][] = [
      [{ config: { improvingLearningRate: 0.5 } }, 'its setting improvingLearningRate is 0.00003, not 0.5'],
      [{ config: { seed: 2 } }, 'its setting seed is 1, not 2'],
      [{ dataset: { maxSequence: 17 } }, 'its data are not these'],
      [{ split: 'validation' }, 'it reports held-out prompts, not validation ones'],
      [{ snapshots: true }, 'it was not watched'],
      [{ path: true }, 'it was made without a path'],
    ];
    for (const [given, text] of cases) {
      const error = other(given);
      expect(error).toBeInstanceOf(PointError);
      expect(error).toMatchObject({ problem: 'other run', message: expect.stringContaining(text) });
    }
  });

  it('asks for the very model and data that it began with, whatever theirs are called', () => {
    const changes = [
      [{ given: 5 }, 'model', 'Open the folder of that model'],
      [{ data: point.key.data + 1 }, 'data', 'Import the file'],
    ] as const;
    for (const [change, needs, next] of changes)
      expect(refusal(() => expectSameRun(point.key, { ...point.key, ...change }))).toMatchObject({
        ...{ name: 'PointError', problem: 'other run', needs, next: expect.stringContaining(next) },
      });
  });

  it('of a newer version says so', () => {
    expect(refusal(() => readPoint({ ...point, version: 2 }))).toMatchObject({ problem: 'newer' });
  });

  it('that is damaged anywhere is refused with a sentence', () => {
    const rng = createRng(Number(process.env.FUZZ_SEED ?? 1), 'points');
    const { arrays, ...rest } = point;
    expect(refusal(() => readPoint(structuredClone(point)))).toBeNull();
    for (let i = 0; i < 300; i++) {
      const changed = mutateJson(rng, rest);
      const error = refusal(() => readPoint({ ...changed, arrays }));
      // What is as it was is taken: a key was renamed to itself.
      if (error === null) expect(JSON.stringify(changed)).toBe(JSON.stringify(JSON.parse(JSON.stringify(rest))));
      else expect(error).toBeInstanceOf(PointError);
    }
    for (let i = 0; i < 200; i++) {
      const damaged = structuredClone(arrays) as Map<string, Float32Array>;
      const name = rng.pick([...damaged.keys()]);
      const values = damaged.get(name)!;
      const kind = rng.int(4);
      if (kind === 0) damaged.delete(name);
      else if (kind === 1) damaged.set(name, values.slice(1));
      else if (kind === 2) damaged.set(name, new Uint8Array(values.byteLength + 1) as never);
      else if (values.length > 0) {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        const place = rng.int(bytes.length);
        bytes[place] = bytes[place]! ^ (1 << rng.int(8));
      } else continue;
      expect(refusal(() => readPoint({ ...rest, arrays: damaged }))).toBeInstanceOf(PointError);
    }
    for (const odd of [null, undefined, 3, 'x', [], {}, new Map(), { version: 1 }, { version: '1' }])
      expect(refusal(() => readPoint(odd))).toBeInstanceOf(PointError);
  });
});

describe('a checksum', () => {
  it('sees every bit, the length and the order', () => {
    const bytes = Uint8Array.from({ length: 37 }, (_, i) => (i * 37) & 255);
    const sums = new Set([wordSum(bytes)]);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = bytes.slice();
      other[bit >> 3] = other[bit >> 3]! ^ (1 << (bit & 7));
      sums.add(wordSum(other));
    }
    for (let length = 0; length < 37; length++) sums.add(wordSum(bytes.subarray(0, length)));
    sums.add(wordSum(bytes.toReversed()));
    expect(sums.size).toBe(1 + 8 * 37 + 37 + 1);
    // Wherever it lies.
    const moved = new Uint8Array(40);
    moved.set(bytes, 3);
    expect(wordSum(moved.subarray(3))).toBe(wordSum(bytes));
  });

  it.each([Float32Array, Float64Array])('tells finite numbers from others in a %o', (type) => {
    const largest = type === Float32Array ? 3.4e38 : 1.7e308;
    expect(isFiniteArray(type.from([0, -0, 1e-45, largest, -largest]))).toBe(true);
    for (const bad of [Number.NaN, Infinity, -Infinity]) expect(isFiniteArray(type.from([1, bad, 2]))).toBe(false);
  });
});
