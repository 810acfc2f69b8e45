// The run of a session, worked off: one at a time, paused by not asking for its next unit, heard between units, and its weights kept until
// the next run has some. What may be asked of those weights is in sessionRequests.ts.
import type { RunConfig } from '../core/config';
import type { RunEvent } from '../core/events';
import { endsEverything } from '../core/failures';
import { PointError } from '../core/stages/resume/point';
import { explainFailure } from './explainError';
import { createHeldWeights, type ProbedRun } from './heldWeights';
import { isOver, isVisible, type Live, liveRun, toRest, toRun, toStep, toStop, works } from './live';
import type { OpenedRun } from './openedRun';
import { createOutbox } from './outbox';
import type { Command, Phase } from './protocol';
import { beginRun, mayRunAhead, tellOwner } from './runBeginning';
import { type BeginCommand, createSavedRuns } from './savedRuns';
import type { SessionOptions } from './sessionOptions';
import type { SharedBackend } from './sharedBackend';

export interface SessionRuns {
  /** A new run, or a saved one where it was left. */
  start(command: BeginCommand): void;
  /** Saves it as soon as it is between two units; nothing happens where it is over or not saved. */
  save(runId: string): void;
  /** Ends its saving: the last save is the last. */
  unsave(runId: string): void;
  /** Changes what is wanted of a run, which then goes on; nothing happens where that run is over. */
  change(runId: string, change: (state: Live) => void): void;
  /** One training stage again. */
  runAgain(command: Extract<Command, { type: 'run.only' }>): void;
  set(command: Extract<Command, { type: 'run.set' }>): void;
  leaveRoom(leavesRoom: boolean): void;
  isTraining(): boolean;
  /** The settings of the run that is not over yet; null without one. */
  present(): RunConfig | null;
  /** The last run with weights; null where it is another than `runId`. Throws WeightsLost where they are gone with their device. */
  probed(runId: string): ProbedRun | null;
}

/** The longest rest after a unit of work, ms: as long as the unit took, so half of the time, but no pause that one notices. */
const LONGEST_REST = 400;

/** No run yet. Every error of one becomes a message. */
export function createRuns(
  options: SessionOptions,
  backend: SharedBackend,
  opened: Pick<OpenedRun, 'drop' | 'lose'>,
): SessionRuns {
  const { engine, post, yieldToMessages, rest, now } = options;
  const weights = createHeldWeights();
  let live: Live | null = null;
  let leavesRoom = false;
  // Its owner decides: make room, or go on without saving.
  const noRoom = (runId: string): void => {
    if (live?.id === runId && live.wanted !== 'stop') toRest(live);
  };
  const savedRuns = createSavedRuns({ ...options, noRoom });

  const setPhase = (state: Live, phase: Phase): void => {
    state.phase = phase;
    state.outbox.flush();
    state.saver?.phase(phase);
    post({ type: 'run.phase', runId: state.id, phase }, []);
  };

  /** Its weights are the ones that can be asked from here on. */
  const hold = ({ id, run, config, backend: report }: Live): void => {
    if (run && config && report) weights.hold({ id, run, choice: config.backend, backend: report.name });
  };

  /** One unit. True when the run is over. */
  const advance = async (state: Live, events: AsyncGenerator<RunEvent>): Promise<boolean> => {
    state.pace.mayRunAhead = mayRunAhead(state, leavesRoom);
    const { done, value } = await events.next();
    // Whatever follows the start has the new weights behind it.
    if (done || value.type !== 'run.started') hold(state);
    if (done) return true;
    // A step in slow motion is seen when its anatomy is told.
    const isSeen = isVisible(value) && !(value.type === 'step' && state.controls.isWatching);
    if (isSeen && state.stepsWanted > 0) state.stepsWanted--;
    // Told: the very next update may be asked for in slow motion too, before the run goes on.
    if (value.type === 'anatomy') state.controls.watched();
    if (value.type === 'stage.done' && state.stopsAtStageEnd) toRest(state);
    state.awaitsSaver = false;
    state.saver?.tell(value);
    state.outbox.add(value);
    return false;
  };

  const fail = async (state: Live, error: unknown): Promise<void> => {
    state.outbox.flush();
    state.phase = 'failed';
    // What is left on a lost device, or stands in the way of a run with less memory, is worth nothing.
    const isWaste = state.backend !== null && endsEverything(error);
    if (isWaste) weights.lose(state.backend!.name, error);
    if (state.run && !weights.has(state.run)) state.run.dispose();
    const failure = explainFailure(error);
    const { cause, message, next } = failure;
    // What is being saved still reads what it holds.
    const resumable = ((await state.saver?.hasSave()) ?? false) && !(error instanceof PointError);
    if (isWaste) engine.giveAllBack();
    void state.saver?.end({ cause, message, next });
    post({ type: 'run.failed', runId: state.id, error: failure, resumable }, []);
  };

  /** What a dead device throws is not always the word for it, and comes a moment before. */
  const reasonOf = async (error: unknown, { backend: report }: Live): Promise<unknown> => {
    if (report?.name !== 'webgpu' || endsEverything(error)) return error;
    await yieldToMessages();
    return engine.trouble() ?? error;
  };

  /** Works until somebody wants a rest. Runs at most once at a time per run. */
  const pump = async (state: Live): Promise<void> => {
    try {
      if (!state.events && state.wanted === 'stop') return setPhase(state, 'stopped');
      if (!state.events) {
        opened.drop();
        await beginRun(state, { engine, post, backend, savedRuns });
      }
      const events = state.events!;
      while (works(state)) {
        const began = now();
        if (await advance(state, events)) {
          setPhase(state, 'done');
          await state.saver?.save();
          void state.saver?.end();
          return;
        }
        state.saver?.between(now() - began);
        if (leavesRoom) await rest(Math.min(now() - began, LONGEST_REST));
        else await yieldToMessages();
      }
      if (state.wanted === 'stop') {
        await leave(state, events);
        await events.return(undefined);
        if (state.run && !weights.has(state.run)) state.run.dispose();
        setPhase(state, 'stopped');
      } else {
        setPhase(state, 'paused');
        // It may go on at once: what is saved is held.
        void state.saver?.save();
      }
    } catch (error) {
      if (!state.loading.signal.aborted || state.events) return await fail(state, await reasonOf(error, state));
      void state.saver?.end();
      setPhase(state, 'stopped');
    }
  };

  /** The last save of a run that is stopped: as long as it is not ended there is a point of it. */
  const leave = async (state: Live, events: AsyncGenerator<RunEvent>): Promise<void> => {
    const { saver, pace } = state;
    if (!saver) return;
    if (pace.isAhead) await advance(state, events);
    saver.phase('stopped');
    await saver.save();
    void saver.end();
  };

  const wake = (state: Live): void => {
    if (state.pumping || isOver(state.phase)) return;
    state.pumping = true;
    if (state.wanted === 'run' && state.phase !== 'running') setPhase(state, 'running');
    backend.exclusively(async () => {
      await pump(state);
      state.pumping = false;
      // A command may have come in while the last phase was being posted.
      if (!isOver(state.phase) && (works(state) || state.wanted === 'stop')) wake(state);
    });
  };

  const start = (command: BeginCommand): void => {
    if (live && !isOver(live.phase)) {
      toStop(live);
      live.stepsWanted = 0;
      wake(live);
    }
    const isSaved = command.type === 'run.continue' || command.saved !== null;
    live = liveRun(command, createOutbox(command.runId, post, now, { sharesArrays: isSaved }));
    wake(live);
  };

  const change = (runId: string, apply: (state: Live) => void): void => {
    if (live?.id !== runId || isOver(live.phase)) return;
    apply(live);
    wake(live);
  };

  /** What is still under way is given up first: the run ends with this stage. */
  const runAgain = ({ runId, stage, slowly }: Extract<Command, { type: 'run.only' }>): void => {
    const state = live;
    if (state?.id !== runId) return;
    if (!isOver(state.phase) && works(state)) {
      tellOwner(state, 'Pause the run before one stage of it is run again.');
      return;
    }
    backend.exclusively(async () => {
      try {
        const { config } = state;
        if (live !== state || !config || !state.run || !weights.of(runId))
          throw new Error('The weights of this run are no longer held: start it again.');
        const events = state.run.only(stage);
        await backend.take(config.backend);
        // What the run holds from here on is no moment of it.
        void state.saver?.end();
        state.saver = null;
        await state.events?.return(undefined);
        state.events = events;
        state.phase = 'paused';
        if (slowly) toStep(state, true);
        else toRun(state);
        wake(state);
      } catch (error) {
        tellOwner(state, error instanceof Error ? error.message : String(error));
      }
    });
  };

  const set = ({ runId, ...settings }: Extract<Command, { type: 'run.set' }>): void => {
    if (live?.id !== runId) return;
    const refusal = live.controls.set(settings);
    live.saver?.touch();
    if (refusal) tellOwner(live, refusal);
  };

  const save = (runId: string): void => {
    const state = live;
    if (state?.id !== runId || isOver(state.phase)) return;
    state.saver?.ask();
    // A run that works saves itself between two units; one that rests in this turn.
    backend.exclusively(async () => {
      await savedRuns.again(state);
      if (state.saver?.isAsked()) await state.saver.save();
    });
  };

  const unsave = (runId: string): void => {
    if (live?.id !== runId) return;
    void live.saver?.end();
    live.saver = null;
    live.awaitsSaver = false;
  };

  // Whoever works hears of it by itself. A run that rests is told at once, and what lay there is given back.
  engine.onTrouble((trouble) =>
    backend.exclusively(async () => {
      if (live?.backend?.name === 'webgpu' && !isOver(live.phase)) {
        await live.events?.return(undefined).catch(() => {});
        await fail(live, trouble);
      }
      weights.lose('webgpu', trouble);
      opened.lose('webgpu');
    }),
  );

  return {
    ...{ start, save, unsave, change, runAgain, set },
    leaveRoom: (leaves) => {
      leavesRoom = leaves;
      engine.leaveRoom(leaves);
    },
    isTraining: () => live !== null && !isOver(live.phase) && live.wanted === 'run',
    present: () => (live && !isOver(live.phase) ? live.config : null),
    probed: weights.of,
  };
}
