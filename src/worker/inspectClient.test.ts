// The client and the session, joined without a worker.
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../core/masks/tensorKinds';
import { writeSafetensors } from '../core/safetensors';
import { ReplacedError } from './atlasClient';
import type { AtlasQuestion } from './atlasProtocol';
import { createInspectClient, InspectError, type InspectPort } from './inspectClient';
import { INSPECT_RUN, type InspectCommand, type InspectProgress, maskOptions } from './inspectProtocol';
import { createInspectSession } from './inspectSession';

const SHAPE = [3000, 40];
const fileOf = (name: string, values: Float32Array) =>
  new File(
    [writeSafetensors([{ name: 'model.layers.0.mlp.up_proj.weight', shape: SHAPE, dtype: 'F32', values }])],
    name,
  );
const BEFORE = fileOf('before.safetensors', new Float32Array(120_000));
const AFTER = fileOf(
  'after.safetensors',
  Float32Array.from({ length: 120_000 }, (_, i) => i),
);
const OPTIONS = { rule: 'most' as const, lower: 0, upper: 25, scope: EVERYTHING };

function setup() {
  const sent: InspectCommand[] = [];
  const ports: (InspectPort & { terminated: boolean })[] = [];
  let crashes = 0;
  const client = createInspectClient(
    () => {
      const session = createInspectSession(
        (message) => queueMicrotask(() => port.onmessage?.({ data: message } as MessageEvent)),
        () => performance.now(),
      );
      const port: InspectPort & { terminated: boolean } = {
        terminated: false,
        onmessage: null,
        onerror: null,
        postMessage(command) {
          sent.push(command);
          void session.handle(command);
        },
        terminate() {
          port.terminated = true;
        },
      };
      ports.push(port);
      return port;
    },
    () => crashes++,
  );
  const open = async () => {
    await client.open('before', [BEFORE]);
    await client.open('after', [AFTER]);
  };
  return { client, sent, ports, open, crashes: () => crashes };
}

const layer = {
  kind: 'mask' as const,
  mask: { from: 'lab' as const, runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
};
const tile: AtlasQuestion = {
  ...{ type: 'tile', layer, tensor: 'model.layers.0.mlp.up_proj.weight', statistic: 'mean' },
  ...{ level: 4, row: 0, column: 0 },
};

describe('createInspectClient', () => {
  it('starts a worker with the first request, tells progress and answers', async () => {
    const { client, ports, open } = setup();
    client.close();
    expect(ports).toHaveLength(0);
    await open();
    const told: InspectProgress[] = [];
    const selection = await client.select(OPTIONS, { onProgress: (progress) => told.push(progress) });
    expect(selection.summary).toMatchObject({ selected: 30_000, total: 120_000 });
    expect(selection.threshold).toBe(90_000);
    expect(told.at(-1)).toMatchObject({ pass: 2, passes: 2, done: 1 });
    // The last quarter of 3000 rows: 187.5 blocks of 16 rows by 3 of 16 columns.
    const blocks = await client.ask(tile as Extract<AtlasQuestion, { type: 'tile' }>);
    expect(blocks).toHaveLength(188 * 3);
    expect(blocks.filter((density) => density === 1)).toHaveLength(47 * 3);
    expect(ports).toHaveLength(1);
  });

  it('rejects with what the worker says', async () => {
    const { client } = setup();
    const opening = client.open('mask', [new File(['x'], 'x.txt')]);
    await expect(opening).rejects.toBeInstanceOf(InspectError);
    await expect(opening).rejects.toMatchObject({ failure: { kind: 'file', file: 'x.txt' } });
  });

  it('stops a job by its signal', async () => {
    const { client, sent, open } = setup();
    await open();
    const controller = new AbortController();
    const selecting = client.select(OPTIONS, { signal: controller.signal });
    controller.abort();
    await expect(selecting).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    expect(sent.at(-1)).toMatchObject({ type: 'inspect.cancel' });
    const never = client.select(OPTIONS, { signal: controller.signal });
    await expect(never).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });

  it('drops questions that nobody wants, sent or not', async () => {
    const { client, sent, open } = setup();
    await open();
    await client.select(OPTIONS);
    const controllers = Array.from({ length: 8 }, () => new AbortController());
    const asked = controllers.map(({ signal }) =>
      client.ask(tile as Extract<AtlasQuestion, { type: 'tile' }>, undefined, signal),
    );
    for (const controller of controllers.toReversed()) controller.abort();
    const outcomes = await Promise.allSettled(asked);
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(ReplacedError);
    }
    expect(sent.filter(({ type }) => type === 'inspect.ask')).toHaveLength(4);
    // The next is answered all the same.
    expect(await client.ask(tile as Extract<AtlasQuestion, { type: 'tile' }>)).toHaveLength(188 * 3);
  });

  it('says when the worker crashes, and starts another', async () => {
    const { client, ports, open, crashes } = setup();
    await open();
    const selecting = client.select(OPTIONS);
    ports[0]!.onerror?.({ message: 'out of memory' } as ErrorEvent);
    await expect(selecting).rejects.toThrow('Reading the files crashed (out of memory).');
    expect([crashes(), ports[0]!.terminated]).toEqual([1, true]);
    await open();
    expect(ports).toHaveLength(2);
    const ended = client.select(OPTIONS);
    client.dispose();
    await expect(ended).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });
});
