import { describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { type BroughtModel, type Command, isCommand, isWorkerMessage, type WorkerMessage } from './protocol';
import { createTrainerClient, RequestError, type WorkerPort } from './trainerClient';

function setup() {
  const ports: (WorkerPort & { sent: Command[]; terminated: boolean })[] = [];
  const heard: unknown[] = [];
  const client = createTrainerClient(
    () => {
      const port = {
        sent: [] as Command[],
        terminated: false,
        onmessage: null,
        onerror: null,
        onmessageerror: null,
        postMessage(message: Command) {
          this.sent.push(message);
        },
        terminate() {
          this.terminated = true;
        },
      };
      ports.push(port);
      return port;
    },
    {
      onEvents: (runId, events) => heard.push(['events', runId, events.length]),
      onPhase: (runId, phase) => heard.push(['phase', runId, phase]),
      onLoading: (runId, progress) => heard.push(['loading', runId, progress]),
      onSaved: (runId, { savedId, savedAt }) => heard.push(['saved', runId, savedId, savedAt]),
      onSaveTrouble: (runId, { kind }) => heard.push(['save trouble', runId, kind]),
      onFailed: (runId, error) => heard.push(['failed', runId, error.message]),
    },
  );
  const say = (message: WorkerMessage | unknown) => ports.at(-1)!.onmessage!({ data: message } as MessageEvent);
  return { client, ports, heard, say };
}

describe('trainer client', () => {
  it('matches answers to requests by id, whatever the order', async () => {
    const { client, ports, say } = setup();
    const first = client.prompts('a', 1);
    const second = client.prompts('a', 2);
    const ids = ports[0]!.sent.map((command) => ('requestId' in command ? command.requestId : ''));
    say({ type: 'probe.prompts', requestId: ids[1]!, prompts: [{ text: 'two', family: 'qa' }] });
    say({ type: 'probe.prompts', requestId: ids[0]!, prompts: [{ text: 'one', family: 'qa' }] });
    expect((await first)[0]!.text).toBe('one');
    expect((await second)[0]!.text).toBe('two');
  });

  it('tells every worker to leave room, also one that starts later', () => {
    const { client, ports } = setup();
    client.leaveRoom(false);
    client.leaveRoom(true);
    expect(ports).toHaveLength(0);
    client.pause('a');
    expect(ports[0]!.sent).toEqual([
      { type: 'room.leave', leavesRoom: true },
      { type: 'run.pause', runId: 'a' },
    ]);
    client.leaveRoom(true);
    client.leaveRoom(false);
    expect(ports[0]!.sent.slice(2)).toEqual([{ type: 'room.leave', leavesRoom: false }]);
    ports[0]!.onerror!({ message: 'gone' } as ErrorEvent);
    client.leaveRoom(true);
    client.pause('a');
    expect(ports[1]!.sent[0]).toEqual({ type: 'room.leave', leavesRoom: true });
  });

  it('rejects with what to do next, and on an answer of the wrong kind', async () => {
    const { client, ports, say } = setup();
    const refused = client.generate('a', 'p', { temperature: 0, seed: 1 });
    const wrong = client.prompts('a', 1);
    const ids = ports[0]!.sent.map((command) => ('requestId' in command ? command.requestId : ''));
    say({ type: 'request.failed', requestId: ids[0]!, error: { message: 'no', next: 'pause', detail: 'd' } });
    say({ type: 'data.preview', requestId: ids[1]!, answer: {} });
    await expect(refused).rejects.toMatchObject({ message: 'no', next: 'pause' });
    await expect(wrong).rejects.toBeInstanceOf(RequestError);
  });

  it('drops what is no message', () => {
    const { client, heard, say } = setup();
    client.start('a', presetConfig('tiny'), { dataId: null, modelId: null, paused: false, saved: null });
    for (const data of [null, 3, 'run.phase', {}, { type: 'nonsense' }, { type: 'toString' }]) say(data);
    say({ type: 'run.phase', runId: 'a', phase: 'running' });
    expect(heard).toEqual([['phase', 'a', 'running']]);
  });

  it('tells a crash as a failure of the active run and of waiting requests, then starts a new worker', async () => {
    const { client, ports, heard } = setup();
    client.start('a', presetConfig('tiny'), { dataId: null, modelId: null, paused: false, saved: null });
    const waiting = client.checkBackend('cpu');
    ports[0]!.onerror!({ message: 'boom', filename: 'w.js', lineno: 3 } as ErrorEvent);
    await expect(waiting).rejects.toMatchObject({ message: 'The training worker crashed.', detail: 'boom (w.js:3)' });
    expect(heard).toEqual([['failed', 'a', 'The training worker crashed.']]);
    expect(ports[0]!.terminated).toBe(true);
    client.start('b', presetConfig('tiny'), { dataId: null, modelId: null, paused: false, saved: null });
    expect(ports).toHaveLength(2);
    expect(ports[1]!.sent[0]).toMatchObject({ type: 'run.start', runId: 'b' });
  });

  it('a crash after the run is over fails nothing that is finished', () => {
    const { client, ports, heard, say } = setup();
    client.start('a', presetConfig('tiny'), { dataId: null, modelId: null, paused: false, saved: null });
    say({ type: 'run.phase', runId: 'a', phase: 'done' });
    ports[0]!.onmessageerror!({} as MessageEvent);
    expect(heard).toEqual([['phase', 'a', 'done']]);
  });
});

describe('after a crash', () => {
  const model = { name: 'mine' } as BroughtModel;
  const files = [{ name: 'config.json', blob: new Blob(['{}']) }];
  const options = { vocabularySize: 9, maxSequence: 64, mapping: null, recordsOnly: false };
  const config = presetConfig('tiny');

  /** A model and data in its tokens, open in a worker that then crashes. */
  async function opened() {
    const t = setup();
    const sent = () => t.ports.at(-1)!.sent.map((command) => ({ ...command, requestId: undefined }));
    const requestId = () => (t.ports.at(-1)!.sent.at(-1) as { requestId: string }).requestId;
    const answer = async (message: object) => {
      t.say({ ...message, requestId: requestId() });
      // What waits for it goes on.
      await new Promise((resolve) => setTimeout(resolve));
    };
    const opening = t.client.openModel(files, 'mine');
    await answer({ type: 'model.opened', model });
    await opening;
    const importing = t.client.importFile(new Blob(['x']), 'x.jsonl', { ...options, modelId: 'model-1' });
    await answer({ type: 'data.preview', answer: { status: 'preview' } });
    await importing;
    const before = sent();
    expect(before.map(({ type }) => type)).toEqual(['model.open', 'data.import']);
    const crash = () => t.ports.at(-1)!.onerror!({ message: 'boom' } as ErrorEvent);
    return { ...t, sent, answer, crash, before };
  }

  it('what was open is opened again in the next worker, under its handles, before the run that needs it', async () => {
    const t = await opened();
    t.crash();
    t.client.start('a', config, { dataId: 'data-1', modelId: 'model-1', paused: true, saved: null });
    t.client.step('a');
    expect(t.sent()).toEqual([t.before[0]]);
    const progress = { label: 'Reading', done: 1, total: 2, unit: 'files' } as const;
    t.say({ type: 'model.progress', requestId: (t.ports[1]!.sent[0] as { requestId: string }).requestId, progress });
    await t.answer({ type: 'model.opened', model });
    expect(t.sent()).toEqual(t.before);
    await t.answer({ type: 'data.preview', answer: { status: 'preview' } });
    expect(t.sent().slice(2)).toMatchObject([
      { type: 'run.start', runId: 'a', dataId: 'data-1', modelId: 'model-1' },
      { type: 'run.step', runId: 'a' },
    ]);
    expect(t.heard).toContainEqual(['loading', 'a', progress]);
    // It is there now, also after the next crash.
    t.client.start('b', config, { dataId: 'data-1', modelId: 'model-1', paused: true, saved: null });
    expect(t.sent().at(-1)).toMatchObject({ type: 'run.start', runId: 'b' });
    t.crash();
    void t.client.importFile(new Blob(['y']), 'y.jsonl', { ...options, modelId: 'model-1' }).catch(() => {});
    expect(t.sent()).toEqual([t.before[0]]);
  });

  it('nothing is opened that nobody needs, or that was closed', async () => {
    const t = await opened();
    t.crash();
    t.client.start('a', config, { dataId: null, modelId: null, paused: false, saved: null });
    expect(t.sent().map(({ type }) => type)).toEqual(['run.start']);
    t.client.closeModel('model-1');
    t.client.start('b', config, { dataId: null, modelId: 'model-1', paused: false, saved: null });
    expect(t.sent().map(({ type }) => type)).toEqual(['run.start', 'model.close', 'run.start']);
  });

  it('what cannot be opened again is left to the worker to tell, and what crashes it is not tried twice', async () => {
    const t = await opened();
    t.crash();
    t.client.start('a', config, { dataId: 'data-1', modelId: null, paused: false, saved: null });
    await t.answer({ type: 'request.failed', error: { message: 'gone', next: '', detail: '' } });
    expect(t.sent().map(({ type }) => type)).toEqual(['model.open', 'data.import']);
    t.crash();
    expect(t.heard.at(-1)).toEqual(['failed', 'a', 'The training worker crashed.']);
    t.client.start('b', config, { dataId: 'data-1', modelId: 'model-1', paused: false, saved: null });
    expect(t.sent().map(({ type }) => type)).toEqual(['run.start']);
  });
});

describe('guards', () => {
  it('know commands from messages and both from anything else', () => {
    expect(isCommand({ type: 'run.pause', runId: 'a' })).toBe(true);
    expect(isCommand({ type: 'run.phase', runId: 'a' })).toBe(false);
    expect(isWorkerMessage({ type: 'run.phase', runId: 'a', phase: 'done' })).toBe(true);
    expect(isWorkerMessage({ type: 'run.pause' })).toBe(false);
    for (const data of [undefined, null, 0, '', [], { type: 1 }, { type: 'constructor' }]) {
      expect(isCommand(data)).toBe(false);
      expect(isWorkerMessage(data)).toBe(false);
    }
  });
});
