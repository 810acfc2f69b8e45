// How much of a job is done, weighted by what its stages cost. Rough: for a bar, not for a time table (pace.ts).
import type { RunConfig } from '../config';
import type { EvaluationMoment, RunEvent, StageName } from '../events';
import type { StudyTick } from './ticks';

// In updates of 1024 tokens (Default on wasm).
const SAMPLED_ANSWER = 0.03;
const EVALUATED_ANSWER = 0.04;
const REWARDS = 25;
const MASK = 3;
/** KL and accuracy on the way, four times a stage. */
const PATH = 4 * 6;

export type Progress = Extract<StudyTick, { type: 'progress' }>;

/** The parts of a run that are waited for: its stages, with both evaluations. */
export type Part = Exclude<StageName, 'evaluation'> | EvaluationMoment;

function partCost(config: RunConfig, part: Part, total: number): number {
  const { heldOutPrompts, otherPrompts, klPrompts, prompts, samplesPerPrompt } = config;
  switch (part) {
    case 'sampling':
      return SAMPLED_ANSWER * prompts * samplesPerPrompt;
    case 'before':
    case 'after':
      return EVALUATED_ANSWER * (2 * heldOutPrompts + 2 * otherPrompts + klPrompts);
    case 'forgetting':
    case 'improving':
      return total + PATH;
    case 'token-rewards':
      return REWARDS + (config.rewardSource === 'train' ? config.rewardSteps : 0);
    case 'mask':
      return MASK;
    case 'pairs':
      return 1;
    default:
      return total;
  }
}

/** Follows a run's events; `share` never falls and is 1 at the end. */
export class RunProgress {
  private costs = new Map<Part, number>();
  private readonly done = new Map<Part, number>();

  /** Of a run that is followed to its end, or left before the parts that are left out. */
  constructor(
    private readonly config: RunConfig,
    private readonly leftOut: readonly Part[] = [],
  ) {}

  /** What is to be told after this event; null when nothing has changed. */
  take(event: RunEvent): Progress | null {
    if (event.type === 'run.started') {
      const parts = event.stages.flatMap(({ name, total }): [Part, number][] =>
        name === 'evaluation'
          ? [
              ['before', 0],
              ['after', 0],
            ]
          : [[name, total]],
      );
      const awaited = parts.filter(([part]) => !this.leftOut.includes(part));
      this.costs = new Map(awaited.map(([part, total]) => [part, partCost(this.config, part, total)]));
      return null;
    }
    const reached = partReached(event);
    if (!reached) return null;
    const { part, share } = reached;
    this.done.set(part, Math.max(this.done.get(part) ?? 0, share));
    const all = [...this.costs];
    const total = all.reduce((sum, [, cost]) => sum + cost, 0);
    const done = all.reduce((sum, [name, cost]) => sum + cost * (this.done.get(name) ?? 0), 0);
    return { type: 'progress', label: part, share: done / total };
  }
}

/** The part that an event is of, and how much of it is done. */
function partReached(event: RunEvent): { part: Part; share: number } | null {
  if (event.type === 'evaluation') return { part: event.moment, share: 1 };
  if (event.type === 'stage.done')
    return event.summary.name === 'evaluation' ? null : { part: event.summary.name, share: 1 };
  const isCounted = event.type === 'step' || event.type === 'stage.progress';
  if (!isCounted || event.stage === 'evaluation' || event.total === 0) return null;
  return { part: event.stage, share: (event.type === 'step' ? event.step : event.done) / event.total };
}

/** Passes on the progress of a part of a job as the whole job's, and gives the part's result. Left in the middle, it leaves the part too. */
export async function* partOf<T>(
  source: AsyncGenerator<Progress, T>,
  { from, to, prefix = '' }: { from: number; to: number; prefix?: string },
): AsyncGenerator<Progress, T> {
  try {
    for (;;) {
      const step = await source.next();
      if (step.done) return step.value;
      const { label, share } = step.value;
      yield { type: 'progress', label: prefix + label, share: from + share * (to - from) };
    }
  } finally {
    await source.return(undefined as never);
  }
}
