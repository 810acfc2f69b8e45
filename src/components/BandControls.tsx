// Which band of the ranked weights is taken, and which tensors are ranked: for the mask lab, and for checkpoints in files.
import type { MaskScope } from '../core/masks/tensorKinds';
import './bandControls.css';

const SCOPES = [
  { key: 'embeddings', label: 'Embeddings' },
  { key: 'norms', label: 'Norms' },
  { key: 'head', label: 'Output head' },
] as const;

export interface Band {
  /** Percent; lower ≤ upper. */
  lower: number;
  upper: number;
  scope: MaskScope;
}

/** A moved edge takes the other one along. */
export function BandControls({ band, onBand }: { band: Band; onBand(change: Partial<Band>): void }) {
  const { lower, upper, scope } = band;
  const setEdge = (edge: 'lower' | 'upper', value: number) => {
    if (!Number.isFinite(value)) return;
    const percent = Math.max(0, Math.min(100, value));
    if (edge === 'lower') onBand({ lower: percent, upper: Math.max(percent, upper) });
    else onBand({ upper: percent, lower: Math.min(percent, lower) });
  };
  return (
    <>
      <Percent label="Lower percent" value={lower} onChange={(value) => setEdge('lower', value)} />
      <Percent label="Upper percent" value={upper} onChange={(value) => setEdge('upper', value)} />
      <fieldset className="band-scope">
        <legend>All matrices of the layers, and</legend>
        {SCOPES.map(({ key, label }) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={scope[key]}
              onChange={(event) => onBand({ scope: { ...scope, [key]: event.target.checked } })}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </>
  );
}

function Percent({ label, value, onChange }: { label: string; value: number; onChange(value: number): void }) {
  return (
    <div className="band-percent">
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
