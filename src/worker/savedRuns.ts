// Where a run begins that is saved: anew under its name, or where an earlier one was left. Whoever holds the run goes on from what is given here.
import type { RunConfig } from '../core/config';
import type { BackendReport } from '../core/events';
import { type ResumePoint, readPoint } from '../core/stages/resume/point';
import type { ResumedRun } from '../storage/resumeRun';
import { readSource } from './keptSource';
import type { Live } from './live';
import type { Command, WorkerMessage } from './protocol';
import { changedConfig, changedPoint, tellChange } from './resumeChange';
import { createRunSaver, type RunSaver, troubleOf } from './runSaver';
import type { RunSource, SessionOptions } from './sessionOptions';

/** As the page asks for a run. */
export type BeginCommand = Extract<Command, { type: 'run.start' | 'run.continue' }>;

export interface Beginning {
  config: RunConfig;
  source: RunSource;
  /** Null: at the beginning. */
  from: ResumePoint | null;
  /** What is to be told of how it was read and what it goes on with, as sentences. */
  notes: readonly string[];
  /** On which it was begun; null for a new one. */
  before: BackendReport | null;
}

type Saved = Pick<Live, 'id' | 'begin' | 'run' | 'saver' | 'phase' | 'awaitsSaver'>;

export interface SavedRuns {
  /**
   * Gives the run its saver, where it is to have one. A new run that cannot be saved begins without, and the page is told. Throws StorageError, PointError,
   * FileError or Error for a saved one that cannot be gone on with.
   */
  begin(state: Saved): Promise<Beginning>;
  /** Gives a new run its saver that could not have one, if it has told nothing yet. */
  again(state: Saved): Promise<void>;
}

/** Something of the user's that a saved run needs and that is not there. */
class SourceMissing extends Error {
  override readonly name = 'SourceMissing';
  constructor(
    readonly needs: 'model' | 'data',
    message: string,
    readonly next: string,
  ) {
    super(message);
  }
}

export function createSavedRuns({
  engine,
  openStore,
  post,
  now,
  turn,
  rest,
  noRoom,
}: Pick<SessionOptions, 'engine' | 'openStore' | 'post' | 'now' | 'turn' | 'rest'> & {
  noRoom(runId: string): void;
}): SavedRuns {
  /** The last one, which may still be at its last save. */
  let last: RunSaver | null = null;

  const tell = (message: WorkerMessage): void => {
    post(message, []);
    const isShort = message.type === 'run.saveTrouble' && (message.kind === 'full' || message.kind === 'refused');
    if (isShort) noRoom(message.runId);
  };

  const attach = (state: Saved, { writer, run }: Pick<ResumedRun, 'writer'> & Partial<ResumedRun>) => {
    last = createRunSaver({
      ...{ runId: state.id, writer, before: run ?? null, now, turn, rest },
      moment: () => state.run!.moment(),
      post: tell,
    });
    state.saver = last;
    if (state.phase === 'running') last.phase('running');
  };

  const left = async (savedId: string): Promise<void> => {
    if (last?.savedId === savedId) await last.end();
  };

  const firstSaver = async (
    state: Saved,
    { runId, config, dataId, modelId, saved }: Extract<BeginCommand, { type: 'run.start' }>,
  ): Promise<void> => {
    if (!saved) return;
    try {
      await left(saved.id);
      const kept = await engine.keptSource({ dataId, modelId });
      attach(state, { writer: await (await openStore()).create({ ...saved, config, source: kept }) });
      state.awaitsSaver = false;
    } catch (error) {
      state.awaitsSaver = true;
      tell({ type: 'run.saveTrouble', runId, savedId: saved.id, ...troubleOf(error) });
    }
  };

  const onward = async (
    state: Saved,
    { savedId, dataId, modelId, change }: Extract<BeginCommand, { type: 'run.continue' }>,
  ): Promise<Beginning> => {
    await left(savedId);
    const resumed = await (await openStore()).resume(savedId, (config) => changedConfig(config, change));
    attach(state, resumed);
    const { header, log, point, problems } = resumed.run;
    const { config } = header;
    const first = log.find((entry) => 'event' in entry && entry.event.type === 'run.started');
    return {
      ...{ config, source: { dataId: await dataOf(resumed, { dataId, modelId }), modelId } },
      from: changedPoint(readPoint(point), change),
      notes: [
        ...(problems.length > 0 ? [...problems, 'The run goes on from what could be read.'] : []),
        ...tellChange(config, change),
      ],
      before: first && 'event' in first && first.event.type === 'run.started' ? first.event.backend : null,
    };
  };

  /** The handle of the run's data: as given, or of the file that was kept with it. */
  const dataOf = async ({ run, source }: ResumedRun, { dataId, modelId }: RunSource): Promise<string | null> => {
    const file = await source();
    if (!file) return dataId;
    const { model, data } = readSource(file);
    if (model !== null && modelId === null)
      throw new SourceMissing(
        'model',
        `This run began with the model “${model}”, which is not open.`,
        'Open that model, then go on with the run.',
      );
    if (!data || dataId !== null) return dataId;
    const own = `saved-${run.header.id}`;
    const isRead =
      data.file !== null &&
      (await engine.importFile({ ...data, file: data.file, dataId: own, modelId, recordsOnly: false })).status ===
        'preview';
    if (!isRead)
      throw new SourceMissing(
        'data',
        `This run learns from your file “${data.fileName}”, which was not kept with it.`,
        'Import that file, then go on with the run.',
      );
    return own;
  };

  return {
    async begin(state) {
      const { begin } = state;
      if (begin.type === 'run.continue') return onward(state, begin);
      const { config, dataId, modelId } = begin;
      await firstSaver(state, begin);
      return { config, source: { dataId, modelId }, from: null, notes: [], before: null };
    },
    async again(state) {
      if (state.awaitsSaver && state.begin.type === 'run.start') await firstSaver(state, state.begin);
    },
  };
}
