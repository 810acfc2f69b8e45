// The shell: header, stages rail with the transport, the chosen view; shortcuts, dropped files, title and announcements.
import { Suspense, useEffect, useState } from 'react';
import { announcement, documentTitle } from '../features/run/stageText';
import { useAttention } from '../features/run/useFailure';
import { SlowMotionCard } from '../features/timeline/SlowMotionCard';
import { TimeLine } from '../features/timeline/TimeLine';
import { useSelectedRun, useStudioState } from '../state/useStudio';
import { DropTarget } from './DropTarget';
import { attentionText, FailureStrip } from './FailureStrip';
import { Header } from './Header';
import { HelpDialog } from './HelpDialog';
import { Notes } from './Notes';
import { Rail } from './Rail';
import { useShortcuts } from './shortcuts';
import { useSlowMotion } from './slowMotion';
import { ViewFailure } from './ViewFailure';
import { VIEWS } from './views';
import './shell.css';

export function App() {
  const [help, setHelp] = useState(false);
  const view = useStudioState((state) => state.view);
  const run = useSelectedRun();
  useSlowMotion();
  useShortcuts(() => setHelp(true));
  const attention = useAttention();
  const isWanted = useStudioState((state) => state.failure !== null) || attention !== null;
  useEffect(() => {
    document.title = `${isWanted ? '⚠ ' : ''}${documentTitle(run)}`;
  }, [run, isWanted]);
  const { Component, hasTimeLine } = VIEWS.find(({ name }) => name === view)!;
  return (
    <>
      <a className="shell-skip" href="#view">
        Skip to the view
      </a>
      <Header onHelp={() => setHelp(true)} />
      <div className="shell-body">
        <Rail />
        <main id="view" className="shell-main" tabIndex={-1}>
          <Notes />
          <FailureStrip attention={attention} />
          <SlowMotionCard />
          {hasTimeLine && <TimeLine run={run} />}
          <ViewFailure key={view}>
            <Suspense fallback={<p className="caption">Loading the view…</p>}>
              <Component run={run} />
            </Suspense>
          </ViewFailure>
        </main>
      </div>
      <p role="status" className="visually-hidden">
        {attention ? attentionText(attention) : announcement(run)}
      </p>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
      <DropTarget />
    </>
  );
}
