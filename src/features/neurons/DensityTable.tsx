// The table behind the atlas: how much of each tensor is selected.
import type { Column } from '../../components/DataTable';
import { formatCount, formatShare } from '../../components/format';
import type { SelectionSummary } from '../../worker/atlasProtocol';
import { timesText } from './maskText';
import { TensorTable } from './TensorTable';

interface TableProps {
  selection: SelectionSummary;
  what: string;
  onOpen(name: string): void;
}

type Row = SelectionSummary['tensors'][number];

export function DensityTable({ selection, what, onOpen }: TableProps) {
  const { tensors, requestedShare } = selection;
  const times = ({ density }: Row): number => (requestedShare > 0 ? density / requestedShare : 0);
  const columns: Column<Row>[] = [
    {
      head: 'Shape',
      value: ({ rows, columns }) => `${rows} × ${columns}`,
      text: ({ rows, columns }) => `${rows} × ${columns}`,
      isText: true,
    },
    { head: 'Selected', value: ({ selected }) => selected, text: ({ selected }) => formatCount(selected) },
    { head: 'Of', value: ({ entries }) => entries, text: ({ entries }) => formatCount(entries) },
    { head: 'Density', value: ({ density }) => density, text: ({ density }) => formatShare(density) },
    { head: '× requested', value: times, text: (row) => timesText(times(row)) },
    { head: 'Rank', value: ({ rank }) => rank, text: ({ rank }) => rank ?? '–' },
  ];
  return (
    <TensorTable
      caption={`Selected weights per tensor, ${what}`}
      columns={columns}
      rows={tensors}
      fileName="densities"
      onOpen={onOpen}
    />
  );
}
