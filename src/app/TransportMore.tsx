// The transport's rarer actions, by name: to the end of the stage, one stage alone, slow motion, settings that hold at once.
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import { STAGE_LABEL, stageLabel } from '../components/stageNames';
import { TIMED_STAGES } from '../core/events';
import { LiveSettings } from '../features/run/LiveSettings';
import type { RunState } from '../state/runState';
import { isOver } from '../state/studioState';
import { useStudio, useStudioState } from '../state/useStudio';
import { aloneObstacle, toggleSlow } from './transport';

export function TransportMore({ active }: { active: RunState | null }) {
  const studio = useStudio();
  const isSlow = useStudioState((state) => state.slow !== 'off');
  const isEnded = !active || isOver(active.phase);
  return (
    <div className="transport-more">
      <button
        type="button"
        className={BUTTON}
        title={
          isEnded
            ? 'Starts a run and rests at the end of its first stage'
            : 'Runs on and rests at the end of this stage'
        }
        onClick={studio.stageEnd}
      >
        <Icon name="stageEnd" /> To the end of the stage
      </button>
      <Popover
        label="One stage alone"
        title="One stage once more, from its entry"
        className={BUTTON}
        trigger={
          <>
            <Icon name="alone" /> One stage alone
          </>
        }
      >
        {(close) => <Alone active={active} onDone={close} />}
      </Popover>
      <button
        type="button"
        className={BUTTON}
        aria-pressed={isSlow}
        title="One update at a time, with its numbers"
        onClick={() => toggleSlow(studio, active)}
      >
        <Icon name="slow" /> Slow motion
      </button>
      <Popover
        label="Change at once"
        title="Learning rate and β, from the next update on"
        className={BUTTON}
        trigger={
          <>
            <Icon name="live" /> Change at once
          </>
        }
      >
        {() =>
          isEnded ? (
            <p className="caption">
              While a run is on, learning rate and β can be changed here from one update to the next.
            </p>
          ) : (
            <LiveSettings run={active} />
          )
        }
      </Popover>
    </div>
  );
}

const BUTTON = 'button button-quiet transport-named';

function Alone({ active, onDone }: { active: RunState | null; onDone(): void }) {
  const studio = useStudio();
  return (
    <div className="transport-alone">
      <p className="caption">
        Puts the weights of the stage’s entry back and runs that stage once more, alone. Its curve and its moments make
        way for the new ones. A run that is not over ends with it.
      </p>
      {TIMED_STAGES.filter((stage) => !active?.started || active.stages.some(({ name }) => name === stage)).map(
        (stage) => {
          const obstacle = aloneObstacle(active, stage);
          return (
            <div key={stage}>
              <button
                type="button"
                className="button"
                disabled={obstacle !== null}
                onClick={() => {
                  studio.only(stage);
                  onDone();
                }}
              >
                {active ? stageLabel(stage, active.config) : STAGE_LABEL[stage]} alone
              </button>
              {obstacle && <span className="caption"> {obstacle}</span>}
            </div>
          );
        },
      )}
    </div>
  );
}
