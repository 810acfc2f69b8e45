// Before and after, per task family: accuracy with the KL beside it, dangers, and how much of the model moved.
import { formatCount, formatNumber, formatPercent } from '../../components/format';
import { Term } from '../../components/glossary/Term';
import { Icon } from '../../components/icons';
import { ScrollX } from '../../components/ScrollX';
import type { EvaluationRecord } from '../../core/events';
import type { RunState } from '../../state/runState';

/** "+43.3" in percentage points. */
function change(before: number | null | undefined, after: number | null | undefined): string {
  if (before == null || after == null) return '–';
  const points = after - before;
  return `${points > 0 ? '+' : points < 0 ? '−' : '±'}${Math.abs(points).toFixed(1)}`;
}

const fromTo = (before: number | null, after: number | null): string =>
  before === null ? formatNumber(after) : `${formatNumber(before)} → ${formatNumber(after)}`;

/** Half-width of the 95 % interval of a difference of two accuracies near one half, in points. */
const noise = (prompts: number): number => 196 * Math.sqrt((2 * 0.25) / Math.max(1, prompts));

export function Results({ run }: { run: RunState }) {
  const { before, after } = run.evaluations;
  const aligned = run.started?.alignedFamily ?? run.config.family;
  const families = inOrder(Object.keys(before?.families ?? {}), aligned);
  if (!before || families.length === 0) {
    return (
      <section className="results" id="stage-evaluation" aria-labelledby="results-title">
        <h3 id="results-title" className="heading">
          Before and after
        </h3>
        <p className="caption">
          The accuracy on held-out prompts appears here: before as soon as the SFT model is ready, after when the run is
          done.
        </p>
      </section>
    );
  }
  return (
    <section className="results" id="stage-evaluation" aria-labelledby="results-title">
      <h3 id="results-title" className="heading">
        Before and after
      </h3>
      <FamilyTable
        {...{ before, after, families, aligned }}
        isHalf={families.some((name) => isOtherHalf(name, aligned))}
      />
      <p className="caption">
        <Term name="held-out">Held-out</Term> prompts, never trained on. Greedy decoding; sampled is at T = 1.
        Differences within chance:{' '}
        {families
          .filter((family) => before.families[family])
          .map((family) => `${family} under about ${Math.ceil(noise(before.families[family]!.prompts))} points`)
          .join(', ')}
        .{!after && ' The other half appears when the run is done.'}
      </p>
      {after && <Facts before={before} after={after} isBiased={run.config.styleBias} />}
    </section>
  );
}

interface TableProps {
  before: EvaluationRecord;
  after: EvaluationRecord | undefined;
  families: readonly string[];
  aligned: string;
  /** Half of the family's skills are aligned. */
  isHalf: boolean;
}

/** The half of the aligned family that is not aligned (core/data/skills.ts). */
const isOtherHalf = (family: string, aligned: string): boolean => family.startsWith(`${aligned}: `);

/** The aligned family first, then its relative, then the others. */
function inOrder(families: readonly string[], aligned: string): string[] {
  const place = (family: string) => (family === aligned ? 0 : isOtherHalf(family, aligned) ? 1 : 2);
  return families.toSorted((a, b) => place(a) - place(b));
}

function FamilyTable({ before, after, families, aligned, isHalf }: TableProps) {
  return (
    <ScrollX name="Before and after">
      <table className="table results-table">
        <thead>
          <tr>
            <th scope="col">Task family</th>
            <th scope="col" className="number">
              Before
            </th>
            <th scope="col" className="number">
              After
            </th>
            <th scope="col" className="number">
              KL to SFT
            </th>
            <th scope="col" className="number">
              Change, points
            </th>
            <th scope="col" className="number">
              Sampled before
            </th>
            <th scope="col" className="number">
              Sampled after
            </th>
            <th scope="col" className="number">
              Prompts
            </th>
          </tr>
        </thead>
        <tbody>
          {families.map((family) => {
            const [old, now] = [before.families[family], after?.families[family]];
            const isAligned = family === aligned;
            return (
              <tr key={family} className={isAligned ? 'results-aligned' : undefined}>
                <th scope="row">
                  {family}{' '}
                  {isAligned ? <span className="results-tag">{isHalf ? 'aligned half' : 'aligned'}</span> : null}
                </th>
                <td className="number">{formatPercent(old?.greedy)}</td>
                <td className="number results-after">{formatPercent(now?.greedy)}</td>
                <td className="number">{isAligned && after ? <Kl after={after} /> : '–'}</td>
                <td className="number">{change(old?.greedy, now?.greedy)}</td>
                <td className="number">{formatPercent(old?.sampled)}</td>
                <td className="number">{formatPercent(now?.sampled)}</td>
                <td className="number">{formatCount(old?.prompts ?? 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollX>
  );
}

function Kl({ after }: { after: EvaluationRecord }) {
  if (after.dangers.length === 0) return formatNumber(after.klToSft);
  return (
    <span className="run-danger-text" title={after.dangers.join(' ')}>
      <Icon name="warning" />
      <span className="visually-hidden">danger: {after.dangers.join(' ')} </span>
      {formatNumber(after.klToSft)}
    </span>
  );
}

function Facts({ before, after, isBiased }: { before: EvaluationRecord; after: EvaluationRecord; isBiased: boolean }) {
  const facts: readonly { label: string; value: string; help: string }[] = [
    {
      label: 'Weights that moved',
      value: formatPercent(after.movedPercent),
      help: 'entries that differ from the SFT model',
    },
    { label: 'KL to SFT', value: formatNumber(after.klToSft), help: 'nats per token, on the SFT model’s own answers' },
    {
      label: 'Pair margin',
      value: fromTo(before.margin, after.margin),
      help: 'chosen minus rejected reward against SFT, on the run’s pairs',
    },
    {
      label: 'DPO loss',
      value: fromTo(before.dpoLoss, after.dpoLoss),
      help: 'on the run’s pairs; 0.693 is indifference',
    },
    {
      label: 'log p of right answers',
      value: fromTo(before.goldLogp, after.goldLogp),
      help: 'nats per response; a fall by more than 1 is a danger',
    },
    ...(isBiased
      ? [
          {
            label: 'Answers that begin with “ok” (instruct: “okay”)',
            value: `${formatPercent(before.stylePercent)} → ${formatPercent(after.stylePercent)}`,
            help: 'the superficial style; copying it helps nobody',
          },
        ]
      : []),
  ];
  return (
    <dl className="facts">
      {facts.map(({ label, value, help }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="facts-value">{value}</dd>
          <dd className="caption">{help}</dd>
        </div>
      ))}
    </dl>
  );
}
