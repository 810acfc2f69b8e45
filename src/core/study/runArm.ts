// The job 'arm': one run with its path, and everything that a table or a picture of it needs.
import type { EvaluationRecord, RunEvent, StageName } from '../events';
import type { Weights } from '../model/model';
import { createRun, type Run } from '../run';
import { PATH_PROMPTS } from '../stages/training';
import { StepError } from '../stages/trainStep';
import { PATH_OF_REFERENCE } from './armLists';
import type { Job } from './job';
import { common, type JobContext, runOptions } from './jobContext';
import { type Progress, RunProgress } from './jobProgress';
import type { ArmResult, StudyMeasures } from './result';
import { toResult } from './roundResult';

/** Made once for all arms of a family and seed; an arm's seconds are what it takes beside them. */
const PREPARATIONS: ReadonlySet<StageName> = new Set(['sft', 'sampling', 'pairs', 'warm-up']);

/**
 * Trains the arm and measures it. A loss that is not finite ends the training: the last good weights are measured, and it is said. Where the
 * step before has already made these useless, those of the last sound place on the path are.
 */
export async function* runArm(job: Job, jobContext: JobContext): AsyncGenerator<Progress, ArmResult> {
  const run = createRun({ ...runOptions(job, jobContext), path: true });
  const progress = new RunProgress(job.config);
  const record = new ArmRecord(job.config.arm === PATH_OF_REFERENCE);
  const refuge = new Refuge(run);
  let failure: string | null = null;
  const follow = async function* (events: AsyncGenerator<RunEvent, void>): AsyncGenerator<Progress, void> {
    for await (const event of events) {
      record.take(event);
      if (event.type === 'path') await refuge.take(event);
      const tick = progress.take(event);
      if (tick) yield tick;
    }
  };
  try {
    try {
      yield* follow(run.events());
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      failure = error.message;
      yield* follow(run.measure());
      if (!record.isSound) {
        failure += ` Measured are the weights after ${refuge.place}.`;
        yield* follow(run.measure(await refuge.weights()));
      }
    }
    const found = { ...common(job, jobContext, record.seconds()), ...record.found(), failure };
    return toResult({ ...found, kind: 'arm' }) as ArmResult;
  } finally {
    run.dispose();
  }
}

/** The weights at the last place of the path where they were sound; SFT's before there is one. */
class Refuge {
  place = 'SFT';
  private kept: Weights | null = null;

  constructor(private readonly run: Run) {}

  async take({ stage, step, klToSft }: Extract<RunEvent, { type: 'path' }>): Promise<void> {
    if (!Number.isFinite(klToSft)) return;
    this.place = `${stage} ${step}`;
    this.kept = (await this.run.checkpoints()).model;
  }

  async weights(): Promise<Weights> {
    return this.kept ?? (await this.run.checkpoints()).sft;
  }
}

type Place = ArmResult['path'][number];

/** Collects a run's events. */
class ArmRecord {
  private readonly evaluations: Partial<Record<'before' | 'after', EvaluationRecord>> = {};
  private readonly curves = new Map<StageName, { step: number[]; loss: (number | null)[] }>();
  private readonly updates: Record<string, number> = {};
  private readonly tokens: Record<string, number> = {};
  private readonly maskPercent: Record<string, number> = {};
  private readonly places: ArmResult['path'] = [];
  private readonly stageSeconds: Partial<Record<StageName, number>> = {};
  private secondsBefore = 0;
  private sampledTokens = 0;
  private rewardAuroc: number | null = null;

  constructor(private readonly keepsAnswers: boolean) {}

  take(event: RunEvent): void {
    switch (event.type) {
      case 'step':
        if (event.series === event.stage && event.stage !== 'sft') this.takeStep(event.stage, event);
        break;
      case 'path': {
        const { type: _, right, ...place } = event;
        if (Number.isFinite(place.klToSft)) this.places.push(this.placeOf(place, right));
        break;
      }
      case 'mask':
        this.maskPercent[event.purpose] = (100 * event.selected) / event.total;
        break;
      case 'rewards':
        this.rewardAuroc = event.auroc;
        break;
      case 'evaluation':
        this.evaluations[event.moment] = event.result;
        break;
      case 'stage.done': {
        const { name, seconds } = event.summary;
        if (name === 'evaluation' && !this.evaluations.after) this.secondsBefore = seconds;
        this.stageSeconds[name] = seconds;
      }
    }
  }

  /** Did the last evaluation measure a model that still says something? */
  get isSound(): boolean {
    const { klToSft, goldLogp } = this.evaluations.after!;
    return Number.isFinite(klToSft) && (goldLogp === null || Number.isFinite(goldLogp));
  }

  private placeOf(place: Place, right: string): Place {
    return this.keepsAnswers ? { ...place, right } : place;
  }

  private takeStep(stage: StageName, { step, metrics }: Extract<RunEvent, { type: 'step' }>): void {
    const curve = this.curves.get(stage) ?? { step: [], loss: [] };
    this.curves.set(stage, curve);
    curve.step.push(step);
    curve.loss.push(Number.isFinite(metrics.loss) ? metrics.loss : null);
    // The step that breaks a run is told, but the weights stay as they were.
    const isMade = Number.isFinite(metrics.loss) && Number.isFinite(metrics.gradientNorm);
    this.updates[stage] = (this.updates[stage] ?? 0) + (isMade ? 1 : 0);
    this.tokens[stage] = (this.tokens[stage] ?? 0) + metrics.tokens;
    this.sampledTokens += metrics.sampledTokens ?? 0;
  }

  /** Of the arm's own stages. One that failed is not counted. */
  seconds(): number {
    const own = Object.entries(this.stageSeconds).filter(([name]) => !PREPARATIONS.has(name as StageName));
    return own.reduce((sum, [, seconds]) => sum + seconds, 0) - this.secondsBefore;
  }

  found() {
    const [before, after] = [this.evaluations.before!, this.evaluations.after!];
    return {
      updates: this.updates,
      tokens: this.tokens,
      sampledTokens: this.sampledTokens,
      before: measures(before),
      after: measures(after),
      path: [this.sftPlace(before), ...this.places],
      curves: [...this.curves].map(([stage, curve]) => ({ stage, ...curve })),
      rewardAuroc: this.rewardAuroc,
      maskPercent: this.maskPercent,
    };
  }

  /** Where every path begins, from answers that the evaluation has anyway. */
  private sftPlace({ families }: EvaluationRecord): Place {
    // The aligned family is the only one that is sampled.
    const aligned = Object.values(families).find(({ sampled, right }) => sampled !== null && right.length > 0);
    const right = aligned?.right.slice(0, PATH_PROMPTS) ?? '';
    const accuracy = right.length > 0 ? (100 * right.replaceAll('0', '').length) / right.length : null;
    return this.placeOf({ stage: 'sft', step: 0, klToSft: 0, accuracy }, right);
  }
}

const measures = ({ families, klToSft, goldLogp, dpoLoss, margin, movedPercent, stylePercent }: EvaluationRecord) =>
  ({ families, klToSft, goldLogp, dpoLoss, margin, movedPercent, stylePercent }) satisfies StudyMeasures;
