// An open guided experiment: what is compared and why, the guess, the work, the verdict.
import { useEffect, useMemo, useRef } from 'react';
import { Glossed } from '../../components/glossary/Term';
import {
  type GuidedExperiment,
  guidedJobs,
  guidedVerdict,
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
import { effortText, isUnderWay, isWorking, workOf } from './guidedWork';
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
  const { verdict, work, results, preset, family, seeds } = sight;
  const isMeasured = verdict.outcome !== 'not measured';
  const fate = guess && isMeasured ? judgeGuess(guess, verdict) : null;
  const hasMore = isWorking(work);
  useEffect(() => {
    if (fate && !hasMore) onFate(id, fate);
  }, [fate, hasMore, id, onFate]);

  const place = useRef<HTMLDivElement>(null);
  const compute = () => lab.run(work.missing);
  /** The button that was pressed goes away. */
  const focusPlace = () => requestAnimationFrame(() => place.current?.focus({ preventScroll: true }));
  const setGuess = (next: Outcome | null) => {
    lab.choose({ guided: { id, guess: next } });
    if (next && !isMeasured) compute();
    focusPlace();
  };
  const effort = sight.isLoading ? null : effortText(work.missing, [...results.values()]);
  return (
    <>
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
          note={experiment.note?.(sight.known, family) ?? null}
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
  const isLoading = useLabState((state) => state.recorded.status === 'loading');
  const { preset } = scope;
  const seeds = useMemo(() => seedsFor(experiment, scope.seeds), [experiment, scope.seeds]);
  const known = useMemo(
    () => [...results.values()].map(({ result }) => result).filter((result) => result.preset === preset),
    [results, preset],
  );
  const verdict = useMemo(() => guidedVerdict(experiment, known, preset, family), [experiment, known, preset, family]);
  const jobs = useMemo(() => guidedJobs(experiment, preset, family, seeds), [experiment, preset, family, seeds]);
  const work = useMemo(() => workOf(jobs, results, queue), [jobs, results, queue]);
  return { results, known, verdict, work, preset, family, seeds, isLoading };
}
