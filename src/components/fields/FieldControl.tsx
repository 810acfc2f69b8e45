// One setting: label, control, the paper's value beside ours, help, a problem at the field, and the way back to the default.
import { useId, useState } from 'react';
import type { Field } from '../../core/fields/field';
import { Icon } from '../icons';
import './fields.css';

export interface OptionGroup {
  /** null: its options stand in no group. */
  label: string | null;
  options: readonly { value: string; label: string }[];
}

export interface FieldControlProps {
  field: Field;
  /** Names and groups of a choice's options; without them they are named as they are. */
  groups?: readonly OptionGroup[];
  /** What the chosen value is, before the field's help. */
  chosen?: string | null;
  /** The value in use, as text ('1' or '0' for a switch). */
  value: string;
  defaultValue: string;
  /** What is wrong with what was typed, and what is used instead. */
  problem: string | null;
  /** The setting differs from the one the present run was started with. */
  isPending: boolean;
  onChange(text: string): void;
  onReset(): void;
}

export function FieldControl(props: FieldControlProps) {
  const { field, value, defaultValue, problem, isPending, chosen, onReset } = props;
  const id = useId();
  const described = `${id}-help${problem ? ` ${id}-problem` : ''}`;
  return (
    <div className="field" data-changed={value !== defaultValue}>
      <div className="field-line">
        <label className="field-label" htmlFor={id}>
          {field.label}
        </label>
        {value !== defaultValue && (
          <button
            type="button"
            className="field-reset"
            aria-label={`Reset ${field.label} to ${shown(props)}`}
            title={`Reset to ${shown(props)}`}
            onClick={onReset}
          >
            <Icon name="reset" />
          </button>
        )}
        <Control {...props} id={id} described={described} />
        {field.kind === 'number' && field.unit && <span className="field-unit caption">{field.unit}</span>}
      </div>
      {problem && (
        <p id={`${id}-problem`} className="field-problem">
          {problem}
        </p>
      )}
      <p id={`${id}-help`} className="caption">
        {chosen && <strong className="field-chosen">{chosen}</strong>} {field.help}
        {field.paper && (
          <>
            {' '}
            <span className="field-paper">Paper: {field.paper}.</span>
          </>
        )}
      </p>
      {isPending && <p className="field-pending">Applies at restart.</p>}
    </div>
  );
}

/** The default as a person reads it. */
function shown({ field, defaultValue, groups = [] }: FieldControlProps): string {
  if (field.kind === 'switch') return defaultValue === '1' ? 'on' : 'off';
  const options = groups.flatMap((group) => group.options);
  return options.find(({ value }) => value === defaultValue)?.label ?? defaultValue;
}

interface ControlProps extends FieldControlProps {
  id: string;
  described: string;
}

function Control({ field, groups, value, problem, id, described, onChange }: ControlProps) {
  if (field.kind === 'switch')
    return (
      <input
        id={id}
        type="checkbox"
        checked={value === '1'}
        aria-describedby={described}
        onChange={(event) => onChange(event.currentTarget.checked ? '1' : '0')}
      />
    );
  if (field.kind === 'choice')
    return (
      <select
        id={id}
        className="field-select"
        value={value}
        aria-describedby={described}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {(groups ?? [{ label: null, options: field.choices.map((choice) => ({ value: choice, label: choice })) }]).map(
          ({ label, options }) =>
            label === null ? (
              <Options key="" options={options} />
            ) : (
              <optgroup key={label} label={label}>
                <Options options={options} />
              </optgroup>
            ),
        )}
      </select>
    );
  return <NumberControl {...{ value, problem, id, described, onChange }} />;
}

const Options = ({ options }: Pick<OptionGroup, 'options'>) =>
  options.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));

/** Shows what is typed while it has the focus, and what is used after. */
function NumberControl({
  value,
  problem,
  id,
  described,
  onChange,
}: Pick<ControlProps, 'value' | 'problem' | 'id' | 'described' | 'onChange'>) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      id={id}
      type="text"
      inputMode="decimal"
      autoComplete="off"
      className="field-input field-number"
      value={typed ?? value}
      aria-invalid={problem !== null}
      aria-describedby={described}
      onFocus={() => setTyped(value)}
      onBlur={() => setTyped(null)}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
    />
  );
}
