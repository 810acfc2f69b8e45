// Each arm of a verdict as a run of its own; where that would put away somebody's file or settings, it asks first.
import { useRef, useState } from 'react';
import type { Family, Preset } from '../../core/config';
import type { GuidedSide } from '../../core/study/guided';
import { variantConfig } from '../../core/study/variants';
import { useStudio } from '../../state/useStudio';
import { lossOf, openAsRun } from './openAsRun';

interface RunButtonsProps {
  sides: readonly GuidedSide[];
  preset: Preset;
  family: Family;
  seed: number;
}

export function RunButtons({ sides, preset, family, seed }: RunButtonsProps) {
  const studio = useStudio();
  const [asked, setAsked] = useState<{ side: GuidedSide; loss: string } | null>(null);
  const pressed = useRef<HTMLButtonElement>(null);
  const open = ({ variant }: GuidedSide) => openAsRun(studio, variantConfig(variant, preset, family, seed));
  const ask = (side: GuidedSide, button: HTMLButtonElement) => {
    const loss = lossOf(studio);
    pressed.current = button;
    if (loss) setAsked({ side, loss });
    else open(side);
  };
  const keep = () => {
    setAsked(null);
    pressed.current?.focus();
  };
  return (
    <div>
      <div className="verdict-runs">
        <span className="caption">Open as a run:</span>
        {sides.map((side) => (
          <button key={side.label} type="button" className="button" onClick={(event) => ask(side, event.currentTarget)}>
            {side.label}
          </button>
        ))}
      </div>
      <div className="verdict-runs verdict-ask" aria-live="polite">
        {asked && (
          <>
            <span>
              Open {asked.side.label}? {asked.loss}
            </span>
            <button type="button" className="button" onClick={() => open(asked.side)}>
              Open it
            </button>
            <button type="button" className="button button-quiet" onClick={keep}>
              Keep mine
            </button>
          </>
        )}
      </div>
    </div>
  );
}
