// The transport's second row: to the end of the stage, one stage alone, slow motion, settings that hold at once.
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import { TIMED_STAGES } from '../core/events';
import { LiveSettings } from '../features/run/LiveSettings';
import { STAGE_TEXT } from '../features/run/stageText';
import type { RunState } from '../state/runState';
import { isOver } from '../state/studio';
import { useStudio, useStudioState } from '../state/useStudio';
import { aloneObstacle, toggleSlow } from './transport';

export function TransportMore({ active }: { active: RunState | null }) {
  const studio = useStudio();
  const isSlow = useStudioState((state) => state.slow !== 'off');
  return (
    <div className="transport-buttons transport-more">
      <button
        type="button"
        className="button button-quiet transport-button"
        aria-label="To the end of the stage"
        title="To the end of the stage"
        onClick={studio.stageEnd}
      >
        <Icon name="stageEnd" />
      </button>
      <Popover
        label="One stage alone"
        title="One stage alone, once more from its entry"
        className="button button-quiet transport-button"
        trigger={<Icon name="alone" />}
      >
        {(close) => <Alone active={active} onDone={close} />}
      </Popover>
      <button
        type="button"
        className="button button-quiet transport-button"
        aria-label="Slow motion"
        aria-pressed={isSlow}
        title="Slow motion: one update at a time, with its numbers"
        onClick={() => toggleSlow(studio, active)}
      >
        <Icon name="slow" />
      </button>
      <Popover
        label="Change at once"
        title="Change learning rate and β at once"
        className="button button-quiet transport-button"
        trigger={<Icon name="live" />}
      >
        {() =>
          active && !isOver(active.phase) ? (
            <LiveSettings run={active} />
          ) : (
            <p className="caption">
              While a run is on, learning rate and β can be changed here from one update to the next.
            </p>
          )
        }
      </Popover>
    </div>
  );
}

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
                {STAGE_TEXT[stage].label} alone
              </button>
              {obstacle && <span className="caption"> {obstacle}</span>}
            </div>
          );
        },
      )}
    </div>
  );
}
