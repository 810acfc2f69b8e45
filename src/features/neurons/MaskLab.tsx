// The mask lab: which weights would another band, rule or scope take? Always says what was asked for, what came out, and what the
// released script's rule would have taken instead.
import { formatCount, formatShare } from '../../components/format';
import type { MaskLabRule } from '../../core/masks/selectMask';
import { KEPT_WEIGHTS } from '../../core/memory';
import { labText } from '../../state/neuronsAddress';
import { type LabChoice, MOST_KEPT } from '../../state/neuronsChoice';
import type { MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { selectionText } from './maskText';
import { type Answered, useAnswer, useSettled } from './useAtlas';

const RULES: readonly { value: MaskLabRule; label: string }[] = [
  { value: 'most', label: 'Most changed' },
  { value: 'least', label: 'Least changed' },
  { value: 'random', label: 'Random' },
  { value: 'per-tensor', label: 'Per-tensor quota' },
  { value: 'gradient', label: 'Accumulated gradient' },
  { value: 'reference', label: 'Reference script' },
];
const SCOPES = [
  { key: 'embeddings', label: 'Embeddings' },
  { key: 'norms', label: 'Norms' },
  { key: 'head', label: 'Output head' },
] as const;

interface LabProps {
  runId: string;
  lab: LabChoice;
  mask: Extract<MaskRef, { from: 'lab' }>;
  selection: Answered<SelectionSummary>;
  hasUpdate: boolean;
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
        <p className="neurons-empty">
          The lab needs the weights before and after the warm-up. Wait for the warm-up to end, or start a run with a
          ranked mask and at most {formatCount(KEPT_WEIGHTS)} weights.
        </p>
      </section>
    );
  }
  const setEdge = (edge: 'lower' | 'upper', value: number) => {
    if (!Number.isFinite(value)) return;
    const percent = Math.max(0, Math.min(100, value));
    if (edge === 'lower') onLab({ ...lab, lower: percent, upper: Math.max(percent, lab.upper) });
    else onLab({ ...lab, upper: percent, lower: Math.min(percent, lab.lower) });
  };
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
        <Percent label="Lower percent" value={lab.lower} onChange={(value) => setEdge('lower', value)} />
        <Percent label="Upper percent" value={lab.upper} onChange={(value) => setEdge('upper', value)} />
        <fieldset className="neurons-scope">
          <legend>All matrices of the layers, and</legend>
          {SCOPES.map(({ key, label }) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={lab.scope[key]}
                onChange={(event) => onLab({ ...lab, scope: { ...lab.scope, [key]: event.target.checked } })}
              />
              {label}
            </label>
          ))}
        </fieldset>
      </div>
      {!hasGradient && (
        <p className="caption">
          This run summed up no gradients (models above 5 million weights do not): the rule by accumulated gradient is
          off.
        </p>
      )}
      {selection.error && <p role="alert">{selection.error}</p>}
      <div className="neurons-kept">
        {selection.value && (
          <p className="neurons-lab-result" data-settled={settled ? `${lab.rule} ${lab.lower} ${lab.upper}` : ''}>
            {selectionText(selection.value, mask.options.rule)}{' '}
            <span className="caption">computed in {formatCount(Math.max(1, selection.elapsed))} ms</span>
          </p>
        )}
        <Kept lab={lab} kept={props.kept} onLab={onLab} onKept={props.onKept} />
      </div>
      {reference.value && (
        <p className="caption">
          {reference.value.applies
            ? `${reference.value.why} It would select ${formatCount(reference.value.selected)} (${formatShare(reference.value.achievedShare)}); ${formatCount(reference.value.differingBits)} weights differ.`
            : `No comparison with the reference rule: ${reference.value.why}`}
        </p>
      )}
    </section>
  );
}

/** Masks set aside: a click shows one again, the cross takes it from the list. */
function Kept({ lab, kept, onLab, onKept }: Pick<LabProps, 'lab' | 'kept' | 'onLab' | 'onKept'>) {
  const text = labText(lab);
  const isKept = kept.some((one) => labText(one) === text);
  const isFull = kept.length >= MOST_KEPT;
  return (
    <>
      <button type="button" className="button" disabled={isKept || isFull} onClick={() => onKept([...kept, lab])}>
        Keep to compare
      </button>
      {kept.map((one) => {
        const name = labText(one);
        return (
          <span key={name} className="neurons-kept-one">
            <button type="button" className="neurons-link" onClick={() => onLab(one)}>
              {name}
            </button>
            <button
              type="button"
              className="neurons-forget"
              aria-label={`Do not keep ${name}`}
              onClick={() => onKept(kept.filter((other) => other !== one))}
            >
              ×
            </button>
          </span>
        );
      })}
      <span className="caption">
        {isFull
          ? `${MOST_KEPT} masks are kept; take one away to keep another.`
          : kept.length === 0 && 'and find it under Agreement'}
      </span>
    </>
  );
}

function Percent({ label, value, onChange }: { label: string; value: number; onChange(value: number): void }) {
  return (
    <div className="neurons-percent">
      <label>
        {label}
        <input
          type="range"
          min={0}
          max={100}
          step={0.5}
          value={value}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      </label>
      <input
        type="number"
        aria-label={`${label}, number`}
        min={0}
        max={100}
        step="any"
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <span aria-hidden="true">%</span>
    </div>
  );
}
