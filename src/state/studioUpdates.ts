// What the worker's messages do to the studio's state: a pure reducer over waiting messages, and the moment that the address asked for.
import type { RunEvent } from '../core/events';
import type { Phase } from '../worker/protocol';
import { findMoment } from './moments';
import { reduceEvents, reduceFailure, reducePhase } from './runReducer';
import type { FailedRun, RunState } from './runState';
import type { StudioState } from './studioState';

export type Update =
  | { kind: 'events'; events: readonly RunEvent[] }
  | { kind: 'phase'; phase: Phase }
  | { kind: 'failed'; failure: FailedRun };

export interface Queued {
  runId: string;
  at: number;
  update: Update;
}

const updateRun = (state: StudioState, id: string, change: (run: RunState) => RunState): Partial<StudioState> => ({
  runs: state.runs.map((run) => (run.id === id ? change(run) : run)),
});

/** A run that fails before it has begun makes way for what was selected before it. */
function withFailure(state: StudioState, id: string, failure: FailedRun): Partial<StudioState> {
  const failed = state.runs.find((run) => run.id === id);
  if (!failed) return {};
  if (failed.started) return updateRun(state, id, (run) => reduceFailure(run, failure));
  const runs = state.runs.filter((run) => run.id !== id);
  const previous = runs.at(-1)?.id ?? null;
  return {
    runs,
    selectedId: state.selectedId === id ? previous : state.selectedId,
    activeId: state.activeId === id ? previous : state.activeId,
    failure: { name: `Run ${failed.name}`, error: failure },
  };
}

/** The state after one message. */
export function applyUpdate(state: StudioState, { runId, at, update }: Queued): StudioState {
  switch (update.kind) {
    case 'events': {
      const next = { ...state, ...updateRun(state, runId, (run) => reduceEvents(run, update.events, at)) };
      const begun = update.events.find((event) => event.type === 'run.started');
      return begun ? { ...next, backend: { status: 'known', report: begun.backend } } : next;
    }
    case 'phase':
      return { ...state, ...updateRun(state, runId, (run) => reducePhase(run, update.phase, at)) };
    case 'failed':
      return { ...state, ...withFailure(state, runId, update.failure) };
  }
}

/** Goes to the moment that the address asks for as soon as the selected run has it, or surely will not have it. */
export function findAddressed(state: StudioState): StudioState {
  const run = state.runs.find(({ id }) => id === state.selectedId);
  if (!state.at || !run) return state;
  const result = findMoment(run, state.at, run.phase === 'done' || run.phase === 'stopped' || run.phase === 'failed');
  if ('isComing' in result) return state;
  const addressProblems = 'problem' in result ? [...state.addressProblems, result.problem] : state.addressProblems;
  return { ...state, moment: result.found, at: null, addressProblems };
}
