// Two masks beside each other, and up to eight pairwise: how much they share, next to what chance alone would give. Which masks there are and
// where the numbers come from is said by whoever shows it.
import type { ReactNode } from 'react';
import type { Column } from '../../components/DataTable';
import { formatCount, formatNumber } from '../../components/format';
import { Term } from '../../components/glossary/Term';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { Swatch } from '../../components/Legend';
import { cssColour, overlayColours, themeOf } from '../../components/matrix/colourMaps';
import { ScrollX } from '../../components/ScrollX';
import type { AgreementMatrix, MaskAgreement, TensorAgreement } from '../../core/masks/agreement';
import type { NamedMask } from './namedMasks';
import { TensorTable } from './TensorTable';

export interface FrameProps {
  masks: readonly NamedMask[];
  a: NamedMask | null;
  b: NamedMask | null;
  /** Where masks come from, while there are not two. */
  emptyText: string;
  /** Behind it all, with two masks or without. */
  foot?: ReactNode;
  onPair(a: string, b: string): void;
  onOverlay(): void;
  children: ReactNode;
}

export function AgreementFrame({ masks, a, b, emptyText, foot, onPair, onOverlay, children }: FrameProps) {
  return (
    <section className="neurons-panel" aria-labelledby="neurons-agreement">
      <h3 id="neurons-agreement" className="heading">
        Agreement
      </h3>
      {!a || !b ? (
        <p className="neurons-empty">Two masks are needed. {emptyText}</p>
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
          {children}
        </>
      )}
      {foot}
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

/** Two masks in a sentence and tensor by tensor. */
export function AgreementTable({ agreement, onOpen }: { agreement: MaskAgreement; onOpen(tensor: string): void }) {
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

interface PairwiseProps {
  /** Those of the matrix. */
  masks: readonly NamedMask[];
  matrix: AgreementMatrix;
  onPair(a: string, b: string): void;
}

/** Every pair of several masks. */
export function Pairwise({ masks, matrix: value, onPair }: PairwiseProps) {
  return (
    <ScrollX name="IoU of each pair">
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
    </ScrollX>
  );
}
