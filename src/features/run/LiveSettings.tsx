// What can be changed while a run is on: the learning rate's scale and β, from the next update on.
import { SettledNumber } from '../../components/fields/SettledNumber';
import { momentLabel } from '../../components/stageNames';
import { FIELDS } from '../../core/fields';
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
  const now: Settings = asked ?? told ?? { learningRateScale: 1, beta: run.config.beta };
  const isTold = told?.learningRateScale === now.learningRateScale && told.beta === now.beta;
  const series = told && run.series[told.stage];
  return (
    <section className="live-settings" aria-label="Changed at once">
      <p className="caption">Applies from the next update. Every other setting applies at restart.</p>
      <SettledNumber
        {...SCALE}
        value={now.learningRateScale}
        onValue={(learningRateScale) => studio.setLive({ ...now, learningRateScale })}
      />
      <SettledNumber {...BETA} value={now.beta} onValue={(beta) => studio.setLive({ ...now, beta })} />
      <p className="caption" role="status">
        {asked && !isTold && 'Waits for the next update.'}
        {told &&
          isTold &&
          `Since ${momentLabel({ ...told, total: series?.total ?? told.step }, run.config)}: learning rate × ${told.learningRateScale}, β ${told.beta}.`}
      </p>
    </section>
  );
}
