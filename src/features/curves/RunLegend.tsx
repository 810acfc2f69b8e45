// The runs of this session as they are drawn: each can be hidden, and one can stand out, for a moment or for good.
import { RUN_DASHES, runColour } from '../../components/charts/runStyles';
import type { CurvesChoice } from '../../state/curvesChoice';
import type { RunState } from '../../state/runState';

interface RunLegendProps {
  runs: readonly RunState[];
  choice: CurvesChoice;
  onChange(change: Partial<CurvesChoice>): void;
  /** Stands out while the pointer or the focus is there. */
  onPreview(id: string | null): void;
}

export function RunLegend({ runs, choice, onChange, onPreview }: RunLegendProps) {
  const { hiddenRuns, litRun } = choice;
  const shown = runs.filter(({ id }) => !hiddenRuns.includes(id));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a list of runs, each with two controls of its own
    <div className="curves-runs" role="group" aria-label="Runs">
      {runs.map((run) => {
        const isHidden = hiddenRuns.includes(run.id);
        const others = hiddenRuns.filter((id) => id !== run.id);
        const leave = () => onPreview(null);
        return (
          <span key={run.id} className="curves-run" onPointerEnter={() => onPreview(run.id)} onPointerLeave={leave}>
            <input
              type="checkbox"
              aria-label={`Draw ${run.name}`}
              checked={!isHidden}
              onChange={() => onChange({ hiddenRuns: isHidden ? others : [...others, run.id] })}
            />
            <button
              type="button"
              className="curves-run-name"
              aria-pressed={litRun === run.id}
              title="Let it stand out"
              disabled={isHidden}
              onFocus={() => onPreview(run.id)}
              onBlur={leave}
              onClick={() => onChange({ litRun: litRun === run.id ? null : run.id })}
            >
              <svg width="30" height="10" aria-hidden="true">
                <line
                  x2="30"
                  y1="5"
                  y2="5"
                  stroke={shown.length > 1 ? runColour(run.slot) : 'var(--ink)'}
                  strokeWidth="2"
                  strokeDasharray={shown.length > 1 ? RUN_DASHES[run.slot % RUN_DASHES.length]!.join(' ') : undefined}
                />
              </svg>
              {run.name}
            </button>
          </span>
        );
      })}
    </div>
  );
}
