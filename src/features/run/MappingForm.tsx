// Which column of an imported table plays which part: the form, a select per part, and the columns with their first values.
import { useId } from 'react';
import {
  FORM_ROLES,
  FORMS,
  type Form,
  type Mapping,
  missingRoles,
  type Role,
  withForm,
} from '../../core/data/table/mapping';
import { unreadableText } from '../../core/data/table/table';
import { useStudio } from '../../state/useStudio';
import type { TableSummary } from '../../worker/protocol';

const FORM_NAMES: Readonly<Record<Form, string>> = {
  answers: 'Questions with answers',
  pairs: 'Preference pairs',
  messages: 'Conversations',
};
const ROLE_NAMES: Readonly<Record<Role, string>> = {
  prompt: 'Prompt',
  context: 'Context, below the prompt',
  output: 'Response',
  answer: 'Final answer, after “The answer is”',
  chosen: 'Chosen response',
  rejected: 'Rejected response',
  messages: 'Messages',
};

/** What an empty select of the role stands for. */
const emptyText = (role: Role, form: Form): string =>
  role === 'prompt' && form === 'pairs'
    ? 'what both sides begin with'
    : role === 'context' || role === 'answer'
      ? 'none'
      : 'choose a column';

export function MappingForm({ table }: { table: TableSummary }) {
  const studio = useStudio();
  const { columns, mapping } = table;
  const change = (next: Mapping) => void studio.mapImport(next);
  const setRole = (role: Role, name: string) => {
    const { [role]: _, ...others } = mapping.columns;
    change({ ...mapping, columns: name === '' ? others : { ...others, [role]: name } });
  };
  const output = columns.find(({ name }) => name === mapping.columns.output);
  return (
    <fieldset className="import-mapping">
      <legend className="import-legend">What the columns are</legend>
      <div className="import-roles">
        <label className="import-role">
          <span>The file holds</span>
          <select
            className="field-select"
            value={mapping.form}
            onChange={({ currentTarget: { value } }) => {
              const form = FORMS.find((one) => one === value);
              if (form) change(withForm(mapping, form, columns));
            }}
          >
            {FORMS.map((form) => (
              <option key={form} value={form}>
                {FORM_NAMES[form]}
              </option>
            ))}
          </select>
        </label>
        {FORM_ROLES[mapping.form].map((role) => (
          <RoleSelect key={role} role={role} table={table} onChange={(name) => setRole(role, name)} />
        ))}
      </div>
      {mapping.form === 'answers' && (output?.hasHashAnswers || mapping.hashAnswers) && (
        <label className="import-check">
          <input
            type="checkbox"
            checked={mapping.hashAnswers}
            onChange={({ currentTarget: { checked } }) => change({ ...mapping, hashAnswers: checked })}
          />
          Read what follows #### as “The answer is …”, so that answers can be checked
        </label>
      )}
      <Missing mapping={mapping} columns={columns} />
      <details>
        <summary>Columns and first values</summary>
        <dl className="import-columns">
          {columns.map(({ name, problem, samples }) => (
            <div key={name}>
              <dt className="mono">{name}</dt>
              {problem && <dd>Cannot be read. {problem}</dd>}
              {samples.map((sample, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: samples may be equal and never move
                <dd key={i} className="quiet">
                  {sample === '' ? '(empty)' : sample}
                </dd>
              ))}
            </div>
          ))}
        </dl>
      </details>
    </fieldset>
  );
}

interface RoleSelectProps {
  role: Role;
  table: TableSummary;
  onChange(name: string): void;
}

function RoleSelect({ role, table: { columns, mapping }, onChange }: RoleSelectProps) {
  const id = useId();
  const chosen = mapping.columns[role] ?? '';
  const sample = columns.find(({ name }) => name === chosen)?.samples[0];
  return (
    <div className="import-role">
      <label htmlFor={id}>{ROLE_NAMES[role]}</label>
      <select
        id={id}
        className="field-select"
        value={chosen}
        aria-describedby={sample ? `${id}-sample` : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">{emptyText(role, mapping.form)}</option>
        {columns.map(({ name, problem }) => (
          <option key={name} value={name} disabled={problem !== null}>
            {name}
          </option>
        ))}
      </select>
      {sample && (
        <span id={`${id}-sample`} className="import-sample caption">
          {sample}
        </span>
      )}
    </div>
  );
}

function Missing({ mapping, columns }: Pick<TableSummary, 'mapping' | 'columns'>) {
  const unreadable = unreadableText(columns);
  const missing = missingRoles(mapping).map((roles) => roles.map((role) => ROLE_NAMES[role]).join(' or '));
  if (missing.length === 0) {
    return mapping.form === 'messages' ? (
      <p className="caption">
        The last answer of a conversation is the response; what stands before it is the prompt, as text with the names
        of the roles.
      </p>
    ) : null;
  }
  const isHopeless = columns.every(({ problem }) => problem !== null);
  return (
    <p role="status">
      {unreadable} {!isHopeless && `Choose a column for: ${missing.join('; ')}.`}
    </p>
  );
}
