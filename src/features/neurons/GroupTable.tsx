// What selections of whole rows, columns and attention heads would take instead of single weights.
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { ScrollX } from '../../components/ScrollX';
import type { GroupRow } from '../../core/masks/groups';
import type { ModelConfig } from '../../core/model/config';

/** Matrices [out, in]; GPT-2's are [in, out]. */
const OUT_FIRST = { output: 'output neuron (row)', input: 'input (column)', head: 'attention head' } as const;
const BY = {
  llama: OUT_FIRST,
  gpt2: { output: 'output neuron (column)', input: 'input (row)', head: 'attention head' },
  gpt_neox: OUT_FIRST,
} as const;

interface GroupsProps {
  rows: readonly GroupRow[];
  architecture: ModelConfig['architecture'];
}

export function GroupTable({ rows, architecture }: GroupsProps) {
  const by = BY[architecture];
  return (
    <ScrollX name="Whole groups">
      <table className="table">
        <caption>What the most changed whole groups would take; the paper’s neuron is one weight</caption>
        <thead>
          <tr>
            <th scope="col">Selected by</th>
            <th scope="col" className="number">
              Groups taken
            </th>
            <th scope="col" className="number">
              Weights
            </th>
            <th scope="col" className="number">
              IoU with single weights
            </th>
            <th scope="col" className="number">
              By chance
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.by}>
              <th scope="row">{by[row.by]}</th>
              <td className="number">
                {formatCount(row.taken)} of {formatCount(row.groups)}
              </td>
              <td className="number">
                {formatCount(row.selected)} ({formatShare(row.achievedShare)})
              </td>
              <td className="number">{formatNumber(row.iou)}</td>
              <td className="number">{formatNumber(row.chanceIou)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
