import { describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import type { Job } from '../core/study/job';
import { resultOf } from '../testing/studyWorld';
import { createStudyClient, type StudyPort } from './studyClient';
import { isStudyCommand, isStudyMessage, type StudyCommand } from './studyProtocol';

const job: Job = { kind: 'arm', config: presetConfig('tiny'), split: 'held-out' };

function setup() {
  const ports: (StudyPort & { sent: StudyCommand[]; isEnded: boolean })[] = [];
  const heard: unknown[] = [];
  const client = createStudyClient(
    () => {
      const port = {
        ...{ sent: [] as StudyCommand[], isEnded: false, onmessage: null, onerror: null, onmessageerror: null },
        postMessage(message: StudyCommand) {
          this.sent.push(message);
        },
        terminate() {
          this.isEnded = true;
        },
      };
      ports.push(port);
      return port;
    },
    {
      onProgress: (...given) => heard.push(['progress', ...given]),
      onResult: (key, { arm }) => heard.push(['result', key, arm]),
      onFailed: (key, { message }) => heard.push(['failed', key, message]),
      onIdle: () => heard.push(['idle']),
      onCrash: ({ message, detail }) => heard.push(['crash', message, detail]),
    },
  );
  const say = (data: unknown, port = ports.at(-1)!) => port.onmessage!({ data } as MessageEvent);
  return { client, ports, heard, say };
}

describe('study client', () => {
  it('starts its worker with the first job, which hears of the room first', () => {
    const { client, ports } = setup();
    client.leaveRoom(true);
    client.pause();
    client.resume();
    expect(ports).toHaveLength(0);
    client.run([job]);
    client.pause();
    expect(ports[0]!.sent).toEqual([
      { type: 'study.room', leavesRoom: true },
      { type: 'study.run', jobs: [job] },
      { type: 'study.pause' },
    ]);
  });

  it('passes on what it hears, and drops what is no message', () => {
    const { client, heard, say } = setup();
    client.run([job]);
    for (const data of [null, 3, {}, { type: 'nonsense' }, { type: 'study.run' }, { type: 'toString' }]) say(data);
    say({ type: 'study.progress', key: 'k', share: 0.5, label: 'improving' });
    say({ type: 'study.result', key: 'k', result: resultOf(job, {}) });
    say({ type: 'study.failed', key: 'l', error: { message: 'no', next: '', detail: '' } });
    say({ type: 'study.idle' });
    expect(heard).toEqual([
      ['progress', 'k', 0.5, 'improving'],
      ['result', 'k', 'allo'],
      ['failed', 'l', 'no'],
      ['idle'],
    ]);
  });

  it('ends the worker at a stop, hears nothing of it any more, and starts a new one', () => {
    const { client, ports, heard, say } = setup();
    client.run([job]);
    client.stop();
    expect(ports[0]!.isEnded).toBe(true);
    say({ type: 'study.idle' });
    ports[0]!.onerror!({ message: 'late' } as ErrorEvent);
    expect(heard).toEqual([]);
    client.run([job]);
    say({ type: 'study.idle' });
    expect(ports).toHaveLength(2);
    expect(heard).toEqual([['idle']]);
  });

  it('tells a crash in words', () => {
    const { client, ports, heard } = setup();
    client.run([job]);
    ports[0]!.onerror!({ message: 'boom', filename: 'w.js', lineno: 3 } as ErrorEvent);
    expect(heard).toEqual([['crash', 'The worker of the lab crashed.', 'boom (w.js:3)']]);
    expect(ports[0]!.isEnded).toBe(true);
    client.run([job]);
    ports[1]!.onmessageerror!({} as MessageEvent);
    expect(heard[1]).toEqual(['crash', 'The worker of the lab crashed.', 'A message could not be read.']);
  });
});

it('guards know commands from messages and both from anything else', () => {
  expect(isStudyCommand({ type: 'study.stop' })).toBe(true);
  expect(isStudyCommand({ type: 'study.idle' })).toBe(false);
  expect(isStudyMessage({ type: 'study.idle' })).toBe(true);
  for (const data of [undefined, null, 0, '', [], { type: 1 }, { type: 'constructor' }])
    expect([isStudyCommand(data), isStudyMessage(data)]).toEqual([false, false]);
});
