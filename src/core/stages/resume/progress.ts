// Where a run is: which line of the pipeline, and since which event the present unit of work is under way. A unit is work between two
// moments that can be saved: whoever goes on does it again from its beginning, and does not tell again what was told.
import type { RunEvent, StageSummary } from '../../events';
import type { Weights } from '../../model/model';
import type { RunContext } from '../context';
import type { ArrayReader, ArrayWriter } from './arrays';
import type { Facts, Inside, SectionName } from './facts';
import type { PointRefused, ResumePoint } from './point';

/** Says where a section goes on, and puts what it takes into the arrays. */
export type SaveInside = (writer: ArrayWriter) => Inside;

export interface Unit {
  path: readonly SectionName[];
  /** By depth of the path. */
  contexts: readonly RunContext[];
  /** How many events of each type were told since it began. */
  told: Map<string, number>;
  /** null: the section's beginning. */
  save: SaveInside | null;
  /** As they were at its beginning. */
  summaries: readonly (readonly StageSummary[])[];
  /** How many scores were known of the weights that lived then. */
  scores: ReadonlyMap<object, number>;
}

/** What a run goes on from. */
export interface Return {
  point: ResumePoint;
  facts: Facts;
  arrays: ArrayReader;
}

interface Level {
  name: SectionName;
  context: RunContext;
}

export class Progress {
  /** Events told so far. */
  told = 0;
  unit: Unit | null = null;
  place: ResumePoint['place'] = null;
  /** Why no point can be made any more. */
  obstacle: PointRefused | null = null;
  /** The weights at a masked stage's beginning, which it holds anyway. */
  before: Weights | null = null;
  /** Stands for the weights at the present section's beginning. */
  entryState: object | null = null;
  /** Stands for the weights of the point that the run goes on from. */
  nowState: object | null = null;
  /** Nothing has come since the run arrived: a unit that begins now is the point's. */
  private isAtPoint = false;
  private readonly levels: Level[] = [];
  private pending: { event: RunEvent; unit: Unit } | null = null;
  /** How many events of each type were told already, and are to come once more. */
  private repeated = new Map<string, number>();

  constructor(
    /** Of a run that goes on from a point, until it is where that was. */
    public returning: Return | null = null,
    private readonly countScores: (context: RunContext) => ReadonlyMap<object, number> = () => new Map(),
  ) {
    if (!returning) return;
    this.told = returning.point.eventsTold;
    this.place = returning.point.place;
  }

  /** A line of the pipeline is reached: gone past long ago, the one of the point, or new. */
  enter(context: RunContext, name: SectionName): 'past' | 'within' | 'here' | 'new' {
    const depth = this.levels.push({ name, context }) - 1;
    const path = this.returning?.facts.path;
    if (!path) return 'new';
    if (name !== path[depth]) return 'past';
    return depth === path.length - 1 ? 'here' : 'within';
  }

  leave(): void {
    this.levels.pop();
    this.before = null;
  }

  /** How deep in the path. */
  get depth(): number {
    return this.levels.length - 1;
  }

  /** The run's own context, whoever asks. */
  get root(): RunContext | undefined {
    return this.levels[0]?.context;
  }

  /** A unit of work begins. */
  begin(save: SaveInside | null): void {
    this.pending = null;
    this.open(this.newUnit(save));
  }

  /** A unit of work begins when `event`, which comes next, has been told. */
  beginAfter(event: RunEvent, save: SaveInside): void {
    this.pending = { event, unit: this.newUnit(save) };
  }

  /** What the present section goes on from; null for its beginning, and where the run is not on its way back. */
  insideOf<K extends Inside['kind']>(kind: K): { inside: Extract<Inside, { kind: K }>; arrays: ArrayReader } | null {
    const { returning } = this;
    const inside = returning?.facts.inside;
    if (!returning || this.depth !== returning.facts.path.length - 1 || !isOf(inside, kind)) return null;
    return { inside, arrays: returning.arrays };
  }

  /** The run is where the point's unit began, and would be saved so: from here on it is told, but for what was told already. */
  arrive(save: SaveInside | null): void {
    const { returning } = this;
    if (!returning) return;
    this.returning = null;
    for (const [depth, { context }] of this.levels.entries())
      for (const saved of returning.facts.levels[depth]?.summaries ?? []) restoreSummary(context, saved);
    this.begin(save);
    for (const [type, count] of returning.facts.unitTold) {
      this.unit?.told.set(type, count);
      this.repeated.set(type, count);
    }
    this.isAtPoint = true;
  }

  /** Is the event to be told? Of work that is done again what was told stays untold, type by type: on another device there may be more progress to tell. */
  isNews(event: RunEvent): boolean {
    if (this.returning) return false;
    this.isAtPoint = false;
    const { pending } = this;
    this.pending = null;
    if (pending && pending.event !== event) this.open(pending.unit);
    const left = this.repeated.get(event.type) ?? 0;
    this.place = placeAfter(event) ?? this.place;
    if (left > 0) this.repeated.set(event.type, left - 1);
    else {
      this.told++;
      const told = this.unit?.told;
      told?.set(event.type, (told.get(event.type) ?? 0) + 1);
    }
    if (pending?.event === event) this.open(pending.unit);
    return left === 0;
  }

  private open(unit: Unit): void {
    const told = this.isAtPoint && this.unit?.told;
    this.unit = told ? { ...unit, told } : unit;
    if (!told) this.repeated.clear();
  }

  private newUnit(save: SaveInside | null): Unit {
    return {
      path: this.levels.map(({ name }) => name),
      contexts: this.levels.map(({ context }) => context),
      told: new Map(),
      save,
      summaries: this.levels.map(({ context }) => [...context.summaries.values()].map((summary) => ({ ...summary }))),
      scores: new Map(this.levels.flatMap(({ context }) => [...this.countScores(context)])),
    };
  }
}

const isOf = <K extends Inside['kind']>(
  inside: Inside | null | undefined,
  kind: K,
): inside is Extract<Inside, { kind: K }> => inside?.kind === kind;

/** A stage's own summary is already there where it is under way. */
export function restoreSummary({ summaries }: Pick<RunContext, 'summaries'>, kept: StageSummary): void {
  const own = summaries.get(kept.name);
  if (own) Object.assign(own, kept);
  else summaries.set(kept.name, { ...kept });
}

function placeAfter(event: RunEvent): ResumePoint['place'] {
  switch (event.type) {
    case 'stage.started':
      return { stage: event.stage, done: 0, total: event.total };
    case 'stage.progress':
      return { stage: event.stage, done: event.done, total: event.total };
    case 'step':
      return { stage: event.stage, done: event.step, total: event.total };
    default:
      return null;
  }
}
