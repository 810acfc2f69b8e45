// The verdict: what the data say of the question and of the guess, the picture, what it teaches, what the paper says, and where to go on.
import { useMemo, useRef } from 'react';
import { Glossed, Term } from '../../components/glossary/Term';
import { Icon } from '../../components/icons';
import type { Family, Preset } from '../../core/config';
import { type GuidedExperiment, type GuidedVerdict, guidedJobs, judgePaper } from '../../core/study/guided';
import { FIRST_COMPARE } from '../../state/compareChoice';
import type { Fate } from '../../state/guessRecord';
import type { KnownResult } from '../../state/labState';
import { useLab, useLabState } from '../../state/useLab';
import { FateMark } from './FateMark';
import { effortText, fateText, missingOf, sourceText } from './guidedWork';
import { comparedChoice, labChoice } from './placesToGo';
import { RunButtons } from './RunButtons';
import { VerdictFigure } from './VerdictFigure';
import { ViewLink } from './ViewLink';

interface VerdictProps {
  experiment: GuidedExperiment;
  verdict: GuidedVerdict;
  fate: Fate;
  results: ReadonlyMap<string, KnownResult>;
  preset: Preset;
  family: Family;
  seeds: readonly number[];
  note: string | null;
  /** Some of its training runs are in the queue, failed ones too. */
  isUnderWay: boolean;
  /** More numbers are on their way. */
  isWorking: boolean;
}

const MORE_SEEDS = [1, 2, 3];

export function Verdict(props: VerdictProps) {
  const { experiment, verdict, fate, results, note, isWorking } = props;
  const { outcome, sentence, sides, difference } = verdict;
  const failed = sides.filter((side) => side.failed.length > 0);
  const place = useRef<HTMLElement>(null);
  return (
    <section ref={place} className="verdict" aria-label="Verdict" tabIndex={-1}>
      <div className="verdict-words">
        <p className="verdict-line heading" role="status" data-fate={fate}>
          <FateMark fate={fate} />
          {isWorking && 'So far: '}
          {fateText(experiment, verdict, fate)}
        </p>
        <p>{sentence}</p>
        {outcome !== 'open' && outcome !== 'not measured' && (
          <p>
            <Glossed text={experiment.teaches[outcome]} terms={['rate']} />
          </p>
        )}
        {outcome === 'open' && (
          <p>
            {difference?.interval ? (
              <>
                The <Term name="bootstrap">interval</Term> allows more than one answer. More seeds make it narrower.
              </>
            ) : (
              <>
                One <Term name="seed" /> gives one number: nothing tells how far chance alone would move it.
              </>
            )}
          </p>
        )}
        {note && <p>{note}</p>}
        <PaperLine experiment={experiment} verdict={verdict} />
        {failed.map((side) => (
          <p key={side.label} className="caption">
            {side.label}: training on seed {side.failed.join(', ')} did not come to its end; its numbers are those of
            the last good weights.
          </p>
        ))}
        <p className="caption">{sourceText(results, verdict)}</p>
        <MoreSeeds {...props} onCompute={() => place.current?.focus({ preventScroll: true })} />
      </div>
      <VerdictFigure experiment={experiment} verdict={verdict} />
      <GoOn {...props} />
    </section>
  );
}

function PaperLine({ experiment, verdict }: Pick<VerdictProps, 'experiment' | 'verdict'>) {
  const { paper } = experiment;
  const judgement = judgePaper(experiment, verdict);
  if (!paper) return <p className="caption">The paper has no numbers for this.</p>;
  if (!judgement) return null;
  return (
    <p className="verdict-paper" data-judgement={judgement}>
      <strong>{PAPER_WORDS[judgement]}</strong> {paper.text}
    </p>
  );
}

const PAPER_WORDS = {
  'as the paper says': 'As the paper says.',
  'not what the paper says': 'Not what the paper says.',
  'too close to call': 'Too close to say whether the paper’s finding holds here.',
} as const;

/** What is missing of the chosen seeds, or the step to three seeds. */
function MoreSeeds(props: VerdictProps & { onCompute(): void }) {
  const { experiment, preset, family, seeds, results, isUnderWay, onCompute } = props;
  const lab = useLab();
  const scope = useLabState((state) => state.choice.scope);
  const { wanted, missing, effort } = useMemo(() => {
    const of = (some: readonly number[]) => missingOf(guidedJobs(experiment, preset, family, some), results);
    const ofChosen = of(seeds);
    const more = ofChosen.length > 0 ? ofChosen : of(MORE_SEEDS);
    const text = more.length > 0 ? effortText(more, [...results.values()]) : '';
    return { wanted: ofChosen.length > 0 ? seeds : MORE_SEEDS, missing: more, effort: text };
  }, [experiment, preset, family, seeds, results]);
  if (isUnderWay || missing.length === 0) return null;
  const compute = () => {
    lab.choose({ scope: { ...scope, seeds: wanted } });
    lab.run(missing);
    // The button that was pressed goes away.
    onCompute();
  };
  return (
    <p className="guided-start">
      <button type="button" className="button" onClick={compute}>
        <Icon name="play" />
        Compute {wanted.length === 1 ? 'seed' : 'seeds'} {wanted.join(', ')}
      </button>
      <span className="caption">{effort}.</span>
    </p>
  );
}

/** Each arm as a run; all of them in Lab and Compare. */
function GoOn({ experiment, verdict, preset, family, seeds }: VerdictProps) {
  const scope = useLabState((state) => state.choice.scope);
  const settled = { preset, families: [family], seeds: scope.seeds };
  return (
    <div className="verdict-go">
      <RunButtons {...{ sides: verdict.sides, preset, family }} seed={seeds[0] ?? 1} />
      <p className="verdict-links">
        <ViewLink view="lab" change={labChoice(experiment, settled)}>
          This experiment in Lab
        </ViewLink>
        <ViewLink
          view="compare"
          change={comparedChoice(experiment, verdict, settled)}
          compare={{ ...FIRST_COMPARE, experiment: experiment.lab }}
        >
          These arms in Compare
        </ViewLink>
      </p>
    </div>
  );
}
