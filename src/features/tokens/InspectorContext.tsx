// What is being inspected, above its strips: prompt, gold, what numbered cells stand for, and moment, what the terms add up to, and the way to a moment with a loss.
import { countOf, formatNumber } from '../../components/format';
import type { TokenText } from '../../components/tokenStripText';
import type { TimedStage } from '../../core/events';
import type { RunState } from '../../state/runState';
import { useStudio } from '../../state/useStudio';
import { type Inspection, type Item, rowOf } from './inspection';
import { isCell } from './recordsRun';

interface ContextProps {
  item: Item;
  text: TokenText;
  momentText: string | null;
  isStageEnd: boolean;
}

export function Context({ item, text, momentText, isStageEnd }: ContextProps) {
  const { prompt } = item;
  const hasCells = item.kind === 'answer' && isCell(item.response.tokens);
  return (
    <figcaption className="tokens-context">
      <p>
        <span className="tokens-tag">Prompt</span> <span>{prompt.text}</span>
      </p>
      {prompt.gold && (
        <p>
          <span className="tokens-tag">Gold</span> <span>{text.text(prompt.gold)}</span>
        </p>
      )}
      {hasCells && (
        <p>
          <span className="tokens-tag">Answer</span> <span>{text.text(item.response.tokens)}</span>
        </p>
      )}
      <p>
        <span className="tokens-tag">Moment</span>{' '}
        <span>
          {isStageEnd
            ? 'the end of forgetting: the time line does not follow this one'
            : (momentText ?? 'no snapshot yet')}
        </span>
      </p>
    </figcaption>
  );
}

export function LossLine({ inspection: { loss, why, sides } }: { inspection: Inspection }) {
  if (!loss) return <p className="tokens-loss caption">{why}</p>;
  const terms = sides.reduce(
    (count, side) => count + Array.from(side.terms ?? []).filter((term) => term !== 0).length,
    0,
  );
  const named = loss.form === 'npo' ? 'loss' : 'β · z';
  return (
    <p className="tokens-loss" data-sum={loss.sum} data-loss={loss.loss} data-difference={loss.difference}>
      {countOf(terms, 'term')} other than 0 add{terms === 1 ? 's' : ''} up to{' '}
      <b>
        {named} = {formatNumber(loss.sum, 5)}
      </b>
      {loss.form === 'dpo' && (
        <>
          , and the loss is −log σ({formatNumber(loss.sum, 5)}) = <b>{formatNumber(loss.loss + loss.difference, 5)}</b>
        </>
      )}
      . The loss of this {loss.form === 'npo' ? 'answer' : 'pair'} in training’s float32:{' '}
      <b>{formatNumber(loss.loss, 5)}</b>; difference {formatNumber(loss.difference, 2)}.
      {loss.form === 'npo' &&
        ` D = ${formatNumber(loss.denominator)} counts this answer alone; a training step counts its whole batch.`}
    </p>
  );
}

const LEARNS: Record<Item['kind'], readonly TimedStage[]> = { answer: ['forgetting'], pair: ['warm-up', 'improving'] };

/** To the end of the stages that learn from this kind and know its log-probs there. */
export function StageButtons({ run, item }: { run: RunState; item: Item }) {
  const studio = useStudio();
  const { inspected, moments, pairRatios } = run;
  const isFollowed = rowOf(inspected, item) >= 0;
  const isKnown = (stage: TimedStage): boolean =>
    isFollowed || (stage === 'improving' && item.kind === 'pair' && pairRatios?.has(item.index) === true);
  const ends = LEARNS[item.kind].filter(isKnown).flatMap((stage) => {
    const end = moments.findLastIndex((moment) => moment.stage === stage);
    return end < 0 ? [] : [{ stage, end }];
  });
  if (ends.length === 0) return null;
  return (
    <div className="tokens-copy">
      {ends.map(({ stage, end }) => (
        <button key={stage} type="button" className="button" onClick={() => studio.setMoment(end)}>
          Show the end of {stage}
        </button>
      ))}
    </div>
  );
}
