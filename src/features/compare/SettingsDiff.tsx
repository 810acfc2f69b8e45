// What differs in the settings of the selected arms: nothing else, with units and the paper's values.
import { memo, useMemo } from 'react';
import { type Column, NumberTable } from '../../components/DataTable';
import type { ArmRow } from './rows';
import { differingSettings, type SettingRow } from './settings';

interface DiffProps {
  rows: readonly ArmRow[];
  baseline: ArmRow | null;
}

export const SettingsDiff = memo(function SettingsDiff({ rows, baseline }: DiffProps) {
  const settings = useMemo(() => differingSettings(rows), [rows]);
  const columns = useMemo(() => columnsOf(rows, baseline), [rows, baseline]);
  return (
    <section className="compare-part" aria-labelledby="compare-settings">
      <h3 id="compare-settings" className="heading">
        {heading(rows, settings)}
      </h3>
      {settings.length > 0 && (
        <NumberTable
          caption="Only settings that differ; those in brackets play no part in that arm."
          columns={columns}
          rows={settings}
        />
      )}
    </section>
  );
});

function heading(rows: readonly ArmRow[], settings: readonly SettingRow[]): string {
  if (rows.length < 2) return 'Select two arms or more to see in which settings they differ';
  if (settings.length === 0) return `The ${rows.length} selected arms have the same settings`;
  return `The ${rows.length} selected arms differ in ${settings.length === 1 ? 'one setting' : `${settings.length} settings`}`;
}

const valueText = ({ text, isUsed }: SettingRow['values'][number]) =>
  isUsed ? text : <span className="compare-unused">({text})</span>;

const columnsOf = (rows: readonly ArmRow[], baseline: ArmRow | null): Column<SettingRow>[] => [
  {
    head: 'Setting',
    value: ({ label }) => label,
    text: ({ label, unit }) => (
      <>
        {label} {unit && <span className="compare-unit">{unit}</span>}
      </>
    ),
  },
  ...rows.map(
    ({ id, label }, i): Column<SettingRow> => ({
      head: id === baseline?.id ? `${label} (baseline)` : label,
      value: ({ values }) => values[i]!.text,
      text: ({ values }) => valueText(values[i]!),
      isText: true,
    }),
  ),
  { head: 'Paper', value: ({ paper }) => paper, text: ({ paper }) => paper || '–', isText: true },
];
