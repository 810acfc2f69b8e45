// What can be changed while a run is on: the learning rate's scale and β, from the next update on.
import { useId, useState } from 'react';
import { momentLabel } from '../../components/stageNames';
import { FIELDS } from '../../core/fields';
import type { RunState } from '../../state/runState';
import type { LiveSettings as Settings } from '../../state/studio';
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
      <LiveNumber
        {...SCALE}
        value={now.learningRateScale}
        onValue={(learningRateScale) => studio.setLive({ ...now, learningRateScale })}
      />
      <LiveNumber {...BETA} value={now.beta} onValue={(beta) => studio.setLive({ ...now, beta })} />
      <p className="caption" role="status">
        {asked && !isTold && 'Waits for the next update.'}
        {told &&
          isTold &&
          `Since ${momentLabel({ ...told, total: series?.total ?? told.step }, run.config)}: learning rate × ${told.learningRateScale}, β ${told.beta}.`}
      </p>
    </section>
  );
}

interface LiveNumberProps {
  label: string;
  min: number;
  max: number;
  value: number;
  onValue(value: number): void;
}

/** Taken over with Enter or when it is left: no half-typed number reaches the run. */
function LiveNumber({ label, min, max, value, onValue }: LiveNumberProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const wanted = typed === null || typed.trim() === '' ? Number.NaN : Number(typed.replace(',', '.'));
  const isBad = typed !== null && !(wanted >= min && wanted <= max);
  const take = () => {
    if (typed !== null && !isBad && wanted !== value) onValue(wanted);
    if (!isBad) setTyped(null);
  };
  return (
    <div className="field">
      <div className="field-line">
        <label className="field-label" htmlFor={id}>
          {label}
        </label>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          className="field-input field-number"
          value={typed ?? String(value)}
          aria-invalid={isBad}
          aria-describedby={isBad ? `${id}-problem` : undefined}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={take}
          onKeyDown={(event) => {
            if (event.key === 'Enter') take();
          }}
        />
      </div>
      {isBad && (
        <p id={`${id}-problem`} className="field-problem">
          A number from {min} to {max}, please. {value} stays.
        </p>
      )}
    </div>
  );
}
