// What the worker's events make of a run: a pure reducer (state, event) → state. The store over it publishes at most once a frame.
// Appends are cheap: a series' rows grow in one array that its successive states share (see appendRow).
import { type RunEvent, type StageName, TIMED_STAGES } from '../core/events';
import type { Phase } from '../worker/protocol';
import type { EventOf, FailedRun, MaskSummary, RunState, Series, SeriesRow, StageState } from './runState';

const mapStage = (state: RunState, name: StageName, change: (stage: StageState) => StageState): RunState => ({
  ...state,
  stages: state.stages.map((stage) => (stage.name === name ? change(stage) : stage)),
});

/** Appends to the array that `old` ends; copies only when another state has already gone on from `old`. */
function appendRow(old: Series | undefined, event: EventOf<'step'>): Series {
  const row: SeriesRow = { step: event.step, milliseconds: event.milliseconds, ...event.metrics };
  const { series: name, stage, total } = event;
  if (!old) return { name, stage, rows: [row], length: 1, total };
  const rows = (old.rows.length === old.length ? old.rows : old.rows.slice(0, old.length)) as SeriesRow[];
  rows.push(row);
  return { name, stage, rows, length: old.length + 1, total };
}

/** Several events at once; neighbouring `samples` events become one, so that lists are copied once a batch. */
export function reduceEvents(state: RunState, events: readonly RunEvent[], now: number): RunState {
  let next = state;
  let samples: EventOf<'samples'>[] = [];
  const flush = () => {
    if (samples.length === 0) return;
    const merged = {
      type: 'samples' as const,
      prompts: samples.flatMap((event) => event.prompts),
      responses: samples.flatMap((event) => event.responses),
    };
    samples = [];
    next = reduceRun(next, merged, now);
  };
  for (const event of events) {
    if (event.type === 'samples') samples.push(event);
    else {
      // Progress may overtake samples; nothing else depends on their order.
      if (event.type !== 'stage.progress') flush();
      next = reduceRun(next, event, now);
    }
  }
  flush();
  return next;
}

/** The worker says that the run goes on, pauses or ends. */
export function reducePhase(state: RunState, phase: Phase, now: number): RunState {
  const rests = state.rests + (phase === 'paused' ? 1 : 0);
  // A run that was gone on with has failed no more.
  const failure = phase === 'failed' ? state.failure : null;
  return { ...state, phase, rests, failure, clock: phase === 'running' ? now : null };
}

export function reduceFailure(state: RunState, failure: FailedRun): RunState {
  return { ...state, phase: 'failed', clock: null, failure };
}

/** Counts the time since the last event for the running stage. */
function tick(state: RunState, now: number): RunState {
  const passed = state.clock === null ? 0 : Math.max(0, now - state.clock);
  const clock = state.phase === 'running' || state.phase === 'starting' ? now : null;
  if (passed === 0) return { ...state, clock };
  const stages = state.stages.map((stage) =>
    stage.status === 'running' ? { ...stage, activeMs: stage.activeMs + passed } : stage,
  );
  return { ...state, clock, stages };
}

/** A training stage that begins once more, alone, takes the place of its last pass. */
function withoutPass(state: RunState, name: StageName): RunState {
  const isTimed = (TIMED_STAGES as readonly StageName[]).includes(name);
  if (!isTimed || !state.moments.some(({ stage }) => stage === name)) return state;
  const isOther = ({ stage }: { stage: StageName }): boolean => stage !== name;
  return {
    ...state,
    // What was still under way has been given up for it.
    stages: state.stages.map((stage) => {
      if (stage.name === name) return { ...stage, tokens: 0, startedAt: null, activeMs: 0 };
      return stage.status === 'running' ? { ...stage, status: 'waiting', done: 0 } : stage;
    }),
    series: Object.fromEntries(Object.entries(state.series).filter(([, series]) => isOther(series))),
    moments: state.moments.filter(isOther),
    losses: { ...state.losses, [name]: [] },
    pairRatios: name === 'improving' ? null : state.pairRatios,
    drift: state.drift.filter(isOther),
    changes: state.changes.filter(isOther),
  };
}

/** One event → the next state. `now` in ms, for speed and time left. */
export function reduceRun(before: RunState, event: RunEvent, now: number): RunState {
  const state = tick(before, now);
  switch (event.type) {
    case 'run.started':
      return { ...state, started: event, stages: event.stages.map(waitingStage) };
    case 'stage.started':
      return mapStage(withoutPass(state, event.stage), event.stage, (stage) => ({
        ...stage,
        status: 'running',
        label: event.label,
        total: event.total,
        unit: event.unit,
        done: 0,
        startedAt: stage.startedAt ?? now,
      }));
    case 'stage.progress':
      return mapStage(state, event.stage, (stage) => ({
        ...stage,
        label: event.label,
        done: event.done,
        total: event.total,
        tokens: event.tokens,
      }));
    case 'step': {
      const series = { ...state.series, [event.series]: appendRow(state.series[event.series], event) };
      return mapStage({ ...state, series }, event.stage, (stage) => ({
        ...stage,
        label: event.series,
        done: event.step,
        total: event.total,
        tokens: stage.tokens + event.metrics.tokens,
      }));
    }
    case 'samples':
      return {
        ...state,
        prompts: [...state.prompts, ...event.prompts],
        responses: [...state.responses, ...event.responses],
      };
    case 'pairs':
      return { ...state, pairs: event };
    case 'mask':
      return { ...state, masks: { ...state.masks, [event.purpose]: withoutBits(event) } };
    case 'frozen': {
      const { stage, unselected, moved } = event;
      return { ...state, frozen: { ...state.frozen, [stage]: { unselected, moved } } };
    }
    case 'weights':
    case 'update':
    case 'moments':
    case 'tokenizer':
    case 'path':
      return state;
    case 'rewards': {
      const rewardOf = new Map(event.records.map((record) => [record.responseId, record]));
      return { ...state, rewards: event, rewardOf };
    }
    case 'log-ratios': {
      const ratios = new Map(event.records.map((record) => [record.responseId, record.logRatio]));
      return { ...state, logRatios: { ...state.logRatios, [event.stage]: ratios } };
    }
    case 'pair-log-ratios':
      return { ...state, pairRatios: new Map(event.records.map((record) => [record.pair, record])) };
    case 'losses': {
      const { type: _, stage, ...batch } = event;
      return { ...state, losses: { ...state.losses, [stage]: [...(state.losses[stage] ?? []), batch] } };
    }
    case 'drift':
      return { ...state, drift: [...state.drift, event] };
    case 'inspected': {
      const { type: _, ...inspected } = event;
      return { ...state, inspected };
    }
    case 'snapshot': {
      const { type: _, policy: __, reference: ___, ...moment } = event;
      return { ...state, moments: [...state.moments, moment] };
    }
    case 'anatomy':
      return { ...state, anatomy: event };
    case 'settings':
      return { ...state, changes: [...state.changes, event] };
    case 'evaluation':
      return { ...state, evaluations: { ...state.evaluations, [event.moment]: event.result } };
    case 'notice':
      return { ...state, notices: [...state.notices, { level: event.level, stage: event.stage, text: event.text }] };
    case 'stage.done': {
      const { summary, memoryBytes } = event;
      // Evaluation comes twice: after its first time it waits for the second.
      const returns = summary.name === 'evaluation' && !state.evaluations.after;
      return mapStage({ ...state, memoryBytes }, summary.name, (stage) => ({
        ...stage,
        status: returns ? 'waiting' : 'done',
        done: returns ? 0 : stage.total,
        summary,
      }));
    }
    case 'run.done':
      return { ...state, phase: 'done', clock: null, summary: event.summary };
  }
}

const withoutBits = (event: EventOf<'mask'>): MaskSummary => ({
  ...event,
  tensors: event.tensors.map(({ name, shape, selected }) => ({ name, shape, selected })),
});

const waitingStage = (stage: { name: StageName; total: number; unit: string }): StageState => ({
  ...stage,
  label: '',
  status: 'waiting',
  done: 0,
  tokens: 0,
  startedAt: null,
  activeMs: 0,
  summary: null,
});
