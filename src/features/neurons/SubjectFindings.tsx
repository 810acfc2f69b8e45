// What else there is to say of a selection from files: how concentrated the change is, and what coarser selections would take. Passes over
// large files are made once somebody asks for them.
import { Term } from '../../components/glossary/Term';
import type { Concentration } from '../../core/masks/concentration';
import type { GroupRow } from '../../core/masks/groups';
import type { MaskOptions } from '../../core/masks/selectMask';
import { GroupTable } from './GroupTable';
import { LorenzCurve } from './LorenzCurve';
import type { Subject } from './subject';
import { useAnswer } from './useAtlas';

export interface FindingsProps {
  subject: Subject;
  options: MaskOptions;
  /** Of this selection, as far as they were counted. */
  counted: { rows: readonly GroupRow[]; concentration: Concentration | null } | null;
  /** The files are small enough for the curve to be read unasked. */
  asksCurve: boolean;
  /** What counting reads, and how long that takes: a sentence. */
  readsText: string;
  isBusy: boolean;
  onCount(): void;
}

export function SubjectFindings({ subject, options, counted, asksCurve, readsText, isBusy, onCount }: FindingsProps) {
  const isAsked = asksCurve && !counted && options.rule === 'most';
  const asked = useAnswer(isAsked ? { type: 'concentration', runId: subject.id, options } : null, 'concentration');
  const curve = counted ? counted.concentration : asked.value;
  return (
    <section className="neurons-panel" aria-labelledby="neurons-findings">
      <h3 id="neurons-findings" className="heading">
        <Term name="concentration">Concentration</Term> and coarser selections
      </h3>
      {curve && <LorenzCurve curve={curve} runName={subject.name} />}
      {counted ? (
        <GroupTable rows={counted.rows} architecture={architectureOf(subject)} />
      ) : (
        <>
          <p>What whole rows, columns and attention heads would take instead of single weights has not been counted.</p>
          <div className="neurons-controls">
            <button type="button" className="button" disabled={isBusy} onClick={onCount}>
              Count them
            </button>
            <span className="caption">{readsText}</span>
          </div>
        </>
      )}
    </section>
  );
}

/** Without a config the names of the tensors tell which way its matrices lie. */
const architectureOf = ({ model, specs }: Subject) =>
  model?.architecture ?? (specs.some(({ name }) => name.includes('c_attn')) ? 'gpt2' : 'llama');
