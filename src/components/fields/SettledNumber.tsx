// A number of the page that is taken over with Enter or when it is left, never half typed. Settings of a run: FieldControl.
import { useId, useState } from 'react';
import './fields.css';

interface SettledNumberProps {
  label: string;
  min: number;
  max: number;
  unit?: string;
  value: number;
  onValue(value: number): void;
}

export function SettledNumber({ label, min, max, unit, value, onValue }: SettledNumberProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const wanted = typed === null || typed.trim() === '' ? Number.NaN : Number(typed.replace(',', '.'));
  const isBad = typed !== null && !(wanted >= min && wanted <= max);
  const take = () => {
    if (typed !== null && !isBad && wanted !== value) onValue(wanted);
    if (!isBad) setTyped(null);
  };
  return (
    <div className="field">
      <div className="field-line">
        <label className="field-label" htmlFor={id}>
          {label}
        </label>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          className="field-input field-number"
          value={typed ?? String(value)}
          aria-invalid={isBad}
          aria-describedby={isBad ? `${id}-problem` : undefined}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={take}
          onKeyDown={(event) => {
            if (event.key === 'Enter') take();
          }}
        />
        {unit && <span className="field-unit caption">{unit}</span>}
      </div>
      {isBad && (
        <p id={`${id}-problem`} className="field-problem">
          A number from {min} to {max}, please. {value} stays.
        </p>
      )}
    </div>
  );
}
