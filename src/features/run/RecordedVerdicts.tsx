// Which claims hold at this size and which do not, as the recorded study's numbers decide it; the Lab shows all of them with their pictures.
import { VerdictMark } from '../../components/VerdictMark';
import { FAMILIES } from '../../core/config';
import type { ClaimVerdict } from '../../core/study/experiment';
import { useStudio, useStudioState } from '../../state/useStudio';
import './recordedVerdicts.css';

/** What somebody wants to know first: experiment and claim. */
export const FIRST_CLAIMS = [
  ...['1 which-neurons', '1 top10-accuracy', '1 last-like-full', '4 allo-over-dpo-full', '4 allo-over-rft'],
  ...['5 allo-at-equal-kl', '3 mask-helps', '3 mask-helps-tuned', '3 forgetting-helps', '3 rewards-find-errors'],
  ...['3 rewards-helps', '7 style-rewards', '6 masks-differ-by-task', '4 less-damage'],
];

export function RecordedVerdicts() {
  const studio = useStudio();
  const all = useStudioState((state) => state.verdicts);
  const shown = FIRST_CLAIMS.flatMap(
    (wanted) => all?.find(({ experiment, id }) => `${experiment} ${id}` === wanted) ?? [],
  );
  return (
    <section className="honest" aria-labelledby="honest-title">
      <h3 id="honest-title" className="heading">
        What holds at this size, and what does not
      </h3>
      <p className="caption">
        {all
          ? 'Measured with the studio’s Default model of 0.63 million parameters on held-out prompts, with two or three seeds each. The numbers decide every verdict; a line opens to show them.'
          : 'The recorded study that says so is not there: the Lab can compute it.'}{' '}
        <button type="button" className="button-link" onClick={() => studio.setView('lab')}>
          {all ? `All ${all.length} claims, with pictures: Lab` : 'Open the Lab'}
        </button>
      </p>
      <div>
        {shown.map((claim) => (
          <Claim key={claim.id} {...claim} />
        ))}
      </div>
    </section>
  );
}

function Claim({ text, families }: ClaimVerdict) {
  return (
    <details className="honest-claim">
      <summary>
        <span className="honest-text">{text}</span>
        {FAMILIES.map((family) => (
          <span key={family} className="honest-family">
            <span className="caption">{family}</span> <VerdictMark verdict={families[family].verdict} />
          </span>
        ))}
      </summary>
      <dl>
        {FAMILIES.map((family) => (
          <div key={family}>
            <dt className="caption">{family}</dt>
            <dd className="caption">{families[family].sentence}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
