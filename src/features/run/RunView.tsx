// Run: where the run is, its curves, and what it changed; before the first run, the big button. Settings open beside it.
import type { RunState } from '../../state/runState';
import { useStudio, useStudioState } from '../../state/useStudio';
import { BundleNote } from './BundleButtons';
import { Curves } from './Curves';
import { ImportPanel } from './ImportPanel';
import { Launch } from './Launch';
import { ModelPanel } from './ModelPanel';
import { Recorded } from './Recorded';
import { RecordedVerdicts } from './RecordedVerdicts';
import { Results } from './Results';
import { RunHead } from './RunHead';
import { SavedRuns } from './SavedRuns';
import { UnfinishedCard } from './SavedStatus';
import { SettingsPanel } from './SettingsPanel';
import './runView.css';

export function RunView({ run }: { run: RunState | null }) {
  const studio = useStudio();
  const settingsOpen = useStudioState((state) => state.settingsOpen);
  const importing = useStudioState((state) => state.importing);
  const recorded = useStudioState((state) => state.recorded);
  return (
    <div className="run" data-settings={settingsOpen}>
      <section className="run-view" aria-labelledby="run-title">
        {importing.status !== 'none' && <ImportPanel importing={importing} />}
        <ModelPanel />
        <BundleNote />
        <UnfinishedCard />
        {run ? (
          <>
            <RunHead run={run} />
            <Curves run={run} />
            <Results run={run} />
          </>
        ) : (
          <div className="run-idle">
            <Launch />
            {recorded && <Recorded recorded={recorded} />}
          </div>
        )}
        <SavedRuns />
        <RecordedVerdicts />
      </section>
      {settingsOpen && <SettingsPanel onClose={() => studio.setSettingsOpen(false)} />}
    </div>
  );
}
