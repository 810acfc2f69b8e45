// What one takes away of the inspected strips: the copied table, pictures, the table with its file.
import { useMemo } from 'react';
import { CopyButton } from '../../components/CopyButton';
import { DataTable } from '../../components/DataTable';
import { PictureButtons } from '../../components/PictureButtons';
import type { TokenText } from '../../components/tokenStripText';
import type { TokenLayer } from '../../state/tokensChoice';
import type { Inspection } from './inspection';
import type { LayerScale } from './tokenLayers';
import { stripPicture } from './tokenPicture';
import { type TokenRow, tokenColumns, tokenRows, tokensTsv } from './tokenTable';
import type { Unit } from './units';

interface ToolsProps {
  inspection: Inspection;
  units: readonly (readonly Unit[])[];
  layer: TokenLayer;
  /** What its low and high mean. */
  saying: string;
  scale: LayerScale;
  text: TokenText;
  name: string;
  notes: readonly string[];
}

export function Tools({ inspection, units, layer, saying, scale, text, name, notes }: ToolsProps) {
  const columns = useMemo(() => tokenColumns(inspection), [inspection]);
  const rows = useMemo(() => tokenRows(inspection, text.token), [inspection, text]);
  const make = () =>
    stripPicture(
      inspection.sides.map(({ role }, i) => ({ name: role === 'answer' ? '' : role, units: units[i]! })),
      { layer, saying },
      scale,
      inspection.sides.length > 1 ? 'Chosen and rejected, token by token' : 'A wrong answer, token by token',
      notes,
    );
  return (
    <div className="tokens-tools">
      <div className="tokens-copy">
        <CopyButton
          label="Copy as TSV"
          otherwise="Select the rows of the table instead."
          copied={() => tokensTsv(columns, rows)}
        />
        <PictureButtons what="the token strip" fileName={name} make={make} />
      </div>
      <DataTable<TokenRow> caption="Every token with all layers" columns={columns} rows={rows} fileName={name} />
    </div>
  );
}
