// What can be changed while a run is on: the learning rate's scale and β, from the next update on.
import { SettledNumber } from '../../components/fields/SettledNumber';
import { momentLabel } from '../../components/stageNames';
import { TIMED_STAGES } from '../../core/events';
import { FIELDS } from '../../core/fields';
import { stageHasBeta } from '../../core/methods';
import type { RunState } from '../../state/runState';
import type { LiveSettings as Settings } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/useStudio';

const SCALE = { label: 'Learning rate ×', min: 0.001, max: 100 };
const BETA = {
  label: 'β',
  min: FIELDS.beta.kind === 'number' ? FIELDS.beta.min : 0,
  max: FIELDS.beta.kind === 'number' ? FIELDS.beta.max : 1,
};

export function LiveSettings({ run }: { run: RunState }) {
  const studio = useStudio();
  const asked = useStudioState((state) => state.live);
  const told = run.changes.at(-1);
  const beta = run.changes.findLast((change) => change.beta !== null)?.beta ?? run.config.beta;
  const inForce: Settings = { learningRateScale: told?.learningRateScale ?? 1, beta };
  const now = asked ?? inForce;
  const series = told && run.series[told.stage];
  const hasBeta = TIMED_STAGES.some(
    (stage) => run.stages.some(({ name }) => name === stage) && stageHasBeta(stage, run.config.method),
  );
  return (
    <section className="live-settings" aria-label="Changed at once">
      <p className="caption">Applies from the next update. Every other setting applies at restart.</p>
      <SettledNumber
        {...SCALE}
        value={now.learningRateScale}
        onValue={(learningRateScale) => studio.setLive({ ...now, learningRateScale })}
      />
      {hasBeta && (
        <SettledNumber {...BETA} value={now.beta} onValue={(value) => studio.setLive({ ...now, beta: value })} />
      )}
      <p className="caption" role="status">
        {waitingText(now, inForce)}
        {told &&
          now.learningRateScale === inForce.learningRateScale &&
          `Since ${momentLabel({ ...told, total: series?.total ?? told.step }, run.config)}: learning rate × ${told.learningRateScale}${told.beta === null ? '' : `, β ${told.beta}`}.`}
      </p>
    </section>
  );
}

/** What was asked for and no update has taken up yet. */
function waitingText(now: Settings, inForce: Settings): string {
  if (now.learningRateScale !== inForce.learningRateScale) return 'Waits for the next update.';
  return now.beta === inForce.beta ? '' : 'β waits for the next update whose loss has it. ';
}
