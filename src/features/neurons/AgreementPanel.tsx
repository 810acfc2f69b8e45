// Two masks beside each other, and up to eight pairwise: how much they share, next to what chance alone would give; and how early in
// the warm-up the mask was settled.
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { Swatch } from '../../components/Legend';
import { cssColour, overlayColours, themeOf } from '../../components/matrix/colourMaps';
import type { MaskAgreement } from '../../core/masks/agreement';
import { MOST_MASKS } from '../../core/masks/agreement';
import type { AtlasQuestion, HeldRun } from '../../worker/atlasProtocol';
import type { NamedMask } from './namedMasks';
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
          Two masks are needed. Wait for this run's masks, start a second run with another seed, or open a mask file.
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
          {masks.length > MOST_MASKS && <p className="caption">The first eight masks are compared.</p>}
        </>
      )}
      {churn ? (
        <Churn question={churn} />
      ) : (
        <p className="caption">
          {held.updateSteps.length === 0
            ? 'No steps of the warm-up were kept (models above one million weights keep none), so there is no churn to show.'
            : 'Choose a rule by the change to see how early the mask was settled.'}
        </p>
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

function AgreementTable({ agreement, onOpen }: { agreement: MaskAgreement; onOpen(tensor: string): void }) {
  const { overall, anywhere, tensors, mismatches } = agreement;
  return (
    <>
      <p className="neurons-agreement">
        A and B share {formatCount(overall.both)} weights: IoU {formatNumber(overall.iou)}, by chance{' '}
        {formatNumber(overall.chanceIou)} with the tensors' own densities, {formatNumber(anywhere.chanceIou)} anywhere
        in the model.
      </p>
      {mismatches.length > 0 && (
        <p className="caption">
          Not compared, for another shape or none: {mismatches.map(({ name }) => name).join(', ')}.
        </p>
      )}
      <details>
        <summary>Agreement by tensor</summary>
        <div className="scroll-x">
          <table className="table">
            <caption>Intersection over union of A and B</caption>
            <thead>
              <tr>
                <th scope="col">Tensor</th>
                {['A and B', 'A only', 'B only', 'IoU', 'By chance'].map((head) => (
                  <th key={head} scope="col" className="number">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tensors.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <button type="button" className="neurons-link mono" onClick={() => onOpen(row.name)}>
                      {row.name}
                    </button>
                  </th>
                  <td className="number">{formatCount(row.both)}</td>
                  <td className="number">{formatCount(row.onlyA)}</td>
                  <td className="number">{formatCount(row.onlyB)}</td>
                  <td className="number">{formatNumber(row.iou)}</td>
                  <td className="number">{formatNumber(row.chanceIou)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
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
      <table className="table">
        <caption>IoU of each pair, by chance in brackets; a click makes the pair A and B</caption>
        <thead>
          <tr>
            <th scope="col">Mask</th>
            {value.labels.map((label) => (
              <th key={label} scope="col" className="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.pairs.map((row, i) => (
            <tr key={value.labels[i]}>
              <th scope="row">{value.labels[i]}</th>
              {row.map((pair, j) => (
                <td key={value.labels[j]} className="number">
                  {i === j || !masks[i] || !masks[j] ? (
                    '·'
                  ) : (
                    <button
                      type="button"
                      className="neurons-link"
                      aria-label={`Compare ${value.labels[i]} with ${value.labels[j]}: IoU ${formatNumber(pair.iou)}`}
                      onClick={() => onPair(masks[i]!.id, masks[j]!.id)}
                    >
                      {formatNumber(pair.iou)} ({formatNumber(pair.chanceIou)})
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

function Churn({ question }: { question: Extract<AtlasQuestion, { type: 'churn' }> }) {
  const { value, error } = useAnswer(question, 'churn');
  if (error) return <p role="alert">{error}</p>;
  if (!value || value.length === 0) return null;
  return (
    <div className="scroll-x">
      <table className="table">
        <caption>How early the lab's mask is settled: the final mask's weights that are already in it</caption>
        <thead>
          <tr>
            <th scope="col">Warm-up step</th>
            {['Of the final mask', 'By chance', 'IoU with the step before'].map((head) => (
              <th key={head} scope="col" className="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.map((point) => (
            <tr key={point.step}>
              <th scope="row">{point.step}</th>
              <td className="number">{formatShare(point.shareOfFinal)}</td>
              <td className="number">{formatShare(point.chanceShare)}</td>
              <td className="number">{formatNumber(point.iouWithPrevious)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
