// What else there is to say of the lab's mask: how concentrated the change is, and what coarser selections would take.

import { formatCount, formatNumber, formatShare } from '../../components/format';
import { Term } from '../../components/glossary/Term';
import type { MaskOptions } from '../../core/masks/selectMask';
import type { SelectionSummary } from '../../worker/atlasProtocol';
import { LorenzCurve } from './LorenzCurve';
import type { Subject } from './subject';
import { type Answered, useAnswer, useSettled } from './useAtlas';

interface FindingsProps {
  subject: Subject;
  options: MaskOptions;
  selection: Answered<SelectionSummary>;
}

export function LabFindings({ subject, options: wanted, selection }: FindingsProps) {
  const options = useSettled(wanted, selection.value !== null && !selection.isPending);
  const curve = useAnswer({ type: 'concentration', runId: subject.id, options }, 'concentration').value;
  return (
    <section className="neurons-panel" aria-labelledby="neurons-findings">
      <h3 id="neurons-findings" className="heading">
        <Term name="concentration">Concentration</Term> and coarser selections
      </h3>
      {curve && <LorenzCurve curve={curve} runName={subject.name} />}
      <Granularity {...{ subject, options }} />
    </section>
  );
}

/** Matrices [out, in]; GPT-2's are [in, out]. */
const OUT_FIRST = { output: 'output neuron (row)', input: 'input (column)', head: 'attention head' } as const;
const BY = {
  llama: OUT_FIRST,
  gpt2: { output: 'output neuron (column)', input: 'input (row)', head: 'attention head' },
  gpt_neox: OUT_FIRST,
} as const;

function Granularity({ subject, options }: Pick<FindingsProps, 'subject' | 'options'>) {
  const { value } = useAnswer({ type: 'groups', runId: subject.id, options }, 'groups');
  const by = BY[subject.model?.architecture ?? 'llama'];
  return (
    value && (
      <div className="scroll-x">
        <table className="table">
          <caption>What the most changed whole groups would take; the paper's neuron is one weight</caption>
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
            {value.map((row) => (
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
      </div>
    )
  );
}
