// What holds for all curves: the stretch in sight, the smoothing, the axis of updates, and which quantities are shown.
import { Choice } from '../../components/Choice';
import { type ChartGroup, fittedWindow, useChartWindow } from '../../components/charts/chartGroup';
import type { Band } from '../../components/charts/plot';
import { formatCount } from '../../components/format';
import { Popover } from '../../components/Popover';
import { type CurvesChoice, SMOOTHING_WINDOWS } from '../../state/curvesChoice';
import { QUANTITIES } from './quantities';

interface ToolbarProps {
  choice: CurvesChoice;
  onChange(change: Partial<CurvesChoice>): void;
  bands: readonly Band[];
  total: number;
  group: ChartGroup;
}

export function CurvesToolbar({ choice, onChange, bands, total, group }: ToolbarProps) {
  const shown = QUANTITIES.filter(({ id }) => !choice.hidden.includes(id)).length;
  const quantities = `${shown} of ${QUANTITIES.length} quantities`;
  return (
    <div className="curves-toolbar">
      <Stretch bands={bands} total={total} group={group} />
      <Smoothing value={choice.window} onChange={(window) => onChange({ window })} />
      <Choice
        label="Axis of updates"
        options={[
          { value: 'linear', label: 'Linear' },
          { value: 'log', label: 'Log updates' },
        ]}
        value={choice.updates}
        onChange={(updates) => onChange({ updates })}
      />
      <Popover label={`${quantities} shown`} trigger={quantities}>
        {() => (
          <ul className="curves-quantities">
            {QUANTITIES.map(({ id, name, unit }) => {
              const isHidden = choice.hidden.includes(id);
              const others = choice.hidden.filter((one) => one !== id);
              return (
                <li key={id}>
                  <label>
                    <input
                      type="checkbox"
                      checked={!isHidden}
                      onChange={() => onChange({ hidden: isHidden ? others : [...others, id] })}
                    />
                    {name} <span className="quiet">{unit}</span>
                  </label>
                </li>
              );
            })}
          </ul>
        )}
      </Popover>
    </div>
  );
}

/** Everything, one stage, or what was brushed. */
function Stretch({ bands, total, group }: Pick<ToolbarProps, 'bands' | 'total' | 'group'>) {
  const window = useChartWindow(group);
  if (bands.length === 0) return null;
  const windowOf = ({ start, length }: Band) => fittedWindow([start, start + length], total);
  const same = bands.find((band) => {
    const own = windowOf(band);
    return own && window && own[0] === window[0] && own[1] === window[1];
  });
  const value = window === null ? 'all' : (same?.key ?? 'brushed');
  const brushed =
    value === 'brushed' && window
      ? [{ value: 'brushed', label: `${formatCount(window[0])} to ${formatCount(window[1])}` }]
      : [];
  return (
    <Choice
      label="Updates in sight"
      options={[
        { value: 'all', label: 'All updates' },
        ...bands.map(({ key, label }) => ({ value: key as string, label })),
        ...brushed,
      ]}
      value={value}
      onChange={(next) => {
        const band = bands.find(({ key }) => key === next);
        if (band) group.setWindow(windowOf(band));
        else if (next === 'all') group.setWindow(null);
      }}
    />
  );
}

type Window = CurvesChoice['window'];

function Smoothing({ value, onChange }: { value: Window; onChange(window: Window): void }) {
  const at = SMOOTHING_WINDOWS.indexOf(value);
  const text = value === 1 ? 'off' : `${formatCount(value)} updates`;
  return (
    <label className="curves-smoothing">
      Smoothing
      <input
        type="range"
        min={0}
        max={SMOOTHING_WINDOWS.length - 1}
        step={1}
        value={at}
        aria-valuetext={text}
        onChange={(event) => onChange(SMOOTHING_WINDOWS[Number(event.target.value)] ?? 1)}
      />
      <output>{text}</output>
    </label>
  );
}
