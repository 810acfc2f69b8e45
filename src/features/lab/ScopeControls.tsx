// What the next press of “Run” computes: families and seeds. The size is chosen above, since it also decides what is shown.
import { useId, useState } from 'react';
import { Term } from '../../components/glossary/Term';
import { FAMILIES, type Family } from '../../core/config';
import type { Scope } from '../../core/study/experiment';
import { parseSeeds, seedsText } from './labText';

interface ScopeProps {
  scope: Scope;
  onChange(scope: Scope): void;
}

export function ScopeControls({ scope, onChange }: ScopeProps) {
  const { families } = scope;
  const toggle = (family: Family) => {
    const next = FAMILIES.filter((each) => (each === family ? !families.includes(each) : families.includes(each)));
    // At least one: an experiment of none has no jobs.
    if (next.length > 0) onChange({ ...scope, families: next });
  };
  return (
    <div className="lab-scope">
      <fieldset className="lab-families">
        <legend className="visually-hidden">Families to run</legend>
        <Term name="family">Families</Term>
        {FAMILIES.map((family) => (
          <label key={family}>
            <input type="checkbox" checked={families.includes(family)} onChange={() => toggle(family)} /> {family}
          </label>
        ))}
      </fieldset>
      <SeedsField seeds={scope.seeds} onChange={(seeds) => onChange({ ...scope, seeds })} />
    </div>
  );
}

/** Taken over with Enter or when it is left. */
function SeedsField({ seeds, onChange }: { seeds: readonly number[]; onChange(seeds: number[]): void }) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const read = typed === null ? null : parseSeeds(typed);
  const isBad = typed !== null && !read;
  const take = () => {
    if (read && seedsText(read) !== seedsText(seeds)) onChange(read);
    if (!isBad) setTyped(null);
  };
  return (
    <div className="lab-seeds">
      <Term name="seed">Seeds</Term>
      <input
        type="text"
        aria-label="Seeds"
        autoComplete="off"
        className="field-input"
        value={typed ?? seedsText(seeds)}
        aria-invalid={isBad}
        aria-describedby={isBad ? `${id}-problem` : undefined}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
        }}
      />
      {isBad && (
        <span id={`${id}-problem`} className="lab-problem">
          Whole numbers such as “1–3, 7”, at most 20. {seedsText(seeds)} stays.
        </span>
      )}
    </div>
  );
}
