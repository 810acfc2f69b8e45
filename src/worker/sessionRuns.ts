// The run of a session, worked off: one at a time, paused by not asking for its next unit, heard between units, and its weights kept until
// the next run has some. What may be asked of those weights is in sessionRequests.ts.
import type { BackendChoice, RunConfig } from '../core/config';
import type { RunEvent } from '../core/events';
import { runsAhead } from '../core/stages/ahead';
import { explainError } from './explainError';
import { isOver, isVisible, type Live, liveRun, type SessionRun, toRest, toRun, toStep, toStop, works } from './live';
import type { OpenedRun } from './openedRun';
import { createOutbox } from './outbox';
import type { Command, LongProgress, Phase } from './protocol';
import type { RunSource, SessionOptions } from './sessionOptions';
import type { SharedBackend } from './sharedBackend';

/** A run that has got as far as having weights. */
export interface ProbedRun {
  id: string;
  run: SessionRun;
  choice: BackendChoice;
}

export interface SessionRuns {
  start(command: Extract<Command, { type: 'run.start' }>): void;
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
const NOTHING: RunSource = { dataId: null, modelId: null };

/** No run yet. Every error of one becomes a message. */
export function createRuns(
  { engine, post, yieldToMessages, rest, now }: SessionOptions,
  backend: SharedBackend,
  opened: Pick<OpenedRun, 'drop'>,
): SessionRuns {
  let live: Live | null = null;
  /** The last run that got as far as having weights; kept until the next one has, so that a failing start loses nothing. */
  let probed: ProbedRun | null = null;
  let leavesRoom = false;

  const setPhase = (state: Live, phase: Phase): void => {
    state.phase = phase;
    state.outbox.flush();
    post({ type: 'run.phase', runId: state.id, phase }, []);
  };

  const prepare = async (state: Live, source: RunSource): Promise<void> => {
    opened.drop();
    const report = await backend.take(state.config.backend);
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
    backend.exclusively(async () => {
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

  const change = (runId: string, apply: (state: Live) => void): void => {
    if (live?.id !== runId || isOver(live.phase)) return;
    apply(live);
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
    backend.exclusively(async () => {
      try {
        if (live !== state || !state.run || probed?.run !== state.run)
          throw new Error('The weights of this run are no longer held: start it again.');
        const events = state.run.only(stage);
        await backend.take(state.config.backend);
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

  return {
    ...{ start, change, runAgain, set },
    leaveRoom: (leaves) => {
      leavesRoom = leaves;
      engine.leaveRoom(leaves);
    },
    isTraining: () => live !== null && !isOver(live.phase) && live.wanted === 'run',
    present: () => (live && !isOver(live.phase) ? live.config : null),
    probed: (runId) => (probed?.id === runId ? probed : null),
  };
}
