// The ROC of every weighting, taken as a score for wrong tokens: drawing, picture, table.
import { useMemo } from 'react';
import { fileInks, PAGE_INKS } from '../../components/charts/chartInks';
import { MarksDrawing } from '../../components/charts/MarksDrawing';
import { type Column, DataTable } from '../../components/DataTable';
import { formatNumber, formatShare } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import {
  type Curves,
  type RocRow,
  rocMarks,
  rocPicture,
  rocRows,
  SCORE_LABELS,
  SCORE_LINES,
  SCORES,
} from './rewardQuality';

const ROC_SIZE = { width: 280, height: 280 };

const ROC_COLUMNS: readonly Column<RocRow>[] = [
  {
    head: 'Score',
    value: ({ score, threshold }) => `${SCORE_LABELS[score]} ≥ ${threshold}`,
    text: ({ score, threshold }) => `${SCORE_LABELS[score]} ≥ ${formatNumber(threshold)}`,
  },
  { head: 'Wrong tokens found', value: ({ found }) => found, text: ({ found }) => formatShare(found) },
  { head: 'Right tokens called wrong', value: ({ alarms }) => alarms, text: ({ alarms }) => formatShare(alarms) },
];

export function RewardRoc({ curves, weighting, runName }: { curves: Curves; weighting: string; runName: string }) {
  const known = SCORES.flatMap((name) => {
    const curve = curves[name];
    return curve ? [{ name, curve }] : [];
  });
  const rows = useMemo(() => rocRows(curves), [curves]);
  const marks = useMemo(() => rocMarks(curves, ROC_SIZE, PAGE_INKS), [curves]);
  if (known.length === 0) return null;
  const said = known.map(({ name, curve }) => `${SCORE_LABELS[name]} ${formatNumber(curve.auroc)}`).join(', ');
  return (
    <figure className="tokens-roc" aria-label="ROC of the weightings">
      <figcaption>
        <h4 className="heading">As a score for wrong tokens, by AUROC: {said}</h4>
        <p className="caption">
          Up: share of the wrong tokens found. Across: share of the right tokens called wrong. Thin line: chance. The
          threshold keeps one point of the curve; RLMEC ranks only below τ; the raw p of the released script weighs the
          right tokens most, so it is the curve turned round.
        </p>
      </figcaption>
      <div className="tokens-roc-body">
        <MarksDrawing marks={marks} {...ROC_SIZE} label={`ROC curves. AUROC: ${said}`} />
        <ul className="tokens-roc-legend">
          {known.map(({ name, curve }) => {
            const { colour, dashed, width } = SCORE_LINES[name];
            return (
              <li key={name}>
                <span
                  aria-hidden="true"
                  className="tokens-roc-line"
                  style={{ borderTop: `${width}px ${dashed ? 'dashed' : 'solid'} ${colour(PAGE_INKS)}` }}
                />
                {SCORE_LABELS[name]}, AUROC {formatNumber(curve.auroc)}
                {name === weighting && ' (weighting of this run)'}
              </li>
            );
          })}
        </ul>
      </div>
      <div className="tokens-copy">
        <PictureButtons
          what="the ROC curves"
          fileName={`${runName}-roc`}
          make={() => rocPicture(curves, [runName], fileInks())}
        />
      </div>
      <DataTable
        caption="Points of the ROC curves, thinned"
        columns={ROC_COLUMNS}
        rows={rows}
        fileName={`${runName}-roc`}
      />
    </figure>
  );
}
