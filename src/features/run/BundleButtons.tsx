// A run as a file: saving the one that is shown, opening one that was saved here or elsewhere, and what became of it.
import { FileButton } from '../../components/FileButton';
import { Icon } from '../../components/icons';
import type { RunState } from '../../state/runState';
import { useStudio, useStudioState } from '../../state/useStudio';
import { exportRun } from './exportRun';

export function OpenRunButton() {
  const { bundles } = useStudio();
  const isBusy = useStudioState(({ bundle }) => bundle.status === 'saving' || bundle.status === 'opening');
  return (
    <FileButton
      text="Open run"
      label="Run bundle"
      accept=".zip,application/zip"
      disabled={isBusy}
      onFile={(file) => void bundles.open({ name: file.name, blob: file })}
    />
  );
}

/** Nothing while the run works: its numbers would be of different moments. */
export function SaveRunButton({ run }: { run: RunState }) {
  const studio = useStudio();
  const isBusy = useStudioState(({ bundle }) => bundle.status === 'saving' || bundle.status === 'opening');
  if (!run.started || run.phase === 'running' || run.phase === 'starting') return null;
  return (
    <button type="button" className="button" disabled={isBusy} onClick={() => void exportRun(studio, run)}>
      <Icon name="save" />
      Save run
    </button>
  );
}

/** What is going on with a bundle, or why it failed. */
export function BundleNote() {
  const { bundles } = useStudio();
  const bundle = useStudioState((state) => state.bundle);
  switch (bundle.status) {
    case 'none':
      return null;
    case 'saving':
    case 'opening':
      return (
        <p className="caption" role="status">
          {bundle.status === 'saving' ? 'Saving' : 'Opening'} {bundle.name} …
        </p>
      );
    case 'failed':
      return (
        <section className="import" aria-label="Run bundle">
          <p role="alert">
            <Icon name="warning" /> {bundle.message}
          </p>
          <div className="import-actions">
            <button type="button" className="button" onClick={bundles.dismiss}>
              Close
            </button>
          </div>
        </section>
      );
  }
}

/** Where an opened run came from, and what of it is not there. */
export function OpenedNote({ run }: { run: RunState }) {
  if (!run.opened) return null;
  const { file, problems } = run.opened;
  return (
    <div className="run-opened">
      <p className="caption">Opened from {file}: to be looked at in every view and asked in Try, not trained on.</p>
      {problems.length > 0 && (
        <details>
          <summary>
            {problems.length} {problems.length === 1 ? 'part is' : 'parts are'} not shown
          </summary>
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
