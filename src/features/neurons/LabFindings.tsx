// What else there is to say of the lab's mask: how concentrated the change is, and what coarser selections would take.

import { Term } from '../../components/glossary/Term';
import type { MaskOptions } from '../../core/masks/selectMask';
import type { SelectionSummary } from '../../worker/atlasProtocol';
import { GroupTable } from './GroupTable';
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
  const groups = useAnswer({ type: 'groups', runId: subject.id, options }, 'groups').value;
  return (
    <section className="neurons-panel" aria-labelledby="neurons-findings">
      <h3 id="neurons-findings" className="heading">
        <Term name="concentration">Concentration</Term> and coarser selections
      </h3>
      {curve && <LorenzCurve curve={curve} runName={subject.name} />}
      {groups && <GroupTable rows={groups} architecture={subject.model?.architecture ?? 'llama'} />}
    </section>
  );
}
