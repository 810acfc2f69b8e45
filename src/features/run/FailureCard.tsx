// What failed, what is kept, and the one thing to do next; quieter, what else can be done. One card for every failure: of a run that is shown, of one
// that is not there, and (SavingCard.tsx) of its saves.
import type { ReactNode } from 'react';
import { CopyButton } from '../../components/CopyButton';
import { Icon, type IconName } from '../../components/icons';
import { saveFile } from '../../components/pictureExport';
import { useNow } from '../../components/useNow';
import type { FailedRun, RunState } from '../../state/runState';
import type { Studio } from '../../state/studioActions';
import type { RunTrouble } from '../../state/studioState';
import { useSavedState } from '../../state/useSaved';
import { useStudio, useStudioState } from '../../state/useStudio';
import { exportRun, fileName } from './exportRun';
import { type KeptRun, keptText, reportText, troubleFacts } from './failureFacts';
import { type FailureFacts, failureHeading, failureWhat, type NextStep, nextStep } from './failureWords';
import { useFailure } from './useFailure';
import './failureCard.css';

/** The strip in the other views leads here. */
export const CARD_ID = 'failure-card';

interface CardProps {
  /** Of the heading: 2 where it stands above the view's own. */
  level?: 2 | 3;
  /** For those who cannot see it. */
  label: string;
  heading: string;
  /** What happened, and what is kept: sentences. */
  told: readonly string[];
  /** The one thing to do next. */
  next: { label: string; why: string; icon: IconName; disabled: boolean; act(): void } | null;
  /** What else can be done. */
  others?: ReactNode;
  children?: ReactNode;
}

export function Card({ level = 3, label, heading, told, next, others, children }: CardProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section className="failure-card" id={CARD_ID} aria-label={label} tabIndex={-1}>
      <Heading className="failure-heading">
        <Icon name="warning" />
        {heading}
      </Heading>
      <div className="failure-told">
        {told.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {children}
      {next && (
        <div className="failure-next">
          <button type="button" className="button-primary" disabled={next.disabled} onClick={next.act}>
            <Icon name={next.icon} />
            {next.label}
          </button>
          <p className="caption">{next.why}</p>
        </div>
      )}
      {others}
    </section>
  );
}

const ICONS: Readonly<Record<NextStep['do'], IconName>> = {
  resume: 'play',
  restart: 'restart',
  settings: 'settings',
  export: 'save',
};

/** Does what does not need the run that failed. */
function doAnew(studio: Studio, step: Extract<NextStep, { do: 'restart' | 'settings' }>): void {
  if (step.do === 'settings') studio.openSettingsAt(step.field);
  else {
    if (step.backend) studio.setField('backend', step.backend);
    studio.start();
  }
}

function act(studio: Studio, step: NextStep, run: RunState, { savedId }: KeptRun): void {
  if (step.do === 'export') void exportRun(studio, run);
  else if (step.do !== 'resume') doAnew(studio, step);
  else if (savedId) void studio.saved.continueRun(savedId, step.change);
}

/** Of a run that is shown, whether it failed just now or was opened like that. */
export function FailureCard({ run }: { run: RunState & { failure: FailedRun } }) {
  const studio = useStudio();
  const { facts, kept } = useFailure(run);
  const isBusy = useSavedState((state) => state.working !== null);
  const now = useNow(5000);
  const step = nextStep(facts);
  const next = step && {
    ...{ label: step.label, why: step.why, icon: ICONS[step.do], disabled: isBusy },
    act: () => act(studio, step, run, kept),
  };
  return (
    <Card
      label="What failed"
      heading={failureHeading(facts)}
      told={[failureWhat(facts), keptText(run, kept, now)]}
      next={next}
      others={
        <>
          {!facts.isLookedAt && <Others run={run} facts={facts} step={step} />}
          <Details text={reportText(run, facts, navigator.userAgent)} />
        </>
      }
    />
  );
}

/** Whatever the one next step is not. */
function Others({ run, facts, step }: { run: RunState; facts: FailureFacts; step: NextStep | null }) {
  const studio = useStudio();
  return (
    <p className="failure-others">
      {facts.hasBegun && step?.do !== 'export' && (
        <button type="button" className="button button-quiet" onClick={() => void exportRun(studio, run)}>
          <Icon name="save" />
          Export it
        </button>
      )}
      {!(step?.do === 'restart' && step.backend === null) && (
        <button type="button" className="button button-quiet" onClick={() => studio.start()}>
          <Icon name="restart" />
          Restart
        </button>
      )}
      {step?.do !== 'settings' && (
        <button type="button" className="button button-quiet" onClick={() => studio.setSettingsOpen(true)}>
          <Icon name="settings" />
          Change settings
        </button>
      )}
    </p>
  );
}

function Details({ text }: { text: string }) {
  return (
    <details className="failure-details">
      <summary>Details for an issue report</summary>
      <pre>{text}</pre>
      <p className="failure-others">
        <CopyButton label="Copy details" otherwise="Select the text instead." copied={() => text} />
      </p>
    </details>
  );
}

/** Of a run that failed before it told anything, or of which nothing can be read. */
export function TroubleCard({ trouble }: { trouble: RunTrouble }) {
  const studio = useStudio();
  const backend = useStudioState(({ backend }) => (backend.status === 'known' ? backend.report.name : null));
  const isBusy = useSavedState((state) => state.working !== null);
  const facts = troubleFacts(trouble, backend);
  if (!facts) return null;
  const { savedId, name, error } = trouble;
  const exportIt = async (id: string): Promise<void> => {
    const file = await studio.saved.exportAside(id);
    if (file) saveFile(file, `${fileName(name)}.raw.zip`);
  };
  const step = nextStep(facts);
  const next = savedId
    ? {
        ...{ label: 'Export what there is', icon: 'save' as const, disabled: isBusy },
        why: 'As files of a zip, which this studio cannot open either. The run stays where it is.',
        act: () => void exportIt(savedId),
      }
    : step &&
      (step.do === 'restart' || step.do === 'settings') && {
        ...{ label: step.label, why: step.why, icon: ICONS[step.do], disabled: false },
        act: () => doAnew(studio, step),
      };
  return (
    <Card
      level={2}
      label="What failed"
      heading={failureHeading(facts)}
      told={[`${name} ${savedId ? 'cannot go on' : 'could not start'}. ${error.message}`]}
      next={next || null}
      others={
        <>
          <p className="failure-others">
            <button type="button" className="button button-quiet" onClick={studio.dismissFailure}>
              <Icon name="close" />
              Dismiss
            </button>
          </p>
          {error.detail !== error.message && <Details text={`${name}: ${facts.cause}\n${error.detail}`} />}
        </>
      }
    />
  );
}
