import { expect, it } from 'vitest';
import type { RunEvent } from '../core/events';
import { createOutbox } from './outbox';
import type { WorkerMessage } from './protocol';

const notice = (text: string): RunEvent => ({ type: 'notice', level: 'info', stage: null, text });

function setup() {
  const sent: { message: WorkerMessage; transfer: ArrayBuffer[] }[] = [];
  let time = 1000;
  const outbox = createOutbox(
    'run-1',
    (message, transfer) => sent.push({ message, transfer }),
    () => time,
  );
  const texts = () =>
    sent.map(
      ({ message }) => message.type === 'run.events' && message.events.map((event) => 'text' in event && event.text),
    );
  return {
    ...{ outbox, sent, texts },
    pass(ms: number) {
      time += ms;
    },
  };
}

it('sends what came within a tenth of a second in one message, in order', () => {
  const t = setup();
  for (const text of ['a', 'b']) t.outbox.add(notice(text));
  t.pass(99);
  t.outbox.add(notice('c'));
  expect(t.texts()).toEqual([]);
  t.pass(1);
  t.outbox.add(notice('d'));
  t.outbox.add(notice('e'));
  expect(t.texts()).toEqual([['a', 'b', 'c', 'd']]);
  t.outbox.flush();
  t.outbox.flush();
  expect(t.texts()).toEqual([['a', 'b', 'c', 'd'], ['e']]);
});

it('sends earlier what holds 8 MB, and hands its arrays over', () => {
  const t = setup();
  const weights = (bytes: number): RunEvent => ({
    ...{ type: 'weights', moment: 'sft' },
    tensors: [new Float32Array(bytes / 4)],
  });
  t.outbox.add(weights(4 << 20));
  expect(t.sent).toEqual([]);
  t.outbox.add(weights(4 << 20));
  expect(t.sent.map(({ transfer }) => transfer.map(({ byteLength }) => byteLength))).toEqual([[4 << 20, 4 << 20]]);
});
