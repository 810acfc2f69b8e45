// Where a run begins that is saved: anew under its name, or where an earlier one was left. Whoever holds the run goes on from what is given here.
import type { RunConfig } from '../core/config';
import { type ResumePoint, readPoint } from '../core/stages/resume/point';
import type { ResumedRun } from '../storage/resumeRun';
import { readSource } from './keptSource';
import type { Live } from './live';
import type { Command } from './protocol';
import { createRunSaver, type RunSaver, troubleOf } from './runSaver';
import type { RunSource, SessionOptions } from './sessionOptions';

/** As the page asks for a run. */
export type BeginCommand = Extract<Command, { type: 'run.start' | 'run.continue' }>;

export interface Beginning {
  config: RunConfig;
  source: RunSource;
  /** Null: at the beginning. */
  from: ResumePoint | null;
  /** What is to be told of how it was read, as sentences. */
  problems: readonly string[];
}

export interface SavedRuns {
  /**
   * Gives the run its saver, where it is to have one. A new run that cannot be saved goes on without, and the page is told. Throws StorageError, PointError,
   * FileError or Error for a saved one that cannot be gone on with.
   */
  begin(state: Pick<Live, 'id' | 'run' | 'saver' | 'phase'>, command: BeginCommand): Promise<Beginning>;
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
}: Pick<SessionOptions, 'engine' | 'openStore' | 'post' | 'now' | 'turn'>): SavedRuns {
  /** The last one, which may still be at its last save. */
  let last: RunSaver | null = null;

  const attach = (
    state: Parameters<SavedRuns['begin']>[0],
    { writer, run }: Pick<ResumedRun, 'writer'> & Partial<ResumedRun>,
  ) => {
    last = createRunSaver({
      ...{ runId: state.id, writer, before: run ?? null, now, turn },
      moment: () => state.run!.moment(),
      post: (message) => post(message, []),
    });
    state.saver = last;
    if (state.phase === 'running') last.phase('running');
  };

  const left = async (savedId: string): Promise<void> => {
    if (last?.savedId === savedId) await last.end();
  };

  const anew = async (
    state: Parameters<SavedRuns['begin']>[0],
    { runId, config, dataId, modelId, saved }: Extract<BeginCommand, { type: 'run.start' }>,
  ): Promise<Beginning> => {
    const source = { dataId, modelId };
    if (saved) {
      try {
        await left(saved.id);
        const kept = await engine.keptSource(source);
        attach(state, { writer: await (await openStore()).create({ ...saved, config, source: kept }) });
      } catch (error) {
        post({ type: 'run.saveTrouble', runId, savedId: saved.id, ...troubleOf(error) }, []);
      }
    }
    return { config, source, from: null, problems: [] };
  };

  const onward = async (
    state: Parameters<SavedRuns['begin']>[0],
    { savedId, dataId, modelId }: Extract<BeginCommand, { type: 'run.continue' }>,
  ): Promise<Beginning> => {
    await left(savedId);
    const resumed = await (await openStore()).resume(savedId);
    attach(state, resumed);
    const { header, point, problems } = resumed.run;
    const from = readPoint(point);
    return {
      ...{ config: header.config, from, source: { dataId: await dataOf(resumed, { dataId, modelId }), modelId } },
      problems: problems.length > 0 ? [...problems, 'The run goes on from what could be read.'] : [],
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
    begin: (state, command) => (command.type === 'run.start' ? anew(state, command) : onward(state, command)),
  };
}
