// A session on a made-up engine: what it was sent, what it did, how often it rested. No tensor and no worker.
import type { BackendReport, RunEvent } from '../core/events';
import { FileError } from '../core/files/byteSource';
import { presetConfig } from '../core/presets';
import type { Pace } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import { PointRefused, type ResumePoint } from '../core/stages/resume/point';
import type { SessionRun } from '../worker/live';
import type { Long } from '../worker/longRequests';
import type { Command, GeneratedAnswer, WorkerMessage } from '../worker/protocol';
import { createSession } from '../worker/session';
import type { Engine, SessionOptions } from '../worker/sessionOptions';
import { fakeEvents } from './fakeRun';
import { nextTurn } from './realTimers';

export const report: BackendReport = {
  name: 'cpu',
  label: 'CPU',
  threads: 1,
  adapter: null,
  refused: [],
  selfCheck: [],
};
export const config = presetConfig('tiny');
export const started = [...fakeEvents('started')][0]!;
export const step = (n: number): RunEvent => ({
  type: 'step',
  stage: 'warm-up',
  series: 'warm-up',
  step: n,
  total: 9,
  metrics: { loss: 1 / n, learningRate: 1e-4, gradientNorm: 1, tokens: 10 },
  milliseconds: 5,
});
export const reply: GeneratedAnswer = { tokens: [], text: 'x', correct: null };

interface Setup {
  events?: (pace: Pace, controls: Controls) => AsyncGenerator<RunEvent>;
  only?: SessionRun['only'];
  backend?: BackendReport['name'];
  clock?: () => number;
  save?: SessionRun['save'];
  openModel?: Engine['openModel'];
  /** A run's moment; by default after as many events as were told. */
  moment?: SessionRun['moment'];
  openStore?: SessionOptions['openStore'];
  keptSource?: Engine['keptSource'];
  importFile?: Engine['importFile'];
  /** What comes before a run is made. */
  load?: (owner: Long) => Promise<void>;
  engine?: Partial<Engine>;
}

export function setup({ events, only, save, openModel, load, clock, backend = 'cpu', engine, ...saving }: Setup = {}) {
  const messages: WorkerMessage[] = [];
  const transfers: ArrayBuffer[][] = [];
  const log = {
    units: 0,
    disposed: 0,
    returned: 0,
    created: 0,
    choices: [] as string[],
    closed: [] as string[],
    opened: [] as string[],
    rests: [] as number[],
    room: [] as boolean[],
    from: [] as (ResumePoint | null)[],
    data: [] as (string | null)[],
  };
  let waiting: (() => void) | null = null;
  async function* nine(): AsyncGenerator<RunEvent> {
    try {
      yield started;
      for (let n = 1; n <= 9; n++) {
        log.units++;
        yield step(n);
      }
    } finally {
      log.returned++;
    }
  }
  const run: Omit<SessionRun, 'events'> = {
    answer: async (prompt) => {
      if (prompt === 'bad') throw new Error('Unknown word “bad”.');
      return { before: reply, after: reply };
    },
    suggestedPrompts: (count) => Array.from({ length: count }, (_, n) => ({ text: `p${n}`, family: 'math' })),
    only:
      only ??
      (() => {
        throw new Error('nothing to run again');
      }),
    save: save ?? (async () => async () => ({ name: 'm', files: [], parameters: 0, changed: 0, roundedAway: 0 })),
    moment:
      saving.moment ??
      (() => {
        throw new PointRefused('shared', 'A made-up run has no point.');
      }),
    dispose: () => log.disposed++,
  };
  let hold = false;
  const session = createSession({
    openStore: saving.openStore ?? (() => Promise.reject(new Error('no storage'))),
    engine: {
      leaveRoom: (leavesRoom) => log.room.push(leavesRoom),
      chooseBackend: async (choice) => {
        log.choices.push(choice);
        return { ...report, name: backend };
      },
      trouble: () => null,
      giveAllBack: () => {},
      onTrouble: () => {},
      ...engine,
      createRun: async (_, { dataId }, __, { pace, controls, from, ...long }) => {
        await load?.(long);
        if (dataId === 'gone') throw new Error('The imported file is gone.');
        log.created++;
        log.from.push(from);
        log.data.push(dataId);
        return { ...run, events: () => (events ?? nine)(pace, controls) };
      },
      openModel: openModel ?? (() => Promise.reject(new Error('no model'))),
      closeModel: (modelId) => log.closed.push(modelId),
      openRun: async ({ name }) => {
        if (name === 'bad.zip') throw new FileError(name, 'does not hold the aligned model.');
        log.opened.push(name);
        const { answer, suggestedPrompts } = run;
        return { answer, suggestedPrompts, dispose: () => log.opened.push(`not ${name}`) };
      },
      importFile: saving.importFile ?? (() => Promise.reject(new Error('bad file'))),
      keptSource: saving.keptSource ?? (async () => null),
    },
    post: (message, transfer) => {
      messages.push(message);
      transfers.push(transfer);
    },
    yieldToMessages: () =>
      hold
        ? new Promise((resolve) => {
            waiting = resolve;
          })
        : nextTurn(),
    turn: nextTurn,
    rest: async (ms) => {
      log.rests.push(ms);
      await nextTurn();
    },
    now: clock ?? (() => 0),
  });
  return {
    messages,
    transfers,
    log,
    send: (command: Command) => session.handle(command),
    holdUnits: () => {
      hold = true;
    },
    release: () => {
      hold = false;
      waiting?.();
    },
    phases: (runId = 'a') => messages.flatMap((m) => (m.type === 'run.phase' && m.runId === runId ? [m.phase] : [])),
    steps: () =>
      messages
        .flatMap((m) => (m.type === 'run.events' ? m.events : []))
        .flatMap((e) => (e.type === 'step' ? [e.step] : [])),
    /** Rounds of the event loop, no clock: every made-up unit takes one. */
    settle: async () => {
      for (let round = 0; round < 60; round++) await nextTurn();
    },
  };
}
export const start = (
  runId = 'a',
  paused = false,
  dataId: string | null = null,
  saved: { id: string; name: string } | null = null,
): Command => ({
  type: 'run.start',
  runId,
  config,
  dataId,
  modelId: null,
  paused,
  saved,
});
