// Which weights to select: rule, band and scope, what that will read, and the button that does it.
import { BandControls } from '../../components/BandControls';
import { Choice } from '../../components/Choice';
import { Term } from '../../components/glossary/Term';
import { type InspectState, isStale } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import type { InspectOptions, PairAnswer } from '../../worker/inspectProtocol';
import { readingText } from './inspectText';

const RULES = [
  { value: 'most', label: 'Most changed' },
  { value: 'least', label: 'Least changed' },
] as const;

const isSameScope = ({ scope: a }: InspectOptions, { scope: b }: InspectOptions): boolean =>
  a.embeddings === b.embeddings && a.norms === b.norms && a.head === b.head;

export function SelectPanel({ pairing }: { pairing: PairAnswer }) {
  const inspect = useInspect();
  const options = useInspectState((state: InspectState) => state.options);
  const bandFrom = useInspectState((state: InspectState) => state.bandFrom);
  const selection = useInspectState((state: InspectState) => state.selection);
  const isBusy = useInspectState((state: InspectState) => state.job !== null);
  const stale = useInspectState(isStale);
  const isCounted = selection !== null && isSameScope(selection.options, options);
  if (pairing.pairs.length === 0) return null;
  return (
    <section className="inspect-panel" aria-labelledby="inspect-select">
      <h3 id="inspect-select" className="heading">
        <Term name="mask">Mask</Term> of the change
      </h3>
      <div className="inspect-controls">
        <Choice<InspectOptions['rule']>
          label="Rule"
          options={RULES}
          value={options.rule}
          onChange={(rule) => inspect.setOptions({ rule })}
        />
        <BandControls band={options} onBand={inspect.setOptions} />
      </div>
      {bandFrom && (
        <p className="caption" role="status">
          The percentages come from the name of {bandFrom}.
        </p>
      )}
      <div className="inspect-buttons">
        <button type="button" className="button-primary" disabled={isBusy} onClick={() => void inspect.select()}>
          {selection ? 'Select again' : 'Select'}
        </button>
        <span className="caption">
          {stale && 'The pictures still show the selection before these changes. '}
          {readingText(pairing, isCounted ? 1 : 2, selection?.pace ?? null)}
        </span>
      </div>
    </section>
  );
}
