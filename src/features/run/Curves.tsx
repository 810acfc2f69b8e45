// The live curves: one column a training stage, its loss above accuracy and margin. Supervised stages stand above when they run.
import { memo, useEffect, useMemo, useState } from 'react';
import { type ChartGroup, createChartGroup } from '../../components/charts/chartGroup';
import { LineFigure, type LineFigureProps } from '../../components/charts/LineFigure';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { PAIRS_RIGHT, SAMPLED_RIGHT } from '../../components/metricText';
import { STAGE_LABEL, stageLabel } from '../../components/stageNames';
import { isPpo, isSingleStage, type Method } from '../../core/config';
import type { StageName } from '../../core/events';
import { learnsFromPairs, type RewardForm, rewardForm } from '../../core/methods';
import type { RunState, Series } from '../../state/runState';
import { useFigureLink } from '../../state/useFigureLink';
import { useStudio } from '../../state/useStudio';
import { type Curve, curveOf, type Metric } from './curveData';
import { STAGE_TEXT, stageWhat } from './stageText';

const COLUMNS = [
  { stage: 'warm-up', empty: 'Appears when the pairs are made: a plain DPO on all weights.' },
  { stage: 'forgetting', empty: 'Appears when the masks and the token rewards are there.' },
  { stage: 'improving', empty: 'Appears after forgetting: DPO on the masked weights.' },
] as const satisfies readonly { stage: StageName; empty: string }[];

const SUPERVISED: readonly { series: string; name: string }[] = [
  { series: 'copy', name: 'Copy and lookup loss' },
  { series: 'sft', name: 'SFT loss' },
  { series: 'reward model', name: 'Reward-model loss' },
];

const NO_STEPS = new Float64Array();
const NO_CURVE: Curve = { stage: 'sft', steps: NO_STEPS, total: 0, values: {} };

const useCurve = (series: Series | undefined): Curve => useMemo(() => (series ? curveOf(series) : NO_CURVE), [series]);

export function Curves({ run }: { run: RunState }) {
  const studio = useStudio();
  const supervised = SUPERVISED.filter(({ series }) => run.series[series]);
  return (
    <>
      {supervised.length > 0 && (
        <div className="curves">
          {supervised.map(({ series, name }) => (
            <SupervisedFigure key={name} name={name} runId={run.id} runName={run.name} series={run.series[series]!} />
          ))}
        </div>
      )}
      <div className="curves">
        {COLUMNS.map(({ stage, empty }) => {
          const planned = !run.started || run.stages.some((one) => one.name === stage);
          return (
            <div className="curve-column" key={stage} id={`stage-${stage}`}>
              <LiveColumn
                stage={stage}
                name={stageLabel(stage, run.config)}
                runId={run.id}
                runName={run.name}
                method={stage === 'improving' ? run.config.method : null}
                series={run.series[stage]}
                planned={run.stages.find((one) => one.name === stage)?.total ?? 0}
                empty={emptyText(run, stage, planned ? empty : null)}
              />
              <Drift run={run} stage={stage} />
            </div>
          );
        })}
      </div>
      <p className="caption">
        Rewards, log-probs, clipping, speed and more, zoomed and beside other runs:{' '}
        <button type="button" className="button-link" onClick={() => studio.setView('curves')}>
          all curves
        </button>
      </p>
    </>
  );
}

/** Shows everything again when another run comes. */
function useGroup(runId: string): ChartGroup {
  const [group] = useState(createChartGroup);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has another axis
  useEffect(() => group.showWindow(null), [group, runId]);
  return group;
}

const idOf = (name: string): string => `curve-${name.toLowerCase().replace(/[^a-z]+/g, '-')}`;

/** What an empty figure says; `waiting`: null where the run does not have the stage. */
function emptyText({ config }: RunState, stage: StageName, waiting: string | null): string {
  if (waiting === null) return `This method has no ${STAGE_LABEL[stage].toLowerCase()} stage.`;
  return stage === 'improving' && isSingleStage(config)
    ? `Appears when training begins: ${stageWhat(stage, config)}`
    : waiting;
}

interface SupervisedProps {
  name: string;
  series: Series;
  runId: string;
  runName: string;
}

const SupervisedFigure = memo(function SupervisedFigure({ name, series, runId, runName }: SupervisedProps) {
  const curve = useCurve(series);
  return (
    <LineFigure
      id={idOf(name)}
      name={name}
      unit="nats per token"
      runName={runName}
      stage={STAGE_TEXT[series.stage].label}
      steps={curve.steps}
      values={curve.values.loss ?? NO_STEPS}
      total={curve.total}
      colour="var(--baseline)"
      isLow
      group={useGroup(runId)}
      link={useFigureLink('run')}
      empty=""
    />
  );
});

interface ColumnProps {
  /** Steps the stage will have, for the axis of a figure that is still empty. */
  planned: number;
  stage: StageName;
  name: string;
  runId: string;
  runName: string;
  empty: string;
  /** Of a stage that the methods do differently; null for the others. */
  method: Method | null;
}

const LiveColumn = memo(function LiveColumn({ series, ...props }: ColumnProps & { series: Series | undefined }) {
  return <CurveColumn curve={useCurve(series)} {...props} />;
});

interface Detail {
  metric: Metric;
  name: string;
  unit: string;
  format?: (value: number) => string;
}

const ACCURACY: Detail = { metric: 'accuracy', name: 'accuracy', unit: PAIRS_RIGHT, format: formatShare };
const MARGIN: Detail = { metric: 'margin', name: 'margin', unit: 'chosen − rejected' };
const FORGETTING: readonly Detail[] = [
  { metric: 'rejectedLogp', name: 'log p', unit: 'of wrong answers, nats' },
  { metric: 'selectedShare', name: 'loss tokens', unit: 'share of all', format: formatShare },
];
const MARGIN_UNIT: Readonly<Record<RewardForm, string>> = {
  sum: MARGIN.unit,
  mean: 'chosen − rejected, by mean log-ratio',
  'reference-free': 'chosen − rejected, by mean log-prob',
};

/** Two a stage: accuracy and margin where there are pairs. PPO has answers to get right, SFT and RFT have neither. */
function detailsOf(stage: StageName, method: Method | null): readonly Detail[] {
  if (stage === 'forgetting') return FORGETTING;
  if (method === null) return [ACCURACY, MARGIN];
  if (isPpo({ method })) return [{ ...ACCURACY, unit: SAMPLED_RIGHT }];
  return learnsFromPairs(method) ? [ACCURACY, { ...MARGIN, unit: MARGIN_UNIT[rewardForm(method)] }] : [];
}

/** The loss over its details. The empty figures keep their places, so that nothing jumps when a stage begins. */
function CurveColumn({ curve, stage, name, runId, runName, empty, planned, method }: ColumnProps & { curve: Curve }) {
  const { label, colour } = STAGE_TEXT[stage];
  const group = useGroup(runId);
  const link = useFigureLink('run');
  const figure = (metric: Metric, what: string): Omit<LineFigureProps, 'unit' | 'empty'> => ({
    ...{ id: idOf(`${name} ${what}`), name: `${name} ${what}`, stage: label, runName, colour, group, link },
    ...{ steps: curve.steps, values: curve.values[metric] ?? NO_STEPS, total: curve.total || planned },
  });
  return (
    <>
      <LineFigure {...figure('loss', 'loss')} unit="nats" empty={empty} />
      {planned > 0 &&
        detailsOf(stage, method).map(({ metric, name: detail, unit, format }) => (
          <LineFigure key={metric} {...figure(metric, detail)} unit={unit} isLow format={format} empty="" />
        ))}
    </>
  );
}

/** How far the model has gone from SFT at the stage's last measurement. */
function Drift({ run, stage }: { run: RunState; stage: StageName }) {
  const last = run.drift.findLast((one) => one.stage === stage);
  if (!last) return null;
  return (
    <p className="caption">
      At step {formatCount(last.step)}: KL to SFT {formatNumber(last.klToSft)} nats per token
      {last.goldLogp !== null && <>, log p of right answers {formatNumber(last.goldLogp)} nats</>}
      {last.dangers.length > 0 && <span className="run-danger-text"> (danger, see above)</span>}
    </p>
  );
}
