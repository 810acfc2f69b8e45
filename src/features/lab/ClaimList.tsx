// The claims of an experiment with their verdicts in words, the numbers these rest on, and the paper's own. Verdicts differ by sign and
// word, not by how loud they are.
import { VerdictMark } from '../../components/VerdictMark';
import type { Experiment, Judgement } from '../../core/study/experiment';
import { judgementKey } from './judging';

interface ClaimListProps {
  experiment: Experiment;
  family: string;
  preset: string;
  judgements: ReadonlyMap<string, Judgement>;
}

export function ClaimList({ experiment, family, preset, judgements }: ClaimListProps) {
  const isPaperSilent = experiment.claims.some(({ paper }) => paper === null);
  return (
    <>
      <ul className="lab-claims" aria-label={`Claims about ${experiment.title}, on ${family}`}>
        {experiment.claims.map(({ id, text, paper }) => {
          const judgement = judgements.get(judgementKey(experiment, id, family, preset));
          return (
            <li key={id} className="lab-claim" data-verdict={judgement?.verdict}>
              <VerdictMark verdict={judgement?.verdict ?? null} />
              <div className="lab-claim-text">
                <p>{text}</p>
                {judgement && <p className="caption">{judgement.sentence}</p>}
                {paper && <p className="caption">The paper: {paper}.</p>}
              </div>
            </li>
          );
        })}
      </ul>
      {isPaperSilent && (
        <p className="caption">Where nothing of the paper stands beside a claim, we have no numbers of its for it.</p>
      )}
    </>
  );
}
