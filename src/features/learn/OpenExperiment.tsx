// An open guided experiment: what is compared and why, the guess, the work, the verdict.
import { useEffect, useMemo, useRef } from 'react';
import { Glossed } from '../../components/glossary/Term';
import { ResultsTrouble } from '../../components/ResultsTrouble';
import {
  type GuidedExperiment,
  guidedJobs,
  isOutcome,
  judgeGuess,
  type Outcome,
  seedsFor,
} from '../../core/study/guided';
import type { Fate } from '../../state/guessRecord';
import { useLab, useLabState } from '../../state/useLab';
import { ComputeButton, Guess } from './Guess';
import { GuidedProgress } from './GuidedProgress';
import { GUIDED_TERMS, REASON_TERMS } from './guidedTerms';
import { effortText, isUnderWay, isWorking, missingOf, workOf } from './guidedWork';
import { keptVerdict } from './keptVerdicts';
import { Verdict } from './Verdict';

interface OpenProps {
  experiment: GuidedExperiment;
  /** The guess as the address says. */
  given: string | null;
  onFate(id: string, fate: Fate): void;
}

export function OpenExperiment({ experiment, given, onFate }: OpenProps) {
  const lab = useLab();
  const { id } = experiment;
  const guess = isOutcome(given) ? given : null;
  const sight = useSight(experiment);
  const { verdict, work, effort, results, preset, family, seeds } = sight;
  const isMeasured = verdict.outcome !== 'not measured';
  const fate = guess && isMeasured ? judgeGuess(guess, verdict) : null;
  const hasMore = isWorking(work);
  useEffect(() => {
    if (fate && !hasMore) onFate(id, fate);
  }, [fate, hasMore, id, onFate]);

  const place = useRef<HTMLDivElement>(null);
  // The button that was pressed goes away.
  const focusPlace = () => requestAnimationFrame(() => place.current?.focus({ preventScroll: true }));
  const compute = () => {
    lab.run(work.missing);
    focusPlace();
  };
  const loadAgain = () => {
    void lab.loadRecorded();
    focusPlace();
  };
  const setGuess = (next: Outcome | null) => {
    lab.choose({ guided: { id, guess: next } });
    if (next && !isMeasured) compute();
    else focusPlace();
  };
  return (
    <>
      <ResultsTrouble recorded={sight.recorded} trouble={sight.trouble} onLoadAgain={loadAgain} />
      <div className="guided-words">
        <p>
          <Glossed text={experiment.compared} terms={GUIDED_TERMS} />
        </p>
        <p className="quiet">
          <Glossed text={experiment.why} terms={REASON_TERMS} />
        </p>
      </div>
      <div ref={place} tabIndex={-1} className="guided-guess">
        <Guess {...{ experiment, guess, isMeasured, effort }} onGuess={setGuess} />
      </div>
      {guess && isUnderWay(work) && <GuidedProgress work={work} onGone={focusPlace} />}
      {guess && !isMeasured && !isUnderWay(work) && <ComputeButton effort={effort} onCompute={compute} />}
      {fate && (
        <Verdict
          {...{ experiment, verdict, fate, results, preset, family, seeds }}
          note={sight.note}
          isUnderWay={isUnderWay(work)}
          isWorking={hasMore}
        />
      )}
    </>
  );
}

/** What of the lab an experiment looks at, and what that says. */
function useSight(experiment: GuidedExperiment) {
  const results = useLabState((state) => state.results);
  const { scope, family } = useLabState((state) => state.choice);
  const queue = useLabState((state) => state.queue);
  const recorded = useLabState((state) => state.recorded);
  const trouble = useLabState((state) => state.trouble);
  const { preset } = scope;
  const seeds = useMemo(() => seedsFor(experiment, scope.seeds), [experiment, scope.seeds]);
  const known = useMemo(
    () => [...results.values()].map(({ result }) => result).filter((result) => result.preset === preset),
    [results, preset],
  );
  const verdict = useMemo(() => keptVerdict(experiment, known, preset, family), [experiment, known, preset, family]);
  const jobs = useMemo(() => guidedJobs(experiment, preset, family, seeds), [experiment, preset, family, seeds]);
  const work = useMemo(() => workOf(jobs, results, queue), [jobs, results, queue]);
  const note = useMemo(() => experiment.note?.(known, family) ?? null, [experiment, known, family]);
  const effort = useMemo(
    () => (recorded.status === 'loading' ? null : effortText(missingOf(jobs, results), [...results.values()])),
    [recorded, jobs, results],
  );
  return { results, recorded, trouble, verdict, note, work, effort, preset, family, seeds };
}
