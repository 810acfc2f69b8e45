// The run that a session holds, and what its owner wants of it: to run, to rest, to step, to stop at a stage's end. Plain state and the
// few ways in which it changes; who works it off is sessionRuns.ts.
import type { RunConfig } from '../core/config';
import type { BackendReport, RunEvent, TimedStage } from '../core/events';
import type { Pace } from '../core/stages/ahead';
import { Controls } from '../core/stages/controls';
import type { Long } from './longRequests';
import type { Outbox } from './outbox';
import type { GeneratedAnswer, Phase, SavedModel } from './protocol';
import type { RunSaver, SavedMoment } from './runSaver';
import type { BeginCommand } from './savedRuns';

/** What the session needs of a run (core/run.ts). One small unit of work per `next()`. */
export interface SessionRun {
  events(): AsyncGenerator<RunEvent>;
  answer(
    prompt: string,
    options: { temperature: number; seed: number },
  ): Promise<{ before: GeneratedAnswer; after: GeneratedAnswer }>;
  /** One training stage again. Throws Error where there is nothing to run again. Only once `events()` is over. */
  only(stage: TimedStage): AsyncGenerator<RunEvent>;
  suggestedPrompts(count: number): readonly { text: string; family: string }[];
  /**
   * Takes the weights as they are now; what is given writes them as the brought model's checkpoint, in its own time. Throws Error for a run that
   * does not stand on one.
   */
  save(): Promise<(long: Long) => Promise<SavedModel>>;
  /** The moment between two units. Throws PointRefused. */
  moment(): SavedMoment;
  dispose(): void;
}

export interface Live {
  id: string;
  begin: BeginCommand;
  /** Null until a saved run is read. */
  config: RunConfig | null;
  run: SessionRun | null;
  events: AsyncGenerator<RunEvent> | null;
  pace: Pace;
  controls: Controls;
  /** The backend that it is on; null until it is ready. */
  backend: BackendReport | null;
  phase: Phase;
  /** Asked for: run on, rest, or end. */
  wanted: 'run' | 'rest' | 'stop';
  stepsWanted: number;
  /** Rest when the present stage is done. */
  stopsAtStageEnd: boolean;
  pumping: boolean;
  outbox: Outbox;
  /** Null where the run is not saved (any more). */
  saver: RunSaver | null;
  /** It was to be saved and could not be begun; as long as it has told nothing that can be made good. */
  awaitsSaver: boolean;
  /** Aborted by a stop: weights that are still being loaded are not waited for. */
  loading: AbortController;
}

/** As the page asks for it, with nothing done yet. */
export const liveRun = (begin: BeginCommand, outbox: Outbox): Live => ({
  id: begin.runId,
  begin,
  config: begin.type === 'run.start' ? begin.config : null,
  run: null,
  events: null,
  pace: { mayRunAhead: false, isAhead: false },
  controls: new Controls(begin.type === 'run.start' ? begin.config.beta : 1),
  backend: null,
  phase: 'paused',
  wanted: begin.paused ? 'rest' : 'run',
  stepsWanted: 0,
  stopsAtStageEnd: false,
  pumping: false,
  outbox,
  saver: null,
  awaitsSaver: false,
  loading: new AbortController(),
});

/** Events that a person sees happen: a single step goes on until one of these. */
export const isVisible = ({ type }: RunEvent): boolean => !UNSEEN.has(type);

const UNSEEN: ReadonlySet<RunEvent['type']> = new Set([
  ...['notice', 'run.started', 'stage.started', 'weights', 'update', 'moments', 'frozen'],
  ...['inspected', 'snapshot', 'settings'],
] as const);

export const isOver = (phase: Phase): boolean => phase === 'done' || phase === 'stopped' || phase === 'failed';

/** No more than what is under way. */
export const toRest = (state: Live): void => {
  state.wanted = 'rest';
  state.stepsWanted = 0;
  state.stopsAtStageEnd = false;
};

export const toStop = (state: Live): void => {
  state.wanted = 'stop';
  state.loading.abort();
};

export const toStep = (state: Live, anatomy: boolean): void => {
  state.wanted = 'rest';
  state.stopsAtStageEnd = false;
  state.stepsWanted++;
  state.controls.watchNext(anatomy);
};

export const toRun = (state: Live): void => {
  toRest(state);
  state.wanted = 'run';
  state.controls.watchNext(false);
};

/** A run that is ahead of what it has told is not at rest: weights and curves would not be of the same step. */
export const works = ({ wanted, stepsWanted, pace }: Live): boolean =>
  wanted === 'run' || (wanted === 'rest' && (stepsWanted > 0 || pace.isAhead));
