// The mask lab: which weights would another band, rule or scope take? Always says what was asked for, what came out, and what the
// released script's rule would have taken instead.
import { useRef } from 'react';
import { BandControls } from '../../components/BandControls';
import { formatCount } from '../../components/format';
import { selectionText } from '../../components/selectionText';
import type { MaskLabRule } from '../../core/masks/selectMask';
import { labText } from '../../state/neuronsAddress';
import { type LabChoice, MOST_KEPT } from '../../state/neuronsChoice';
import type { MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { labTitle, referenceText } from './maskText';
import { type Answered, useAnswer, useSettled } from './useAtlas';

const RULES: readonly { value: MaskLabRule; label: string }[] = [
  { value: 'most', label: 'Most changed' },
  { value: 'least', label: 'Least changed' },
  { value: 'random', label: 'Random' },
  { value: 'per-tensor', label: 'Per-tensor quota' },
  { value: 'gradient', label: 'Accumulated gradient' },
  { value: 'reference', label: 'Reference script' },
];
interface LabProps {
  runId: string;
  lab: LabChoice;
  mask: Extract<MaskRef, { from: 'lab' }>;
  selection: Answered<SelectionSummary>;
  hasUpdate: boolean;
  /** Said instead of the lab while there is no change to select from. */
  closedText: string;
  hasGradient: boolean;
  onLab(lab: LabChoice): void;
  kept: readonly LabChoice[];
  onKept(kept: readonly LabChoice[]): void;
}

export function MaskLab(props: LabProps) {
  const { runId, lab, mask, selection, hasUpdate, hasGradient, onLab } = props;
  const settled = selection.value !== null && !selection.isPending;
  // The mask first: what else there is to say of it is asked when it is there.
  const options = useSettled(mask.options, settled);
  const reference = useAnswer(hasUpdate ? { type: 'reference', runId, options } : null, 'reference');
  if (!hasUpdate) {
    return (
      <section className="neurons-panel" aria-labelledby="neurons-lab">
        <h3 id="neurons-lab" className="heading">
          Mask lab
        </h3>
        <p className="neurons-empty">{props.closedText}</p>
      </section>
    );
  }
  return (
    <section className="neurons-panel" aria-labelledby="neurons-lab">
      <h3 id="neurons-lab" className="heading">
        Mask lab
      </h3>
      <div className="neurons-controls">
        <label className="neurons-select">
          Rule
          <select value={lab.rule} onChange={(event) => onLab({ ...lab, rule: event.target.value as MaskLabRule })}>
            {RULES.map(({ value, label }) => (
              <option key={value} value={value} disabled={value === 'gradient' && !hasGradient}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <BandControls band={lab} onBand={(change) => onLab({ ...lab, ...change })} />
      </div>
      {!hasGradient && (
        <p className="caption">
          This run summed up no gradients (models above 5 million weights do not): the rule by accumulated gradient is
          off.
        </p>
      )}
      {selection.error && <p role="alert">{selection.error}</p>}
      <p className="neurons-lab-result" data-settled={settled ? `${lab.rule} ${lab.lower} ${lab.upper}` : ''}>
        {selection.value && (
          <>
            {selectionText(selection.value, mask.options.rule)}{' '}
            <span className="caption">computed in {formatCount(Math.max(1, selection.elapsed))} ms</span>
          </>
        )}
      </p>
      <p className="caption neurons-lab-reference">{reference.value && referenceText(reference.value, lab.rule)}</p>
      <Kept lab={lab} kept={props.kept} onLab={onLab} onKept={props.onKept} />
    </section>
  );
}

/** Masks set aside: a click shows one again, the cross takes it from the list. */
function Kept({ lab, kept, onLab, onKept }: Pick<LabProps, 'lab' | 'kept' | 'onLab' | 'onKept'>) {
  const keep = useRef<HTMLButtonElement>(null);
  const text = labText(lab);
  const isKept = kept.some((one) => labText(one) === text);
  const isFull = kept.length >= MOST_KEPT;
  const why = isFull
    ? `${MOST_KEPT} masks are kept; take one away to keep another.`
    : isKept
      ? 'This mask is kept.'
      : kept.length === 0 && 'and find it under Agreement';
  return (
    <div className="neurons-kept">
      <button
        ref={keep}
        type="button"
        className="button"
        // Not disabled: whoever pressed it with a key keeps the focus.
        aria-disabled={isKept || isFull}
        onClick={() => !isKept && !isFull && onKept([...kept, lab])}
      >
        Keep to compare
      </button>
      {kept.map((one) => {
        const name = labText(one);
        return (
          <span key={name} className="neurons-kept-one">
            <button type="button" className="neurons-link" title={labTitle(one)} onClick={() => onLab(one)}>
              {name}
            </button>
            <button
              type="button"
              className="neurons-forget"
              aria-label={`Do not keep ${name}`}
              onClick={() => {
                onKept(kept.filter((other) => other !== one));
                keep.current?.focus();
              }}
            >
              ×
            </button>
          </span>
        );
      })}
      <span className="caption">{why}</span>
    </div>
  );
}
