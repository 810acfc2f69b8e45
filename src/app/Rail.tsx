// The stages: progress, navigation and summary in one, with the transport at the foot. On phones a strip that opens.
import { useState } from 'react';
import { Sparkline } from '../components/charts/Sparkline';
import { formatCount, formatPercent } from '../components/format';
import { Icon } from '../components/icons';
import { stageLabel } from '../components/stageNames';
import { plannedStages, STAGE_TEXT, seriesOf, stageFigure, stageSentence, stageWhat } from '../features/run/stageText';
import { runProgress } from '../state/pace';
import type { RunState, StageState } from '../state/runState';
import { useActiveRun, useSelectedRun, useStudio, useStudioState } from '../state/useStudio';
import { TransportBar } from './TransportBar';

const MARK_TEXT = { waiting: 'waiting', running: 'running', done: 'done' } as const;

export function Rail() {
  const [open, setOpen] = useState(false);
  const run = useSelectedRun();
  const active = useActiveRun();
  const close = () => setOpen(false);
  return (
    <aside className="rail" aria-label="Stages" data-open={open}>
      <button type="button" className="rail-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="rail-toggle-text">{run ? stripText(run) : 'Stages'}</span>
        <Icon name="chevron" />
      </button>
      <progress className="rail-progress" aria-label="Progress of the run" max={1} value={run ? runProgress(run) : 0} />
      <div className="rail-stages">{run?.started ? <RunStages run={run} onGo={close} /> : <PlannedStages />}</div>
      {run && active && run.id !== active.id && <OlderRun run={run} active={active} />}
      <TransportBar />
    </aside>
  );
}

function stripText(run: RunState): string {
  if (run.phase === 'done') return `Done · ${run.name}`;
  if (run.phase === 'failed') return `Failed · ${run.name}`;
  return `${formatPercent(Math.floor(100 * runProgress(run)))} · ${stageSentence(run)}`;
}

function RunStages({ run, onGo }: { run: RunState; onGo(): void }) {
  return (
    <ol className="stages">
      {run.stages.map((stage) => (
        <li key={stage.name}>
          <StageButton run={run} stage={stage} onGo={onGo} />
        </li>
      ))}
    </ol>
  );
}

function StageButton({ run, stage, onGo }: { run: RunState; stage: StageState; onGo(): void }) {
  const studio = useStudio();
  const { view, colour } = STAGE_TEXT[stage.name];
  const series = seriesOf(run, stage.name);
  const halted = stage.status === 'running' && run.phase !== 'running' && run.phase !== 'starting';
  const go = () => {
    studio.setView(view);
    onGo();
    requestAnimationFrame(() => document.getElementById(`stage-${stage.name}`)?.scrollIntoView({ block: 'center' }));
  };
  return (
    <button
      type="button"
      className="stage"
      data-status={stage.status}
      data-halted={halted}
      aria-current={stage.status === 'running' ? 'step' : undefined}
      title={stageWhat(stage.name, run.config)}
      onClick={go}
    >
      <StageMark status={stage.status} share={stage.total > 0 ? stage.done / stage.total : 0} colour={colour} />
      <span className="stage-name">{stageLabel(stage.name, run.config)}</span>
      <span className="visually-hidden">, {MARK_TEXT[stage.status]}</span>
      <span className="stage-figure">
        {series && series.length > 2 && stage.name !== 'token-rewards' && (
          <Sparkline
            values={series.rows.map((row) => row.loss)}
            count={series.length}
            total={series.total}
            colour={colour}
          />
        )}
        {stageFigure(run, stage)}
      </span>
    </button>
  );
}

/** ○ waiting, a filling ring while running, ● done: told by shape, coloured besides. */
function StageMark({ status, share, colour }: { status: StageState['status']; share: number; colour?: string }) {
  const turn = 2 * Math.PI * 4.5;
  return (
    <svg className="stage-mark" style={{ color: colour }} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <circle cx="7" cy="7" r={4.5} className="stage-ring" />
      {status === 'done' && <circle cx="7" cy="7" r={5} className="stage-dot" />}
      {status === 'running' && (
        <circle
          cx="7"
          cy="7"
          r={4.5}
          className="stage-arc"
          strokeDasharray={`${Math.max(0.08, share) * turn} ${turn}`}
          transform="rotate(-90 7 7)"
        />
      )}
    </svg>
  );
}

function PlannedStages() {
  const config = useStudioState((state) => state.config);
  const imported = useStudioState((state) => state.file !== null);
  return (
    <ol className="stages">
      {plannedStages(config, imported).map(({ name, total }) => (
        <li key={name} className="stage" data-status="waiting" title={stageWhat(name, config)}>
          <StageMark status="waiting" share={0} />
          <span className="stage-name">{stageLabel(name, config)}</span>
          <span className="stage-figure">{total > 0 ? formatCount(total) : ''}</span>
        </li>
      ))}
    </ol>
  );
}

function OlderRun({ run, active }: { run: RunState; active: RunState }) {
  const studio = useStudio();
  return (
    <p className="rail-older caption">
      You are looking at {run.name}.{' '}
      <button type="button" className="button-link" onClick={() => studio.selectRun(active.id)}>
        Back to {active.name}
      </button>
    </p>
  );
}
