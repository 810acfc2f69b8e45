import { expect, test } from 'vitest';
import { type AtlasPort, createAtlasClient, ReplacedError } from './atlasClient';
import type { AtlasCommand, AtlasMessage } from './atlasProtocol';

function setup() {
  const sent: AtlasCommand[] = [];
  const port: AtlasPort = {
    postMessage: (command) => sent.push(command),
    terminate: () => {},
    onmessage: null,
    onerror: null,
  };
  const client = createAtlasClient(
    () => port,
    () => {},
  );
  const say = (message: AtlasMessage) => port.onmessage?.({ data: message } as MessageEvent);
  const next = (row: number) => ({
    ...({ type: 'next', tensor: 't', direction: 1 } as const),
    ...({ mask: { from: 'file', fileId: 'f' }, from: { row, column: 0 } } as const),
  });
  const rows = () =>
    sent.map((one) => (one.type === 'atlas.ask' && one.question.type === 'next' ? one.question.from?.row : null));
  return { client, say, next, rows };
}

test('in a lane the latest question wins: one under way, one waiting, the rest replaced', async () => {
  const { client, say, next, rows } = setup();
  const first = client.ask(next(1), 'slider');
  const second = client.ask(next(2), 'slider');
  const third = client.ask(next(3), 'slider');
  await expect(second).rejects.toBeInstanceOf(ReplacedError);
  expect(rows()).toEqual([1]);
  say({ type: 'atlas.answer', requestId: 'atlas-1', answer: { type: 'next', value: null } });
  expect(await first).toBeNull();
  expect(rows()).toEqual([1, 3]);
  say({ type: 'atlas.failed', requestId: 'atlas-3', message: 'gone' });
  await expect(third).rejects.toThrow('gone');
  void client.ask(next(4), 'slider');
  expect(rows()).toEqual([1, 3, 4]);
});
