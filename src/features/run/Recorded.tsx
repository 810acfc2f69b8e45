// A recorded run in pale ink: what the curves and the token strip will look like, before anything has run.
import { useMemo, useState } from 'react';
import { createChartGroup } from '../../components/charts/chartGroup';
import { LineFigure } from '../../components/charts/LineFigure';
import { duration } from '../../components/duration';
import { formatNumber, formatPercent } from '../../components/format';
import type { RecordedRun, RecordedSeries, RecordedStrip } from '../../state/recorded';
import { useFigureLink } from '../../state/useFigureLink';
import { STAGE_TEXT } from './stageText';

const COLUMNS = [
  { stage: 'warm-up', name: 'Warm-up' },
  { stage: 'forgetting', name: 'Forgetting' },
  { stage: 'improving', name: 'Improving' },
] as const;

export function Recorded({ recorded }: { recorded: RecordedRun }) {
  const { family, evaluation } = recorded;
  const [before, after] = [evaluation.before[family], evaluation.after[family]];
  return (
    <section className="recorded" aria-labelledby="recorded-title">
      <h3 id="recorded-title" className="heading">
        <span className="recorded-mark">recorded</span> What a run looks like
      </h3>
      <p className="caption">
        {recorded.preset} preset, {family}, seed {recorded.seed}, on {recorded.backend}, {duration(recorded.seconds)}.
        {before != null &&
          after != null &&
          ` Greedy accuracy went from ${formatPercent(before)} to ${formatPercent(after)}`}
        {before != null && after != null && `, KL to SFT ${formatNumber(recorded.klToSft)}.`}
      </p>
      <div className="recorded-curves">
        {COLUMNS.map(({ stage, name }) => {
          const series = recorded.series.find((one) => one.stage === stage && one.name === stage);
          return series ? <LossFigure key={stage} name={name} series={series} /> : null;
        })}
      </div>
      {recorded.strip && <Strip strip={recorded.strip} />}
    </section>
  );
}

function LossFigure({ name, series }: { name: string; series: RecordedSeries }) {
  const [group] = useState(createChartGroup);
  const curve = useMemo(
    () => ({ steps: Float64Array.from(series.step), values: Float64Array.from(series.loss) }),
    [series],
  );
  return (
    <LineFigure
      id={`curve-recorded-${series.stage}`}
      name={`${name} loss, recorded`}
      unit="nats"
      runName="recorded"
      stage={name}
      {...curve}
      total={series.step.at(-1) ?? 0}
      colour={STAGE_TEXT[series.stage].colour}
      isLow
      group={group}
      link={useFigureLink('run')}
      empty=""
    />
  );
}

/** A wrong answer, each token on the colour of its reward. */
function Strip({ strip }: { strip: RecordedStrip }) {
  return (
    <figure aria-label="Recorded token rewards">
      <figcaption className="caption">
        A wrong answer to “{strip.prompt}”. Orange tokens got a low reward: these are forgotten.
      </figcaption>
      <p className="recorded-strip mono">
        {strip.tokens.map((token, i) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a token's place is what it is
            key={i}
            className="recorded-token"
            data-wrong={strip.wrong?.[i] ?? 0}
            title={`reward ${formatNumber(strip.rewards[i] ?? null)}`}
            style={{ background: rewardColour(strip.rewards[i] ?? 0.5) }}
          >
            {token}
          </span>
        ))}
      </p>
    </figure>
  );
}

const rewardColour = (reward: number): string => {
  const side = reward < 0.5 ? 'var(--reward-low)' : 'var(--reward-high)';
  const strength = Math.round(Math.min(1, Math.abs(reward - 0.5) * 2) * 60);
  return `color-mix(in srgb, ${side} ${strength}%, var(--reward-mid))`;
};
