// What is known of a failed run, gathered for its card: where it was, what was measured, what is saved of it. In words: failureWords.ts.
import { duration } from '../../components/duration';
import type { FieldName } from '../../core/config';
import type { StageName } from '../../core/events';
import { configDifference } from '../../core/parseConfig';
import type { FailedRun, RunState } from '../../state/runState';
import { isUnfinished, type Mishaps, NO_MISHAPS, type SavedState, type Saving } from '../../state/savedState';
import type { LiveSettings, RunTrouble } from '../../state/studioState';
import type { RunHeader } from '../../storage/runRecord';
import type { FailureFacts } from './failureWords';
import { ago, placeText } from './savedText';
import { runningStage, seriesOf } from './stageText';

/** What this browser has of a run of the session. */
export interface KeptRun {
  /** The saved run that it is. */
  savedId: string | null;
  /** null: it is not in the list of saved runs. */
  header: RunHeader | null;
  saving: Saving | null;
  mishaps: Mishaps;
}

export function keptOf(run: RunState, { links, list, saving, mishaps }: SavedState): KeptRun {
  const savedId = links[run.id]?.id ?? null;
  return {
    savedId,
    header: list?.runs.find(({ id }) => id === savedId) ?? null,
    saving: saving[run.id] ?? null,
    mishaps: mishaps[savedId ?? ''] ?? NO_MISHAPS,
  };
}

const RATE_OF: Readonly<Partial<Record<StageName, FieldName>>> = {
  sft: 'sftLearningRate',
  'warm-up': 'warmupLearningRate',
  'token-rewards': 'rewardLearningRate',
  forgetting: 'forgettingLearningRate',
};

/** `live`: what was asked of the run while it was on; null: nothing. */
export function failureFacts(
  run: RunState & { failure: FailedRun },
  { header, savedId, mishaps }: Omit<KeptRun, 'saving'>,
  live: LiveSettings | null,
): FailureFacts {
  const { failure, opened } = run;
  const stage = runningStage(run);
  const series = stage && seriesOf(run, stage.name);
  const fromStorage = header !== null && isUnfinished(header);
  return {
    cause: failure.cause,
    error: failure,
    resumable: opened ? fromStorage : failure.resumable && savedId !== null,
    isLookedAt: opened !== null && !fromStorage,
    hasBegun: run.started !== null,
    place: stage && placeText({ stage: stage.name, done: stage.done, total: stage.total }, run.config),
    last: series?.rows[series.length - 1] ?? null,
    backend: backendOf(run, header, mishaps),
    memoryBytes: run.memoryBytes,
    learningRateScale: live?.learningRateScale ?? run.changes.at(-1)?.learningRateScale ?? 1,
    learningRateField: (stage && RATE_OF[stage.name]) ?? 'improvingLearningRate',
    mishaps:
      header && isInSmallerParts(run, header)
        ? { ...mishaps, change: { ...mishaps.change, smallerParts: true } }
        : mishaps,
  };
}

/** In this visit or an earlier one it was moved to another backend than it had begun on. */
function backendOf({ started }: RunState, header: RunHeader | null, { change }: Mishaps): FailureFacts['backend'] {
  const stored = header?.config.backend;
  const moved = change.backend ?? (stored === started?.config.backend ? undefined : stored);
  return moved === undefined || moved === 'auto' ? (started?.backend.name ?? null) : moved;
}

const isInSmallerParts = ({ started }: RunState, { config }: RunHeader): boolean =>
  started !== null && config.accumulate > started.config.accumulate;

/** Of a run that is not there: it failed before it told anything, or nothing of it can be read. null: no engine or storage failed. */
export function troubleFacts({ error }: RunTrouble, backend: FailureFacts['backend']): FailureFacts | null {
  if (!('cause' in error)) return null;
  return {
    ...{ cause: error.cause, error, resumable: false, isLookedAt: false, hasBegun: false },
    ...{ place: null, last: null, backend, memoryBytes: null, learningRateScale: 1 },
    ...{ learningRateField: 'improvingLearningRate', mishaps: NO_MISHAPS },
  };
}

/** What is kept of the run, in a sentence. */
export function keptText(run: RunState, { header, saving }: KeptRun, now: number): string {
  const { opened, config } = run;
  const saved = header?.saves[0];
  const last = saving?.last ?? (saved ? { savedAt: saved.savedAt, place: saved.place } : null);
  if (last) {
    const [since, word] = saving?.failedAt ? [saving.failedAt - last.savedAt, 'before it failed'] : [null, ''];
    const when = since === null ? ago(now - last.savedAt) : `${duration(since / 1000)} ${word}`;
    return `Saved up to ${placeText(last.place, config)}, ${when}.`;
  }
  if (opened) return `What it told until then can be looked at here. It comes from ${opened.file}.`;
  const shown = 'What is shown stays until this tab is closed; export it to keep it.';
  return saving && !saving.isGivenUp
    ? `Nothing of this run was saved yet. ${shown}`
    : `Nothing of this run is saved: saving was switched off. ${shown}`;
}

/** What an issue report needs, as text. */
export function reportText(run: RunState, { cause, place, error, backend }: FailureFacts, browser: string): string {
  const settings = Object.entries(configDifference(run.config)).map(([name, value]) => `${name}=${value}`);
  return [
    `Run ${run.name} failed: ${cause}${place ? `, at ${place}` : ''}`,
    `Backend: ${backend === run.started?.backend.name ? run.started?.backend.label : (backend ?? 'none yet')}`,
    `Settings: ${settings.join(' ') || 'the defaults'}`,
    `Browser: ${browser}`,
    error.message,
    error.detail,
  ].join('\n');
}
