// Every arm that has a result with its marker, in its group; what is unchecked is hidden in pictures and in Compare.

import { useRef } from 'react';
import { Shape } from '../../components/charts/MarksDrawing';
import { marker } from '../../components/charts/markers';
import { countOf } from '../../components/format';
import { ARM_DESCRIPTIONS } from '../../core/arms';
import type { Arm } from '../../core/config';
import { styleOf } from './armStyles';
import type { ArmSeeds } from './labData';

interface LegendProps {
  arms: readonly ArmSeeds[];
  hidden: readonly string[];
  onChange(hidden: string[]): void;
}

const groupOf = ({ arm }: ArmSeeds): string => ARM_DESCRIPTIONS[arm as Arm]?.group ?? 'Others';

export function ArmLegend({ arms, hidden, onChange }: LegendProps) {
  const groups = [...new Set(arms.map(groupOf))];
  const away = arms.filter(({ label }) => hidden.includes(label)).length;
  const show = (labels: readonly string[], isShown: boolean) => {
    const others = hidden.filter((label) => !labels.includes(label));
    onChange(isShown ? others : [...others, ...labels]);
  };
  const summary = useRef<HTMLElement>(null);
  const showAll = () => {
    onChange([]);
    // The button goes away with what it did.
    summary.current?.focus();
  };
  if (arms.length === 0) return null;
  return (
    <details className="lab-legend">
      <summary ref={summary}>
        {countOf(arms.length, 'arm')}
        {away > 0 && `, ${away} hidden`}
      </summary>
      {away > 0 && (
        <button type="button" className="button" onClick={showAll}>
          Show all
        </button>
      )}
      <div className="lab-legend-groups">
        {groups.map((group) => {
          const own = arms.filter((arm) => groupOf(arm) === group);
          const labels = own.map(({ label }) => label);
          const isAnyShown = labels.some((label) => !hidden.includes(label));
          return (
            <fieldset key={group}>
              <legend>
                {group}{' '}
                <button
                  type="button"
                  className="lab-link"
                  aria-label={`${isAnyShown ? 'Hide' : 'Show'} ${group}`}
                  onClick={() => show(labels, !isAnyShown)}
                >
                  {isAnyShown ? 'hide' : 'show'}
                </button>
              </legend>
              {own.map((arm) => (
                <label key={arm.label}>
                  <input
                    type="checkbox"
                    checked={!hidden.includes(arm.label)}
                    onChange={(event) => show([arm.label], event.currentTarget.checked)}
                  />
                  <Sample arm={arm} />
                  <span>{arm.label}</span>
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
    </details>
  );
}

function Sample({ arm: { arm, settings } }: { arm: ArmSeeds }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {marker(styleOf(arm, settings), [8, 8], 5).map((mark, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a mark is its place
        <Shape key={i} mark={mark} />
      ))}
    </svg>
  );
}
