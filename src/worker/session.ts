// The worker's life without the worker: one run at a time, paused by not asking for its next unit, heard between units.
// Knows neither postMessage nor TensorFlow.js: the border (trainer.worker.ts) hands in `post` and the engine.
import type { BackendChoice, RunConfig } from '../core/config';
import type { Mapping } from '../core/data/table/mapping';
import type { BackendReport, RunEvent } from '../core/events';
import { type Pace, runsAhead } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import type { AskedRun } from './askedRun';
import { explainError } from './explainError';
import { isOver, isVisible, type Live, liveRun, type SessionRun, toRest, toRun, toStep, toStop, works } from './live';
import { createLongRequests, type Long } from './longRequests';
import { createOutbox } from './outbox';
import {
  assertNever,
  type BroughtModel,
  type Command,
  type ImportAnswer,
  type LongProgress,
  type ModelFile,
  type Phase,
  type WorkerMessage,
} from './protocol';

export interface Engine {
  /** Short stretches of GPU work, or long ones. */
  leaveRoom(leavesRoom: boolean): void;
  chooseBackend(choice: BackendChoice): Promise<BackendReport>;
  /** Throws when data or model are not known (any more), or the settings do not fit the data. */
  createRun(
    config: RunConfig,
    source: RunSource,
    backend: BackendReport,
    owner: { pace: Pace; controls: Controls } & Long,
  ): Promise<SessionRun>;
  /** Throws FileError, or the signal's reason. */
  openModel(
    request: { modelId: string; files: readonly ModelFile[]; name: string | null } & Long,
  ): Promise<BroughtModel>;
  closeModel(modelId: string): void;
  /** The models of a bundle's run. Throws FileError. */
  openRun(file: ModelFile): Promise<AskedRun>;
  importFile(request: {
    dataId: string;
    file: Blob;
    fileName: string;
    vocabularySize: number;
    maxSequence: number;
    mapping: Mapping | null;
    modelId: string | null;
    recordsOnly: boolean;
  }): Promise<ImportAnswer>;
}

/** What a run is made of: handles of imported data and of an opened model. */
export interface RunSource {
  dataId: string | null;
  modelId: string | null;
}

export interface SessionOptions {
  engine: Engine;
  post(message: WorkerMessage, transfer: ArrayBuffer[]): void;
  /** Lets waiting messages in; resolves in a later task. */
  yieldToMessages(): Promise<void>;
  /** Resolves after so many milliseconds. */
  rest(ms: number): Promise<void>;
  now(): number;
}

export interface Session {
  handle(command: Command): void;
}

/** The longest rest after a unit of work, ms: as long as the unit took, so half of the time, but no pause that one notices. */
const LONGEST_REST = 400;
const TRAINED = 'The model is being trained.';
const TRAINED_NEXT = 'Pause the run, or wait until it is done.';
const NOTHING: RunSource = { dataId: null, modelId: null };

/** One session: takes commands in order, answers through `post`. Never throws; every error becomes a message. */
export function createSession({ engine, post, yieldToMessages, rest, now }: SessionOptions): Session {
  let live: Live | null = null;
  /** The last run that got as far as having weights; kept until the next one has, so that a failing start loses nothing. */
  let probed: { id: string; run: SessionRun; choice: BackendChoice } | null = null;
  /** A run from a bundle, loaded to be asked; until the next run begins. */
  let opened: { id: string; run: AskedRun; choice: BackendChoice } | null = null;
  let backend: { choice: BackendChoice; report: BackendReport } | null = null;
  let leavesRoom = false;
  const long = createLongRequests((message) => post(message, []));
  let queue: Promise<void> = Promise.resolve();

  /** Engine work never overlaps: backends and tensors are one global thing. */
  const exclusively = (task: () => Promise<void>): void => {
    queue = queue.then(task, task);
  };

  const takeBackend = async (choice: BackendChoice): Promise<BackendReport> => {
    if (backend?.choice !== choice) backend = { choice, report: await engine.chooseBackend(choice) };
    return backend.report;
  };

  const setPhase = (state: Live, phase: Phase): void => {
    state.phase = phase;
    state.outbox.flush();
    post({ type: 'run.phase', runId: state.id, phase }, []);
  };

  const dropOpened = (): void => {
    opened?.run.dispose();
    opened = null;
  };

  const prepare = async (state: Live, source: RunSource): Promise<void> => {
    dropOpened();
    const report = await takeBackend(state.config.backend);
    state.runsAhead = runsAhead(report);
    const { pace, controls, loading } = state;
    const loads = (progress: LongProgress | null): void => post({ type: 'run.loading', runId: state.id, progress }, []);
    try {
      const owner = { pace, controls, onProgress: loads, signal: loading.signal };
      state.run = await engine.createRun(state.config, source, report, owner);
    } finally {
      if (source.modelId !== null) loads(null);
    }
    state.events = state.run.events();
  };

  /** One unit. True when the run is over. */
  const advance = async (state: Live, events: AsyncGenerator<RunEvent>): Promise<boolean> => {
    state.pace.mayRunAhead = state.runsAhead && state.wanted === 'run' && !leavesRoom;
    const { done, value } = await events.next();
    if (done) return true;
    // Whatever follows the start has the new weights behind it: only now may the old ones go.
    if (value.type !== 'run.started' && state.run && probed?.run !== state.run) {
      probed?.run.dispose();
      probed = { id: state.id, run: state.run, choice: state.config.backend };
    }
    // A step in slow motion is seen when its anatomy is told.
    const isSeen = isVisible(value) && !(value.type === 'step' && state.controls.isWatching);
    if (isSeen && state.stepsWanted > 0) state.stepsWanted--;
    // Told: the very next update may be asked for in slow motion too, before the run goes on.
    if (value.type === 'anatomy') state.controls.watched();
    if (value.type === 'stage.done' && state.stopsAtStageEnd) toRest(state);
    state.outbox.add(value);
    return false;
  };

  const fail = (state: Live, error: unknown): void => {
    state.outbox.flush();
    state.phase = 'failed';
    if (state.run && probed?.run !== state.run) state.run.dispose();
    post({ type: 'run.failed', runId: state.id, error: explainError(error) }, []);
  };

  /** Works until somebody wants a rest. Runs at most once at a time per run. */
  const pump = async (state: Live, source: RunSource): Promise<void> => {
    try {
      if (!state.events && state.wanted === 'stop') return setPhase(state, 'stopped');
      if (!state.events) await prepare(state, source);
      const events = state.events!;
      while (works(state)) {
        const began = now();
        if (await advance(state, events)) return setPhase(state, 'done');
        if (leavesRoom) await rest(Math.min(now() - began, LONGEST_REST));
        else await yieldToMessages();
      }
      if (state.wanted === 'stop') {
        await events.return(undefined);
        if (probed?.run !== state.run) state.run?.dispose();
        setPhase(state, 'stopped');
      } else setPhase(state, 'paused');
    } catch (error) {
      if (state.loading.signal.aborted && !state.events) setPhase(state, 'stopped');
      else fail(state, error);
    }
  };

  const wake = (state: Live, source: RunSource = NOTHING): void => {
    if (state.pumping || isOver(state.phase)) return;
    state.pumping = true;
    if (state.wanted === 'run' && state.phase !== 'running') setPhase(state, 'running');
    exclusively(async () => {
      await pump(state, source);
      state.pumping = false;
      // A command may have come in while the last phase was being posted.
      if (!isOver(state.phase) && (works(state) || state.wanted === 'stop')) wake(state);
    });
  };

  const start = (command: Extract<Command, { type: 'run.start' }>): void => {
    if (live && !isOver(live.phase)) {
      toStop(live);
      live.stepsWanted = 0;
      wake(live);
    }
    live = liveRun(command, createOutbox(command.runId, post, now));
    wake(live, command);
  };

  const command = (runId: string, change: (state: Live) => void): void => {
    if (live?.id !== runId || isOver(live.phase)) return;
    change(live);
    wake(live);
  };

  /** Something that a command did not do. */
  const tell = (state: Live, text: string): void => {
    state.outbox.add({ type: 'notice', level: 'warning', stage: null, text });
    state.outbox.flush();
  };

  /** What is still under way is given up first: the run ends with this stage. */
  const runAgain = ({ runId, stage, slowly }: Extract<Command, { type: 'run.only' }>): void => {
    const state = live;
    if (state?.id !== runId) return;
    if (!isOver(state.phase) && works(state)) {
      tell(state, 'Pause the run before one stage of it is run again.');
      return;
    }
    exclusively(async () => {
      try {
        if (live !== state || !state.run || probed?.run !== state.run)
          throw new Error('The weights of this run are no longer held: start it again.');
        const events = state.run.only(stage);
        await takeBackend(state.config.backend);
        await state.events?.return(undefined);
        state.events = events;
        state.phase = 'paused';
        if (slowly) toStep(state, true);
        else toRun(state);
        wake(state);
      } catch (error) {
        tell(state, error instanceof Error ? error.message : String(error));
      }
    });
  };

  const set = ({ runId, ...settings }: Extract<Command, { type: 'run.set' }>): void => {
    if (live?.id !== runId) return;
    const refusal = live.controls.set(settings);
    if (refusal) tell(live, refusal);
  };

  const answer = (requestId: string, work: () => Promise<WorkerMessage>): void =>
    exclusively(async () => {
      try {
        post(await work(), []);
      } catch (error) {
        post({ type: 'request.failed', requestId, error: explainError(error) }, []);
      }
    });

  const refuse = (requestId: string, message: string, next: string): void =>
    post({ type: 'request.failed', requestId, error: { message, next, detail: message } }, []);

  const isTraining = (): boolean => live !== null && !isOver(live.phase) && live.wanted === 'run';

  /** Runs `work` on the probed run's backend. Refused while a run works: a probe would hold it up. */
  const probe = (requestId: string, runId: string, work: (run: AskedRun) => Promise<WorkerMessage>): void => {
    if (isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    answer(requestId, async () => {
      const asked = [probed, opened].find((one) => one?.id === runId);
      if (!asked) throw new Error('The weights of this run are no longer in memory. Restart it to try it.');
      await takeBackend(asked.choice);
      return work(asked.run);
    });
  };

  const openRun = ({ requestId, runId, file, ...other }: Extract<Command, { type: 'probe.open' }>): void => {
    if (isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    answer(requestId, async () => {
      if (opened?.id !== runId) {
        dropOpened();
        const choice = live && !isOver(live.phase) ? live.config.backend : (backend?.choice ?? other.backend);
        await takeBackend(choice);
        opened = { id: runId, run: await engine.openRun(file), choice };
      }
      return { type: 'probe.opened', requestId };
    });
  };

  const checkBackend = (requestId: string, choice: BackendChoice): void => {
    if (live && !isOver(live.phase) && live.config.backend !== choice) {
      refuse(requestId, 'A run is using the other backend.', 'Stop the run first, then check again.');
      return;
    }
    answer(requestId, async () => ({ type: 'backend.report', requestId, report: await takeBackend(choice) }));
  };

  /** Imports touch no tensor: they need not wait for a run. */
  const importFile = async (request: Extract<Command, { type: 'data.import' }>): Promise<void> => {
    const { requestId } = request;
    try {
      post({ type: 'data.preview', requestId, answer: await engine.importFile(request) }, []);
    } catch (error) {
      post({ type: 'request.failed', requestId, error: explainError(error) }, []);
    }
  };

  /** As `exclusively`, with a result. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => exclusively(() => task().then(resolve, reject)));

  /** Files are read while a run may go on: no tensor is touched. */
  const openModel = ({ requestId, ...request }: Extract<Command, { type: 'model.open' }>): Promise<void> =>
    long.follow(requestId, async (owner) => ({
      ...{ type: 'model.opened', requestId },
      model: await engine.openModel({ ...request, ...owner }),
    }));

  /** Weights are read from the device between units of work; writing them is in nobody's way. */
  const saveModel = async ({ requestId, runId }: Extract<Command, { type: 'model.save' }>): Promise<void> => {
    if (isTraining()) {
      refuse(requestId, TRAINED, TRAINED_NEXT);
      return;
    }
    await long.follow(requestId, async (owner) => {
      const saved = await inTurn(async () => {
        if (probed?.id !== runId) throw new Error('The weights of this run are no longer in memory: run it again.');
        owner.signal.throwIfAborted();
        await takeBackend(probed.choice);
        return probed.run.save();
      });
      return { type: 'model.saved', requestId, saved: await saved(owner) };
    });
  };

  return {
    handle(message) {
      switch (message.type) {
        case 'model.open':
          void openModel(message);
          break;
        case 'model.close':
          engine.closeModel(message.modelId);
          break;
        case 'model.save':
          void saveModel(message);
          break;
        case 'request.cancel':
          long.cancel(message.requestId);
          break;
        case 'backend.check':
          checkBackend(message.requestId, message.backend);
          break;
        case 'data.import':
          void importFile(message);
          break;
        case 'room.leave':
          leavesRoom = message.leavesRoom;
          engine.leaveRoom(leavesRoom);
          break;
        case 'run.start':
          start(message);
          break;
        case 'run.pause':
          command(message.runId, toRest);
          break;
        case 'run.resume':
          command(message.runId, toRun);
          break;
        case 'run.step':
          command(message.runId, (state) => toStep(state, message.anatomy));
          break;
        case 'run.stageEnd':
          command(message.runId, (state) => {
            toRun(state);
            state.stopsAtStageEnd = true;
          });
          break;
        case 'run.only':
          runAgain(message);
          break;
        case 'run.set':
          set(message);
          break;
        case 'run.stop':
          command(message.runId, toStop);
          break;
        case 'probe.open':
          openRun(message);
          break;
        case 'probe.prompts':
          probe(message.requestId, message.runId, async (run) => ({
            type: 'probe.prompts',
            requestId: message.requestId,
            prompts: run.suggestedPrompts(message.count),
          }));
          break;
        case 'probe.generate':
          probe(message.requestId, message.runId, async (run) => ({
            type: 'probe.answer',
            requestId: message.requestId,
            ...(await run.answer(message.prompt, message)),
          }));
          break;
        default:
          assertNever(message);
      }
    },
  };
}
