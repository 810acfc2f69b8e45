// The lab's home picture with its controls: which answers, ways and interpolations, and which arms are shown.
import { useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { SpotFigure } from '../../components/charts/SpotFigure';
import type { LabActions, LabChoice } from '../../state/labState';
import { ArmLegend } from './ArmLegend';
import type { LabData } from './labData';
import type { Answers } from './pictures/frontierData';
import { frontierPicture, NEAR, type Reach, selectedText, type Ways } from './pictures/frontierPicture';

const WAYS: readonly { value: Ways; label: string }[] = [
  { value: 'none', label: 'No paths' },
  { value: 'main', label: 'Main paths (dotted)' },
  { value: 'all', label: 'All paths' },
];

const REACHES: readonly { value: Reach; label: string }[] = [
  { value: 'near', label: `KL up to ${NEAR}` },
  { value: 'all', label: 'All distances' },
];

interface FrontierProps {
  data: LabData;
  choice: LabChoice;
  choose: LabActions['choose'];
  link(id: string): string;
}

export function FrontierFigure({ data, choice, choose, link }: FrontierProps) {
  const { family, hidden, baseline } = choice;
  const [answers, setAnswers] = useState<Answers>('greedy');
  const [ways, setWays] = useState<Ways>('main');
  const [reach, setReach] = useState<Reach>('near');
  const [hasInterpolations, setInterpolations] = useState(true);
  const picture = useMemo(
    () => frontierPicture(data, family, { answers, ways, reach, hasInterpolations, hidden, selected: baseline }),
    [data, family, answers, ways, reach, hasInterpolations, hidden, baseline],
  );
  const said = useMemo(() => selectedText(data, family, baseline, answers), [data, family, baseline, answers]);
  const isGreedy = answers === 'greedy';
  return (
    <div className="lab-frontier">
      <SpotFigure
        {...picture}
        fileName={`frontier-${family}`}
        link={link}
        picked={baseline}
        onPick={(label) => choose({ baseline: label })}
        aside={
          said ? (
            <>
              <strong>Selected, here and in Compare:</strong> {said}
            </>
          ) : (
            'Click a point to select its arm, here and in Compare.'
          )
        }
      />
      <div className="lab-toolbar">
        <Choice<Answers>
          label="Answers"
          options={[
            { value: 'greedy', label: 'Greedy' },
            { value: 'sampled', label: 'T = 1' },
          ]}
          value={answers}
          onChange={setAnswers}
        />
        <Choice<Reach> label="Distance from SFT" options={REACHES} value={reach} onChange={setReach} />
        {isGreedy && <Choice<Ways> label="Paths on the way" options={WAYS} value={ways} onChange={setWays} />}
        <Toggle
          label="Interpolations (dashed)"
          isOn={hasInterpolations}
          isDisabled={!isGreedy}
          onChange={setInterpolations}
        />
      </div>
      <ArmLegend arms={data.arms(family)} hidden={hidden} onChange={(next) => choose({ hidden: next })} />
    </div>
  );
}

interface ToggleProps {
  label: string;
  isOn: boolean;
  isDisabled: boolean;
  onChange(isOn: boolean): void;
}

function Toggle({ label, isOn, isDisabled, onChange }: ToggleProps) {
  return (
    <label className="lab-toggle">
      <input
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}
