// A table of one row a tensor; the name opens it.
import { type Column, DataTable } from '../../components/DataTable';

interface TableProps<Row extends { name: string }> {
  caption: string;
  /** After the tensor's name. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  fileName: string;
  summary?: string;
  onOpen(name: string): void;
}

export function TensorTable<Row extends { name: string }>({ columns, onOpen, ...table }: TableProps<Row>) {
  const tensor: Column<Row> = {
    head: 'Tensor',
    value: ({ name }) => name,
    text: ({ name }) => (
      <button type="button" className="neurons-link mono" onClick={() => onOpen(name)}>
        {name}
      </button>
    ),
  };
  return <DataTable {...table} columns={[tensor, ...columns]} />;
}
