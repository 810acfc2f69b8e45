// The store with a made-up worker: what a person does, what the worker says, what is left to see.
import { describe, expect, it } from 'vitest';
import type { OpenedRecords } from '../core/data/openRecords';
import type { RunEvent, TimedStage } from '../core/events';
import { fakeEvents } from '../testing/fakeRun';
import { TINY_MODEL as modelConfig } from '../testing/tinyModel';
import type { BroughtModel, Command, ImportPreview, WorkerMessage } from '../worker/protocol';
import type { WorkerPort } from '../worker/trainerClient';
import { createMemory } from './storage';
import { createStudio } from './studio';
import { activeRun, selectedRun } from './studioState';

function setup(search = '?preset=tiny') {
  const sent: Command[] = [];
  const ports: WorkerPort[] = [];
  const stored = new Map<string, string>();
  const frames: (() => void)[] = [];
  const studio = createStudio(search, {
    createWorker: () => {
      const port: WorkerPort = {
        postMessage: (message) => sent.push(message),
        terminate: () => {},
        onmessage: null,
        onerror: null,
        onmessageerror: null,
      };
      ports.push(port);
      return port;
    },
    createAtlas: () => ({ postMessage: () => {}, terminate: () => {}, onmessage: null, onerror: null }),
    memory: createMemory(() => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => stored.set(key, value),
    })),
    isolation: { by: 'host' },
    schedule: (publish) => frames.push(publish),
    now: () => 0,
    drawSeed: () => 4711,
    openShelf: () => Promise.reject(new Error('refused')),
    openRunStore: () => Promise.reject(new Error('refused')),
    wallTime: () => 0,
    after: () => {},
  });
  const say = (message: WorkerMessage) => ports.at(-1)!.onmessage!({ data: message } as MessageEvent);
  const frame = () => frames.shift()?.();
  const runId = () => studio.store.getState().activeId!;
  const finish = () => {
    say({ type: 'run.events', runId: runId(), events: [...fakeEvents('done', { preset: 'tiny' })] });
    say({ type: 'run.phase', runId: runId(), phase: 'done' });
    frame();
  };
  return { studio, sent, stored, frames, say, frame, runId, finish, state: studio.store.getState };
}

const error = { message: 'no', next: 'n', detail: 'd' };

describe('runs', () => {
  it('starts with the settings of the address and publishes once a frame', () => {
    const t = setup('?preset=tiny&seed=7');
    t.studio.start();
    expect(t.sent).toMatchObject([
      { type: 'run.start', config: { preset: 'tiny', seed: 7 }, dataId: null, paused: false },
    ]);
    let published = 0;
    t.studio.store.subscribe(() => published++);
    t.say({ type: 'run.phase', runId: t.runId(), phase: 'running' });
    t.say({ type: 'run.events', runId: t.runId(), events: [...fakeEvents('mask', { preset: 'tiny' })] });
    expect([published, t.frames.length]).toEqual([0, 1]);
    t.frame();
    expect(published).toBe(1);
    expect(selectedRun(t.state())).toMatchObject({ phase: 'running', stages: expect.any(Array) });
  });

  it('keeps the finished run selectable, and selected when the next one cannot even begin', () => {
    const t = setup();
    t.studio.start();
    t.finish();
    const first = t.runId();
    t.studio.newSeed();
    expect(t.state().config.seed).toBe(4711);
    expect(t.state().runs).toHaveLength(2);
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    expect(t.state().failure).toMatchObject({ error });
    expect(selectedRun(t.state())).toMatchObject({ id: first, phase: 'done' });
    expect(activeRun(t.state())!.id).toBe(first);
  });

  it('a run that fails on its way stays to be looked at', () => {
    const t = setup();
    t.studio.start();
    t.say({ type: 'run.events', runId: t.runId(), events: [...fakeEvents('warm-up', { preset: 'tiny' })] });
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    expect(selectedRun(t.state())).toMatchObject({
      phase: 'failed',
      failure: { ...error, cause: 'other', resumable: false },
    });
    expect(t.state().failure).toBeNull();
  });

  it('stepping without a run starts one at rest and steps it', () => {
    const t = setup();
    t.studio.step();
    expect(t.sent.map(({ type }) => type)).toEqual(['run.start', 'run.step']);
    expect(t.sent[0]).toMatchObject({ paused: true });
  });

  it('waits for the model where one of one’s own is wanted', () => {
    const t = setup();
    t.studio.wantModel(true);
    for (const act of [t.studio.start, t.studio.step, t.studio.stageEnd, t.studio.newSeed]) {
      t.studio.setView('data');
      t.studio.dismissFailure();
      act();
      expect([t.state().view, t.state().failure!.name]).toEqual(['run', 'A run on your own model']);
    }
    expect([t.state().runs, t.state().inputs]).toEqual([[], { preset: 'tiny' }]);
    expect(t.sent).toEqual([]);
    expect(t.state().failure!.error.next).toBe('Open a model’s folder, or choose the built-in one.');
    t.studio.wantModel(false);
    t.studio.start();
    expect(t.state().runs).toHaveLength(1);
  });

  it('transport is silent when nothing runs', () => {
    const t = setup();
    for (const act of [t.studio.pause, t.studio.resume, t.studio.stop]) act();
    t.studio.start();
    t.finish();
    t.studio.pause();
    t.studio.stop();
    expect(t.sent.map(({ type }) => type)).toEqual(['run.start']);
  });

  it('names two runs of one seed apart and keeps six', () => {
    const t = setup();
    for (let n = 0; n < 8; n++) t.studio.start();
    const names = t.state().runs.map(({ name }) => name);
    expect(names).toHaveLength(6);
    expect(new Set(names).size).toBe(6);
  });

  it('gives a new run the colour of the one that had to go; the others keep theirs', () => {
    const t = setup();
    const slots = () => t.state().runs.map(({ id, slot }) => [id, slot]);
    for (let n = 0; n < 6; n++) t.studio.start();
    const before = slots();
    expect(before.map(([, slot]) => slot)).toEqual([0, 1, 2, 3, 4, 5]);
    t.studio.start();
    expect(slots().slice(0, 5)).toEqual(before.slice(1));
    expect(slots()[5]![1]).toBe(0);
    // A run that fails at once leaves its colour to the next.
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    t.studio.start();
    expect(slots()[5]![1]).toBe(0);
  });
});

describe('the time line', () => {
  const snapshot = (stage: TimedStage, step: number): RunEvent => ({
    ...{ type: 'snapshot', stage, step, total: 2, answers: [], klToSft: 0 },
    ...{ policy: [Float32Array.of(-step)], reference: [Float32Array.of(0)] },
  });
  const tell = (t: ReturnType<typeof setup>, ...events: RunEvent[]) => {
    t.say({ type: 'run.events', runId: t.runId(), events });
    t.frame();
  };
  const line = [0, 1, 2].map((step) => snapshot('warm-up', step));

  it('keeps log-probs out of the state and drops them with the run', async () => {
    const t = setup();
    t.studio.start();
    const first = t.runId();
    tell(t, ...line);
    expect(selectedRun(t.state())!.moments).toEqual(
      [0, 1, 2].map((step) => ({ stage: 'warm-up', step, total: 2, answers: [], klToSft: 0 })),
    );
    expect((await t.studio.snapshots.get(first, 'warm-up-2'))?.policy).toEqual([Float32Array.of(-2)]);
    expect(t.studio.snapshots.held()).toMatchObject({ count: 3, memoryBytes: 24 });
    for (let n = 0; n < 6; n++) t.studio.start();
    expect(t.studio.snapshots.held().count).toBe(0);
    t.say({ type: 'run.events', runId: first, events: line });
    expect(t.studio.snapshots.held().count).toBe(0);
  });

  it('keeps as much in memory as was chosen, at once and at the next visit', () => {
    const t = setup();
    expect(t.studio.snapshots.held().capBytes).toBe(64e6);
    t.studio.setSnapshotMegabytes(0.5);
    expect(t.state().snapshotMegabytes).toBe(0.5);
    expect(t.studio.snapshots.held().capBytes).toBe(5e5);
    expect(t.stored.get('allo-studio.snapshots')).toBe('0.5');
  });

  it('moves by one, follows the latest at its end, and forgets the place with the run', () => {
    const t = setup();
    t.studio.start();
    tell(t, ...line);
    t.studio.moveMoment(-1);
    expect(t.state().moment).toBe(1);
    t.studio.moveMoment(1);
    expect(t.state().moment).toBeNull();
    t.studio.setMoment(0);
    t.studio.start();
    expect(t.state().moment).toBeNull();
  });

  it('waits for the moment of the address, and gives it up when a person moves', () => {
    const t = setup('?preset=tiny&at=warm-up-1');
    t.studio.start();
    tell(t, line[0]!);
    expect([t.state().moment, t.state().at]).toEqual([null, { stage: 'warm-up', step: 1 }]);
    tell(t, line[1]!, line[2]!);
    expect([t.state().moment, t.state().at, t.state().addressProblems]).toEqual([1, null, []]);

    const other = setup('?preset=tiny&at=improving-9');
    other.studio.start();
    tell(other, ...line);
    other.studio.setMoment(0);
    expect(other.state().at).toBeNull();
  });

  it('says that the address has a moment which never came', () => {
    const t = setup('?preset=tiny&at=improving-9');
    t.studio.start();
    tell(t, ...line);
    t.say({ type: 'run.phase', runId: t.runId(), phase: 'stopped' });
    t.frame();
    expect(t.state().addressProblems).toMatchObject([{ field: 'at', message: expect.stringContaining('latest') }]);
  });

  it('one stage alone shows the run that the worker holds, at its latest', () => {
    const t = setup();
    t.studio.start();
    tell(t, ...line);
    t.studio.setMoment(0);
    t.studio.only('warm-up');
    expect(t.sent.at(-1)).toEqual({ type: 'run.only', runId: t.runId(), stage: 'warm-up', slowly: false });
    expect(t.state().moment).toBeNull();
    t.studio.setSlow('waiting');
    t.studio.only('warm-up');
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.only', slowly: true });
    expect(t.state().slow).toBe('going');
  });

  it('slow motion asks every step for its anatomy', () => {
    const t = setup();
    t.studio.start();
    t.studio.step();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.step', anatomy: false });
    t.studio.setSlow('waiting');
    t.studio.step();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.step', anatomy: true });
  });
});

describe('settings', () => {
  it('report a bad value at its field, use a good one, and are remembered', () => {
    const t = setup();
    t.studio.setField('beta', 'x');
    expect(t.state().problems).toMatchObject([{ field: 'beta' }]);
    expect(t.state().config.beta).toBe(0.1);
    t.studio.setField('beta', '0.3');
    expect([t.state().problems, t.state().config.beta]).toEqual([[], 0.3]);
    expect(JSON.parse(t.stored.get('allo-studio.settings')!)).toEqual({ preset: 'tiny', beta: '0.3' });
    t.studio.resetField('beta');
    expect(t.state().config.beta).toBe(0.1);
  });

  it('a preset keeps seed and backend and drops the rest', () => {
    const t = setup('?preset=tiny&seed=7&backend=cpu&layers=3');
    t.studio.choosePreset('default');
    expect(t.state().inputs).toEqual({ seed: '7', backend: 'cpu' });
  });
});

describe('files', () => {
  const preview: ImportPreview = {
    modelId: null,
    dataId: 'data-1',
    fileName: 'x.jsonl',
    kind: 'answers',
    records: 60,
    usable: 53,
    droppedTooLong: 0,
    repeated: 0,
    withoutAnswer: 0,
    hasAnswers: true,
    trainQuestions: 45,
    heldOutQuestions: 5,
    promptTokens: { median: 11, longest: 12 },
    responseTokens: { median: 11, longest: 13 },
    vocabularySize: 291,
    problems: [],
    unit: 'line',
    problemCount: 0,
    examples: [],
    table: null,
  };
  const choose = async (t: ReturnType<typeof setup>, answer: (requestId: string) => WorkerMessage) => {
    const done = t.studio.importFile(new File(['x'], 'x.jsonl'));
    const { requestId } = t.sent.findLast((command) => command.type === 'data.import') as { requestId: string };
    t.say(answer(requestId));
    await done;
  };

  it('are previewed, taken for the next run, and given up again with the old settings back', async () => {
    const t = setup('?preset=tiny&seed=7');
    await choose(t, (requestId) => ({ type: 'data.preview', requestId, answer: { status: 'preview', preview } }));
    expect(t.state()).toMatchObject({ importing: { status: 'preview' }, file: null });
    t.studio.takeImport();
    t.studio.start();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.start', dataId: 'data-1', config: { seed: 7, maxNewTokens: 24 } });
    t.studio.useBuiltin();
    expect(t.state()).toMatchObject({ file: null, inputs: { preset: 'tiny', seed: '7' } });
    expect(t.stored.get('allo-studio.settings')).toBe('{"preset":"tiny","seed":"7"}');
  });

  it('records are opened beside a preview that is still to be taken, and refused ones lose nothing', async () => {
    const t = setup('?preset=tiny&seed=7');
    await choose(t, (requestId) => ({ type: 'data.preview', requestId, answer: { status: 'preview', preview } }));
    const before = t.state();
    const base = { name: 'g.jsonl', unit: 'line', problems: [], problemCount: 0 } as const;
    const records: OpenedRecords = {
      ...{ ...base, kind: 'generations', told: [false, null], texts: ['The answer is 1', 'The answer is 2'] },
      prompts: [{ id: 0, family: '', text: 'q', tokens: [], gold: [0, -1] }],
      responses: [
        { id: 0, promptId: 0, tokens: [0, -1], correct: true, ended: true, copies: 1 },
        { id: 1, promptId: 0, tokens: [1, -1], correct: false, ended: true, copies: 1 },
      ],
    };
    await choose(t, (requestId) => ({ type: 'data.preview', requestId, answer: { status: 'records', records } }));
    expect(t.state()).toMatchObject({ view: 'data', records: { generations: { records, isShown: true } } });
    const kept = ['importing', 'file', 'inputs', 'config', 'runs', 'model'] as const;
    for (const name of kept) expect(t.state()[name]).toBe(before[name]);

    const done = t.studio.records.open(new File(['x'], 'bad.jsonl'));
    const ask = t.sent.at(-1);
    expect(ask).toMatchObject({ type: 'data.import', recordsOnly: true });
    expect(t.state().records.reading).toBe('bad.jsonl');
    const error = { message: 'Line 1 …', next: 'Choose another file.', detail: '' };
    t.say({ type: 'request.failed', requestId: (ask as { requestId: string }).requestId, error });
    await done;
    expect(t.state().records).toMatchObject({
      reading: null,
      refused: { fileName: 'bad.jsonl', error },
      generations: { records },
    });
    for (const name of kept) expect(t.state()[name]).toBe(before[name]);

    expect(await t.studio.records.pairFile()!.text()).toBe(
      '{"prompt":"q","chosen":"The answer is 1","rejected":"The answer is 2"}\n',
    );
    t.studio.records.close('generations');
    expect([t.state().records.generations, t.studio.records.pairFile()]).toEqual([null, null]);
  });

  const opened = {
    ...{ modelId: 'model-1', name: 'mine', modelType: 'llama', parameters: 2000, notes: [], carried: [] },
    config: { ...modelConfig, maxPositions: 64 },
    checkpoint: { format: 'safetensors', files: 1, bytes: 8000, dtypes: [] },
    tokenizer: { tokens: 300, form: 'plain', startToken: null, endTokens: [], example: [] },
  } as const satisfies BroughtModel;
  const open = async (t: ReturnType<typeof setup>, answer: (requestId: string) => WorkerMessage) => {
    const done = t.studio.models.open([{ name: 'config.json', blob: new Blob(['{}']) }], 'mine');
    const { requestId } = t.sent.findLast((command) => command.type === 'model.open') as { requestId: string };
    const progress = { label: 'Reading', done: 1, total: 2, unit: 'files' } as const;
    t.say({ type: 'model.progress', requestId, progress });
    expect(t.state().modelOpening).toMatchObject({ status: 'opening', name: 'mine', bytes: 2, progress });
    t.say(answer(requestId));
    await done;
  };
  const asPreview =
    (changes: Partial<ImportPreview> = {}) =>
    (requestId: string): WorkerMessage => ({
      ...{ type: 'data.preview', requestId },
      answer: { status: 'preview', preview: { ...preview, ...changes } },
    });

  it('forgetting records that are open are split anew by the tokenizer of a model that is opened', async () => {
    const t = setup('?preset=tiny');
    const base = { kind: 'forgetting', name: 'f.jsonl', unit: 'line', problems: [], problemCount: 0 } as const;
    const [one, two] = [Float64Array.of(0.5, 1), Float64Array.of(-1, -2)];
    const records = [{ input: 'q', output: 'a', reward: one, ref_prob: two, probability: null }];
    const answered = (opened: OpenedRecords) => (requestId: string) =>
      ({ type: 'data.preview', requestId, answer: { status: 'records', records: opened } }) as const;
    await choose(t, answered({ ...base, records, pieces: null }));
    t.studio.records.show('forgetting', false);
    await open(t, (requestId) => ({ type: 'model.opened', requestId, model: opened }));
    const ask = t.sent.findLast((command) => command.type === 'data.import');
    expect(ask).toMatchObject({ recordsOnly: true, modelId: 'model-1' });
    const pieces = { tokens: [[7, 8]], vocabulary: new Map([[7, 'a']]), specialIds: [8] };
    t.say(answered({ ...base, records, pieces })((ask as { requestId: string }).requestId));
    await new Promise((resolve) => setTimeout(resolve));
    expect(t.state()).toMatchObject({
      view: 'tokens',
      records: { forgetting: { records: { pieces }, isShown: false } },
    });
  });

  it('are read again in the tokens of a model that is opened, which the next run begins with', async () => {
    const t = setup('?seed=7&layers=5&preset=scratch');
    await choose(t, asPreview());
    t.studio.takeImport();
    await open(t, (requestId) => ({ type: 'model.opened', requestId, model: opened }));
    expect(t.state()).toMatchObject({ model: opened, modelOpening: { status: 'none' } });
    const again = t.sent.findLast((command) => command.type === 'data.import')!;
    expect(again).toMatchObject({ modelId: 'model-1', maxSequence: 64, fileName: 'x.jsonl' });
    t.say(asPreview({ dataId: 'data-2', modelId: 'model-1' })(again.requestId));
    await new Promise((resolve) => setTimeout(resolve));
    expect(t.state()).toMatchObject({ file: { dataId: 'data-2' }, importing: { status: 'none' }, problems: [] });
    t.studio.start();
    expect(t.sent.at(-1)).toMatchObject({
      ...{ type: 'run.start', dataId: 'data-2', modelId: 'model-1' },
      config: { seed: 7, preset: 'default', sftStart: 'shipped', rewardSource: 'train' },
    });
    expect(selectedRun(t.state())!.modelName).toBe('mine');
    const progress = { label: 'Reading weights', done: 1, total: 2, unit: 'bytes' } as const;
    t.say({ type: 'run.loading', runId: t.runId(), progress });
    expect(t.state().loading).toEqual({ runId: t.runId(), progress });
    t.say({ type: 'run.loading', runId: t.runId(), progress: null });
    expect(t.state().loading).toBeNull();
  });

  it('are what a model of one’s own needs: without one nothing starts, and what goes wrong changes nothing', async () => {
    const t = setup();
    await open(t, (requestId) => ({ type: 'request.failed', requestId, error }));
    expect(t.state()).toMatchObject({ model: null, modelOpening: { status: 'failed', name: 'mine', error } });
    await open(t, (requestId) => ({ type: 'model.opened', requestId, model: opened }));
    t.studio.start();
    expect(t.sent.some(({ type }) => type === 'run.start')).toBe(false);
    expect(t.state().failure!.error.next).toMatch(/Choose a data file/);
    t.studio.models.drop();
    expect(t.sent.at(-1)).toEqual({ type: 'model.close', modelId: 'model-1' });
    t.studio.start();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.start', modelId: null });
  });

  it('of a fine-tuned model come back as blobs, or not at all', async () => {
    const t = setup();
    t.studio.start();
    const saving = t.studio.models.save('run-1');
    const { requestId } = t.sent.at(-1) as { requestId: string };
    const saved = { name: 'mine', files: [], parameters: 2, changed: 1, roundedAway: 0 };
    t.say({ type: 'model.saved', requestId, saved });
    expect(await saving).toEqual(saved);
    const failing = t.studio.models.save('run-1');
    t.studio.models.cancelSaving();
    const asked = t.sent.at(-1) as { type: string; requestId: string };
    expect(asked.type).toBe('request.cancel');
    t.say({ type: 'request.failed', requestId: asked.requestId, error });
    expect(await failing).toBeNull();
    expect(t.state().modelSaving).toEqual({ status: 'none' });
  });

  it('that cannot be used change nothing', async () => {
    const t = setup();
    t.studio.start();
    t.finish();
    await choose(t, (requestId) => ({ type: 'request.failed', requestId, error }));
    expect(t.state()).toMatchObject({ importing: { status: 'failed', error }, file: null });
    expect(selectedRun(t.state())!.phase).toBe('done');
  });
});
