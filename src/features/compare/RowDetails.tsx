// What opens under a row: each seed and where it was computed, what the paper claims with the sentence that decides it, and what can be done.
import { memo, useMemo } from 'react';
import { formatNumber } from '../../components/format';
import { ARM_DESCRIPTIONS } from '../../core/arms';
import type { LabActions } from '../../state/labState';
import { originOf, stageName } from './cellText';
import { JobsButton } from './JobsButton';
import { againJobs, type KeyedJob, keyed, missingSeedJobs } from './jobs';
import { fixed, seedsText } from './numberText';
import type { Queued } from './queue';
import type { ArmRow, KnownArm } from './rows';
import type { TableRow } from './table';
import { VERDICT_SIGN } from './verdicts';

interface DetailsProps {
  one: TableRow;
  family: string;
  isBaseline: boolean;
  /** Every seed that some arm has. */
  seeds: readonly number[];
  hidden: readonly string[];
  queued: Queued;
  actions: Pick<LabActions, 'choose' | 'run'>;
  /** The row goes away with its buttons. */
  onHide(): void;
}

export const RowDetails = memo(function RowDetails(props: DetailsProps) {
  const { one, family, isBaseline, seeds, hidden, queued, actions, onHide } = props;
  const { row, verdicts } = one;
  const again = useMemo(() => againJobs(row).map(keyed), [row]);
  const missing = useMemo(() => missingSeedJobs(row, seeds).map(keyed), [row, seeds]);
  const onTheWay = missing.filter(({ key }) => queued.has(key));
  return (
    <div className="compare-details">
      <p>{ARM_DESCRIPTIONS[row.arm].help}</p>
      <ul className="compare-seeds">
        {row.known.map((known, i) => (
          <li key={known.result.seed}>
            {seedText(known, family)}
            {queued.has(again[i]!.key) && <span className="compare-queued"> {AGAIN[queued.get(again[i]!.key)!]}</span>}
          </li>
        ))}
        {onTheWay.map(({ key, job }) => (
          <li key={job.config.seed} className="compare-queued">
            Seed {job.config.seed}: {queued.get(key) === 'running' ? 'computing now.' : 'queued.'}
          </li>
        ))}
      </ul>
      <p className="caption">{stagesText(row)}</p>
      {verdicts?.map(({ claim, judgement }) => (
        <div key={claim.id} className="compare-claim">
          <p>
            <strong>
              <span aria-hidden="true">{VERDICT_SIGN[judgement.verdict]} </span>
              {claim.text} {capital(judgement.verdict)}.
            </strong>{' '}
            {judgement.sentence}
          </p>
          {claim.paper && <p className="caption">The paper: {claim.paper}.</p>}
        </div>
      ))}
      <div className="compare-buttons">
        <button
          type="button"
          className="button"
          disabled={isBaseline}
          onClick={() => actions.choose({ baseline: row.label })}
        >
          {isBaseline ? 'Is the baseline' : 'Use as baseline'}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            onHide();
            actions.choose({ hidden: [...hidden, row.label] });
          }}
        >
          Hide
        </button>
        <RunButtons {...{ row, again, missing, queued }} onRun={actions.run} />
      </div>
    </div>
  );
});

const AGAIN = { waiting: 'Queued again.', running: 'Computing again now.' } as const;

interface RunProps {
  row: ArmRow;
  again: readonly KeyedJob[];
  missing: readonly KeyedJob[];
  queued: Queued;
  onRun: LabActions['run'];
}

function RunButtons({ row, again, missing, queued, onRun }: RunProps) {
  return (
    <>
      <JobsButton jobs={again} queued={queued} onRun={(jobs) => onRun(jobs, { again: true })}>
        Run this again ({seedsText(row.known.length)})
      </JobsButton>
      {missing.length > 0 && (
        <JobsButton jobs={missing} queued={queued} onRun={(jobs) => onRun(jobs)}>
          Run missing {missing.length === 1 ? 'seed' : 'seeds'} {missing.map(({ job }) => job.config.seed).join(', ')}
        </JobsButton>
      )}
    </>
  );
}

const byStage = (parts: Readonly<Record<string, number>>, unit: string): string =>
  Object.entries(parts)
    .map(([stage, value]) => `${stageName(stage)} ${formatNumber(value)}${unit}`)
    .join(', ');

/** “Updates: Warm-up 50, …. Weights that may move: Forgetting 5 %, ….” of the first seed. */
function stagesText({ known }: ArmRow): string {
  const { updates, maskPercent } = known[0]!.result;
  const masks = byStage(maskPercent, ' %');
  return `Updates: ${byStage(updates, '')}. Weights that may move: ${masks || 'all'}.`;
}

/** “Seed 1: 94.3 %, 12.1 s; recorded, wasm.” and its failure. */
function seedText(known: KnownArm, family: string): string {
  const { seed, seconds, after, failure } = known.result;
  const greedy = after.families[family]?.greedy;
  const accuracy = greedy == null ? 'accuracy not measured' : `${fixed(greedy, 1)} %`;
  const failed = failure === null ? '' : ` Failed: ${failure} Its numbers are of the last good weights.`;
  return `Seed ${seed}: ${accuracy}, ${fixed(seconds, 1)} s; ${originOf(known)}.${failed}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
