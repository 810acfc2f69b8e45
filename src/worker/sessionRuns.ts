// The run of a session, worked off: one at a time, paused by not asking for its next unit, heard between units, and its weights kept until
// the next run has some. What may be asked of those weights is in sessionRequests.ts.
import type { BackendChoice, RunConfig } from '../core/config';
import type { RunEvent } from '../core/events';
import { runsAhead } from '../core/stages/ahead';
import { Controls } from '../core/stages/controls';
import { PointError } from '../core/stages/resume/point';
import { explainFailure } from './explainError';
import { isOver, isVisible, type Live, liveRun, type SessionRun, toRest, toRun, toStep, toStop, works } from './live';
import type { OpenedRun } from './openedRun';
import { createOutbox } from './outbox';
import type { Command, LongProgress, Phase } from './protocol';
import { type BeginCommand, createSavedRuns } from './savedRuns';
import type { SessionOptions } from './sessionOptions';
import type { SharedBackend } from './sharedBackend';

/** A run that has got as far as having weights. */
export interface ProbedRun {
  id: string;
  run: SessionRun;
  choice: BackendChoice;
}

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
  /** The last run with weights; null where it is another than `runId`. */
  probed(runId: string): ProbedRun | null;
}

/** The longest rest after a unit of work, ms: as long as the unit took, so half of the time, but no pause that one notices. */
const LONGEST_REST = 400;

/** No run yet. Every error of one becomes a message. */
export function createRuns(
  options: SessionOptions,
  backend: SharedBackend,
  opened: Pick<OpenedRun, 'drop'>,
): SessionRuns {
  const { engine, post, yieldToMessages, rest, now } = options;
  const savedRuns = createSavedRuns(options);
  let live: Live | null = null;
  /** The last run that got as far as having weights; kept until the next one has, so that a failing start loses nothing. */
  let probed: ProbedRun | null = null;
  let leavesRoom = false;

  const setPhase = (state: Live, phase: Phase): void => {
    state.phase = phase;
    state.outbox.flush();
    state.saver?.phase(phase);
    post({ type: 'run.phase', runId: state.id, phase }, []);
  };

  const prepare = async (state: Live): Promise<void> => {
    opened.drop();
    const { config, source, from, problems } = await savedRuns.begin(state, state.begin);
    state.config = config;
    if (from) state.controls = new Controls(config.beta);
    const report = await backend.take(config.backend);
    state.runsAhead = runsAhead(report);
    const { pace, controls, loading } = state;
    const loads = (progress: LongProgress | null): void => post({ type: 'run.loading', runId: state.id, progress }, []);
    try {
      const owner = { pace, controls, from, onProgress: loads, signal: loading.signal };
      state.run = await engine.createRun(config, source, report, owner);
    } finally {
      if (source.modelId !== null) loads(null);
    }
    state.events = state.run.events();
    if (problems.length > 0) tell(state, problems.join(' '));
  };

  /** Its weights are the ones that can be asked; only now may the old ones go. */
  const hold = (state: Live): void => {
    if (!state.run || !state.config || probed?.run === state.run) return;
    probed?.run.dispose();
    probed = { id: state.id, run: state.run, choice: state.config.backend };
  };

  /** One unit. True when the run is over. */
  const advance = async (state: Live, events: AsyncGenerator<RunEvent>): Promise<boolean> => {
    state.pace.mayRunAhead = state.runsAhead && state.wanted === 'run' && !leavesRoom && !state.saver?.wantsPoint();
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
    state.saver?.tell(value);
    state.outbox.add(value);
    return false;
  };

  const fail = (state: Live, error: unknown): void => {
    state.outbox.flush();
    state.phase = 'failed';
    if (state.run && probed?.run !== state.run) state.run.dispose();
    const resumable = (state.saver?.hasSave() ?? false) && !(error instanceof PointError);
    void state.saver?.end();
    post({ type: 'run.failed', runId: state.id, error: explainFailure(error), resumable }, []);
  };

  /** Works until somebody wants a rest. Runs at most once at a time per run. */
  const pump = async (state: Live): Promise<void> => {
    try {
      if (!state.events && state.wanted === 'stop') return setPhase(state, 'stopped');
      if (!state.events) await prepare(state);
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
        if (probed?.run !== state.run) state.run?.dispose();
        setPhase(state, 'stopped');
      } else {
        setPhase(state, 'paused');
        // It may go on at once: what is saved is held.
        void state.saver?.save();
      }
    } catch (error) {
      if (!state.loading.signal.aborted || state.events) return fail(state, error);
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

  /** Something that a command did not do; no part of what the run tells. */
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
    backend.exclusively(async () => {
      try {
        const { config } = state;
        if (live !== state || !config || !state.run || probed?.run !== state.run)
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
        tell(state, error instanceof Error ? error.message : String(error));
      }
    });
  };

  const set = ({ runId, ...settings }: Extract<Command, { type: 'run.set' }>): void => {
    if (live?.id !== runId) return;
    const refusal = live.controls.set(settings);
    live.saver?.touch();
    if (refusal) tell(live, refusal);
  };

  const save = (runId: string): void => {
    const state = live;
    if (state?.id !== runId || !state.saver || isOver(state.phase)) return;
    state.saver.ask();
    // A run that works saves itself between two units; one that rests in this turn.
    backend.exclusively(async () => {
      if (state.saver?.isAsked()) await state.saver.save();
    });
  };

  const unsave = (runId: string): void => {
    if (live?.id !== runId) return;
    void live.saver?.end();
    live.saver = null;
  };

  return {
    ...{ start, save, unsave, change, runAgain, set },
    leaveRoom: (leaves) => {
      leavesRoom = leaves;
      engine.leaveRoom(leaves);
    },
    isTraining: () => live !== null && !isOver(live.phase) && live.wanted === 'run',
    present: () => (live && !isOver(live.phase) ? live.config : null),
    probed: (runId) => (probed?.id === runId ? probed : null),
  };
}
