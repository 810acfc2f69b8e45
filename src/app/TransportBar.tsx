// Start / Pause, Step, Stop, Restart, New seed; under them the rarer actions, then speed and time left.
import { duration } from '../components/duration';
import { formatCount, formatNumber } from '../components/format';
import { Icon, type IconName } from '../components/icons';
import { secondsLeft, tokensPerSecond } from '../state/pace';
import type { RunState } from '../state/runState';
import { useActiveRun, useStudio, useStudioState } from '../state/useStudio';
import { TransportMore } from './TransportMore';
import { togglePlay, transportOf } from './transport';

interface ActionProps {
  icon: IconName;
  label: string;
  hint?: string;
  disabled?: boolean;
  primary?: boolean;
  onClick(): void;
}

function Action({ icon, label, hint, disabled, primary, onClick }: ActionProps) {
  return (
    <button
      type="button"
      className={primary ? 'button-primary transport-button' : 'button button-quiet transport-button'}
      aria-label={label}
      title={hint ?? label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

export function TransportBar() {
  const studio = useStudio();
  const active = useActiveRun();
  const slow = useStudioState((state) => state.slow);
  const lacksModel = useStudioState(({ wantsModel, model }) => wantsModel && model === null);
  const { play, canStop, canRestart } = transportOf(active, slow);
  return (
    <section className="transport" aria-label="Transport">
      <div className="transport-buttons">
        <Action
          icon={play === 'Pause' ? 'pause' : 'play'}
          label={play}
          hint={`${play} (Space)`}
          primary
          onClick={() => togglePlay(studio, active)}
        />
        <Action icon="step" label="Step" hint="Step (→)" onClick={() => studio.step()} />
        <Action icon="stop" label="Stop" disabled={!canStop} onClick={studio.stop} />
        <Action
          icon="restart"
          label="Restart"
          hint="Restart with the same seed; the last run stays in the run menu"
          disabled={!canRestart}
          onClick={() => studio.start()}
        />
        <Action icon="seed" label="New seed" hint="Start with a new seed" onClick={studio.newSeed} />
      </div>
      <TransportMore active={active} />
      <p className={active ? 'transport-pace caption' : 'transport-pace transport-idle caption'}>
        {active ? paceText(active) : lacksModel ? 'Open your model before the run starts.' : 'Space starts the run.'}
      </p>
    </section>
  );
}

function paceText(run: RunState): string {
  if (run.phase === 'starting') return 'Getting ready…';
  if (run.phase === 'done') return run.summary ? `Took ${duration(run.summary.seconds)}` : 'Done';
  if (run.phase === 'stopped') return 'Stopped';
  if (run.phase === 'failed') return 'Failed';
  const speed = tokensPerSecond(run);
  const left = secondsLeft(run);
  const parts = [
    run.phase === 'paused' ? 'Paused' : null,
    speed === null ? null : `${speed >= 10_000 ? `${formatNumber(speed / 1000)} k` : formatCount(speed)} tok/s`,
    left === null ? null : `${duration(left)} left`,
  ];
  return parts.filter((part) => part !== null).join(' · ') || 'Measuring the speed…';
}
