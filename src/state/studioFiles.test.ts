// Files and models that the studio is given, with a made-up worker.
import { describe, expect, it } from 'vitest';
import type { OpenedRecords } from '../core/data/openRecords';
import { setup } from '../testing/studioRig';
import { TINY_MODEL as modelConfig } from '../testing/tinyModel';
import type { BroughtModel, ImportPreview, WorkerMessage } from '../worker/protocol';
import { selectedRun } from './studioState';

const error = { message: 'no', next: 'n', detail: 'd' };

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
