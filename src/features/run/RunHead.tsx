// The sentence of the moment with its key number; dangers, notices and a failure right under it.
import { countOf, formatNumber, formatPercent } from '../../components/format';
import { Glossed } from '../../components/glossary/Term';
import type { TermName } from '../../components/glossary/terms';
import { Icon } from '../../components/icons';
import { SHARING } from '../../components/sharing';
import { stageLabel } from '../../components/stageNames';
import type { StageName } from '../../core/events';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import type { RunState } from '../../state/runState';
import { needsRoom } from '../../state/savedState';
import { useSavedState } from '../../state/useSaved';
import { useStudio, useStudioState } from '../../state/useStudio';
import { BackgroundLine } from './Background';
import { OpenedNote, OpenRunButton, SaveRunButton } from './BundleButtons';
import { Estimate } from './Estimate';
import { FailureCard } from './FailureCard';
import { ImportButton } from './ImportPanel';
import { LongBar } from './LongBar';
import { ModelButton } from './ModelPanel';
import { SavedStatus } from './SavedStatus';
import { SaveModel } from './SaveModel';
import { SavingCard } from './SavingCard';
import { outcome, runningStage, seriesOf, stageSentence, stageWhat } from './stageText';
import { isFailed } from './useFailure';
import { useIsTrainedElsewhere, ViewerNote } from './ViewerNote';

function title(run: RunState): string {
  const stage = stageSentence(run);
  switch (run.phase) {
    case 'starting':
      return 'Getting ready: backend, data and model';
    case 'running':
      return stage;
    case 'paused':
      return `Paused at ${stage}`;
    case 'stopped':
      return `Stopped at ${stage}`;
    case 'failed':
      return 'This run failed';
    case 'done':
      return outcome(run);
  }
}

/** So-what under the title. */
function subtitle(run: RunState): string {
  const after = run.evaluations.after;
  if (run.phase === 'done' && after)
    return `KL to SFT ${formatNumber(after.klToSft)} nats per token; ${formatPercent(after.movedPercent)} of the weights moved, the others did not.`;
  const stage = runningStage(run);
  if (!stage) return 'The first run loads the engine and checks it against the CPU.';
  const series = seriesOf(run, stage.name);
  const loss = series?.rows[series.length - 1]?.loss;
  const what = stageWhat(stage.name, run.config);
  return loss === undefined ? what : `${what} Loss ${formatNumber(loss)}.`;
}

/** Words of the subtitles. */
const EXPLAINED: readonly TermName[] = ['kl', 'dpo', 'mask', 'rewriting'];

export function RunHead({ run }: { run: RunState }) {
  const studio = useStudio();
  const open = useStudioState((state) => state.settingsOpen);
  const isGoingOn = useIsTrainedElsewhere(run);
  const roomTrouble = useSavedState((state) => needsRoom(state.saving[run.id], run.phase));
  return (
    <header className="run-head">
      <div className="run-head-text">
        <h2 id="run-title" className="title">
          {title(isGoingOn ? { ...run, phase: 'running' } : run)}
        </h2>
        {run.phase !== 'failed' && (
          <p className="quiet">
            <Glossed text={subtitle(run)} terms={EXPLAINED} />
          </p>
        )}
        <SavedStatus run={run} />
        <BackgroundLine run={run} />
      </div>
      {isFailed(run) && <FailureCard run={run} />}
      {roomTrouble && <SavingCard run={run} trouble={roomTrouble} />}
      <div className="run-head-tools">
        <SaveRunButton run={run} />
        <OpenRunButton />
        <ImportButton />
        <ModelButton />
        <button type="button" className="button" aria-expanded={open} onClick={() => studio.setSettingsOpen(!open)}>
          <Icon name="settings" />
          Settings
        </button>
      </div>
      <Loading run={run} />
      <SaveModel run={run} />
      <OpenedNote run={run} />
      <ViewerNote run={run} />
      <BesideLab run={run} />
      <NextFile run={run} />
      <Warnings run={run} />
    </header>
  );
}

/** The run is slower than it could be, and why. */
function BesideLab({ run }: { run: RunState }) {
  const isLabWorking = useStudioState((state) => state.isLabWorking && state.activeId === run.id);
  if (!isLabWorking || (run.phase !== 'running' && run.phase !== 'starting')) return null;
  return (
    <p className="caption run-beside" role="status">
      The lab’s queue is going on too: {SHARING}
    </p>
  );
}

/** The weights of a brought model on their way to the run. */
function Loading({ run }: { run: RunState }) {
  const loading = useStudioState((state) => state.loading);
  if (loading?.runId !== run.id) return null;
  return <LongBar label={`Loading ${run.modelName ?? 'the model'}`} progress={loading.progress} />;
}

/** A chosen file or model waits for its run. */
function NextFile({ run }: { run: RunState }) {
  const studio = useStudio();
  const file = useStudioState((state) => state.file);
  const model = useStudioState((state) => state.model);
  const method = useStudioState((state) => state.config.method);
  const isSameModel = run.modelName === (model?.name ?? null);
  if (!file || run.phase === 'starting' || (run.started?.dataName === file.fileName && isSameModel)) return null;
  if (model && file.modelId !== model.modelId) return null;
  return (
    <div className="run-next">
      <p>
        The next run trains on <strong>{file.fileName}</strong>: {countOf(file.trainQuestions, 'prompt')},{' '}
        {model ? <strong>{model.name}</strong> : 'a model from scratch'}.
      </p>
      <button type="button" className="button-primary" onClick={() => studio.start()}>
        <Icon name="play" />
        Run {METHOD_DESCRIPTIONS[method].label} on it
      </button>
      {!model && (
        <button type="button" className="button" onClick={studio.useBuiltin}>
          Use the built-in tasks
        </button>
      )}
      <Estimate />
    </div>
  );
}

/** Dangers by the stage that met them: of each stage its last measurement counts, and a later stage hides no earlier one. */
function dangersOf(run: RunState): { stage: StageName; text: string }[] {
  const latest = new Map<StageName, readonly string[]>();
  for (const { stage, dangers } of run.drift) latest.set(stage, dangers);
  latest.set('evaluation', run.evaluations.after?.dangers ?? []);
  return [...latest].flatMap(([stage, dangers]) => dangers.map((text) => ({ stage, text })));
}

/** The dangers of every stage and what the pipeline had to say. */
function Warnings({ run }: { run: RunState }) {
  const dangers = dangersOf(run);
  if (dangers.length + run.notices.length === 0) return null;
  return (
    <ul className="run-warnings">
      {dangers.map(({ stage, text }) => (
        <li key={stage + text} className="run-danger">
          <Icon name="warning" />
          <span>
            <strong>Danger, {stageLabel(stage, run.config)}.</strong> {text}
          </span>
        </li>
      ))}
      {run.notices.map(({ level, text }) => (
        <li key={text} className={level === 'warning' ? 'run-warning' : 'run-info'}>
          {level === 'warning' ? <Icon name="warning" /> : <span aria-hidden="true">·</span>}
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
