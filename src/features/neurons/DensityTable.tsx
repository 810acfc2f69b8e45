// The table behind the atlas: how much of each tensor is selected.
import { formatCount, formatShare } from '../../components/format';
import type { SelectionSummary } from '../../worker/atlasProtocol';
import { timesText } from './maskText';

interface TableProps {
  selection: SelectionSummary;
  what: string;
  onOpen(name: string): void;
}

export function DensityTable({ selection, what, onOpen }: TableProps) {
  const { tensors, requestedShare } = selection;
  return (
    <details>
      <summary>Show as table</summary>
      <div className="scroll-x">
        <table className="table neurons-table">
          <caption>Selected weights per tensor, {what}</caption>
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Shape</th>
              {['Selected', 'Of', 'Density', '× requested', 'Rank'].map((head) => (
                <th key={head} scope="col" className="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tensors.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <button type="button" className="neurons-link mono" onClick={() => onOpen(row.name)}>
                    {row.name}
                  </button>
                </th>
                <td>
                  {row.rows} × {row.columns}
                </td>
                <td className="number">{formatCount(row.selected)}</td>
                <td className="number">{formatCount(row.entries)}</td>
                <td className="number">{formatShare(row.density)}</td>
                <td className="number">{timesText(requestedShare > 0 ? row.density / requestedShare : 0)}</td>
                <td className="number">{row.rank ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
