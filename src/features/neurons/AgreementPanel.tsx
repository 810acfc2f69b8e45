// Two masks beside each other, and up to eight pairwise: how much they share, next to what chance alone would give; and how early in
// the warm-up the mask was settled.

import type { Column } from '../../components/DataTable';
import { formatCount, formatNumber } from '../../components/format';
import { Term } from '../../components/glossary/Term';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { Swatch } from '../../components/Legend';
import { cssColour, overlayColours, themeOf } from '../../components/matrix/colourMaps';
import { type MaskAgreement, MOST_MASKS, type TensorAgreement } from '../../core/masks/agreement';
import type { AtlasQuestion, HeldRun } from '../../worker/atlasProtocol';
import { ChurnFigure } from './ChurnFigure';
import { churnSteps } from './churnSteps';
import { churnEmptyText } from './emptyText';
import type { NamedMask } from './namedMasks';
import { TensorTable } from './TensorTable';
import { useAnswer } from './useAtlas';

interface PanelProps {
  masks: readonly NamedMask[];
  a: NamedMask | null;
  b: NamedMask | null;
  held: HeldRun;
  churn: Extract<AtlasQuestion, { type: 'churn' }> | null;
  onPair(a: string, b: string): void;
  onOverlay(): void;
  onOpen(tensor: string): void;
}

export function AgreementPanel({ masks, a, b, held, churn, onPair, onOverlay, onOpen }: PanelProps) {
  const agreement = useAnswer(a && b ? { type: 'agreement', a: a.mask, b: b.mask } : null, 'agreement');
  const shown = masks.slice(0, MOST_MASKS);
  return (
    <section className="neurons-panel" aria-labelledby="neurons-agreement">
      <h3 id="neurons-agreement" className="heading">
        Agreement
      </h3>
      {!a || !b ? (
        <p className="neurons-empty">
          Two masks are needed. Masks come from this run's warm-up, from other runs of this visit, and from files opened
          under In and out.
        </p>
      ) : (
        <>
          <div className="neurons-controls">
            <MaskSelect label="Mask A" masks={masks} value={a.id} onChange={(id) => onPair(id, b.id)} />
            <MaskSelect label="Mask B" masks={masks} value={b.id} onChange={(id) => onPair(a.id, id)} />
            <button type="button" className="button" onClick={onOverlay}>
              Show the overlay
            </button>
          </div>
          <OverlayLegend />
          {agreement.error && <p role="alert">{agreement.error}</p>}
          {agreement.value && <AgreementTable agreement={agreement.value} onOpen={onOpen} />}
          <Pairwise masks={shown} onPair={onPair} />
          {masks.length > MOST_MASKS && (
            <p className="caption">
              The first {MOST_MASKS} of {masks.length} masks are compared; take kept ones away to see the others.
            </p>
          )}
        </>
      )}
      {churn ? (
        <ChurnFigure question={churn} runName={held.name} />
      ) : (
        <p className="caption">{churnEmptyText({ hasUpdate: held.hasUpdate, steps: churnSteps(held) })}</p>
      )}
    </section>
  );
}

function MaskSelect(props: { label: string; masks: readonly NamedMask[]; value: string; onChange(id: string): void }) {
  return (
    <label className="neurons-select">
      {props.label}
      <select value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {props.masks.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function OverlayLegend() {
  useThemeKey();
  const [neither, onlyA, onlyB, both] = overlayColours(themeOf(themeColour('--paper'))).map(cssColour);
  return (
    <p className="neurons-legend">
      <Swatch colour={onlyA}>A only</Swatch>
      <Swatch colour={onlyB}>B only</Swatch>
      <Swatch colour={both}>A and B</Swatch>
      <Swatch colour={neither}>neither</Swatch>
    </p>
  );
}

const AGREEMENT_COLUMNS: readonly Column<TensorAgreement>[] = [
  { head: 'A and B', value: ({ both }) => both, text: ({ both }) => formatCount(both) },
  { head: 'A only', value: ({ onlyA }) => onlyA, text: ({ onlyA }) => formatCount(onlyA) },
  { head: 'B only', value: ({ onlyB }) => onlyB, text: ({ onlyB }) => formatCount(onlyB) },
  { head: 'IoU', value: ({ iou }) => iou, text: ({ iou }) => formatNumber(iou) },
  { head: 'By chance', value: ({ chanceIou }) => chanceIou, text: ({ chanceIou }) => formatNumber(chanceIou) },
];

function AgreementTable({ agreement, onOpen }: { agreement: MaskAgreement; onOpen(tensor: string): void }) {
  const { overall, anywhere, tensors, mismatches } = agreement;
  return (
    <>
      <p className="neurons-agreement">
        A and B share {formatCount(overall.both)} weights: <Term name="iou" /> {formatNumber(overall.iou)}, by{' '}
        <Term name="chance" /> {formatNumber(overall.chanceIou)} with the tensors' own densities,{' '}
        {formatNumber(anywhere.chanceIou)} anywhere in the model.
      </p>
      {mismatches.length > 0 && (
        <p className="caption">
          Not compared, for another shape or none: {mismatches.map(({ name }) => name).join(', ')}.
        </p>
      )}
      <TensorTable
        summary="Agreement by tensor"
        caption="Intersection over union of A and B"
        columns={AGREEMENT_COLUMNS}
        rows={tensors}
        fileName="agreement"
        onOpen={onOpen}
      />
    </>
  );
}

function Pairwise({ masks, onPair }: { masks: readonly NamedMask[]; onPair(a: string, b: string): void }) {
  const { value } = useAnswer(
    masks.length > 2 ? { type: 'matrix', masks: masks.map(({ label, mask }) => ({ label, mask })) } : null,
    'matrix',
  );
  if (!value) return null;
  return (
    <div className="scroll-x">
      <table className="table neurons-pairs">
        <caption>IoU of each pair, by chance below it; a click makes the pair A and B</caption>
        <thead>
          <tr>
            <th scope="col">Mask</th>
            {value.labels.map((label, i) => (
              <th key={label} scope="col" className="number" aria-label={label}>
                {i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.pairs.map((row, i) => (
            <tr key={value.labels[i]}>
              <th scope="row">
                {i + 1}&ensp;{value.labels[i]}
              </th>
              {row.map((pair, j) => (
                <td key={value.labels[j]} className="number">
                  {i === j || !masks[i] || !masks[j] ? (
                    '·'
                  ) : (
                    <button
                      type="button"
                      className="neurons-link neurons-pair"
                      onClick={() => onPair(masks[i]!.id, masks[j]!.id)}
                    >
                      <span className="visually-hidden">
                        Compare {value.labels[i]} with {value.labels[j]}: IoU{' '}
                      </span>
                      {formatNumber(pair.iou)}
                      <span className="visually-hidden">, by chance </span>
                      <span className="caption">{formatNumber(pair.chanceIou)}</span>
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
