// One update in slow motion: score → weights → loss → masked update light up in turn, with the numbers of that very step.
import { type CSSProperties, type ReactNode, useEffect, useMemo, useState } from 'react';
import { formatCount, formatNumber } from '../../components/format';
import { momentLabel, STAGE_COLOUR } from '../../components/stageNames';
import { tokenText } from '../../components/tokenStripText';
import type { AnatomyExample } from '../../core/events';
import type { RunState } from '../../state/runState';
import { useActiveRun, useStudioState } from '../../state/useStudio';
import {
  type Anatomy,
  cellText,
  otherLoss,
  otherLossText,
  PARTS,
  partOfLoss,
  type ScoredToken,
  scoredTokens,
  scoreText,
  shortScore,
  weightText,
} from './anatomyText';
import './slowMotion.css';

/** Each part is the brightest for so long; after the last all stay lit. */
const PART_MS = 700;
/** Of one answer: more would hide the parts below. */
const MOST_TOKENS = 64;

export function SlowMotionCard() {
  const slow = useStudioState((state) => state.slow);
  const run = useActiveRun();
  if (slow === 'off') return null;
  return (
    <section className="slow" aria-label="Slow motion">
      {run?.anatomy ? (
        <Update key={`${run.id} ${run.anatomy.stage} ${run.anatomy.step}`} run={run} anatomy={run.anatomy} />
      ) : (
        <p className="caption">
          Slow motion: here the next update is taken apart. Space goes from update to update, → makes one; what lies
          before the first training stage runs through.
        </p>
      )}
    </section>
  );
}

/** How many parts are lit. Under reduced motion all are, at once. */
function useLit(): number {
  const [lit, setLit] = useState(() => (matchMedia('(prefers-reduced-motion: reduce)').matches ? PARTS.length : 1));
  useEffect(() => {
    if (lit >= PARTS.length) return;
    const timer = setTimeout(() => setLit(lit + 1), PART_MS);
    return () => clearTimeout(timer);
  }, [lit]);
  return lit;
}

function Update({ run, anatomy }: { run: RunState; anatomy: Anatomy }) {
  const lit = useLit();
  const { stage, step, example } = anatomy;
  const total = run.series[stage]?.total ?? step;
  const moment = momentLabel({ stage, step, total }, run.config);
  const other = otherLoss(stage, run.config);
  return (
    <>
      <header className="slow-head" style={{ color: STAGE_COLOUR[stage] }}>
        <h2 className="slow-title">{moment}</h2>
        <span className="slow-prompt caption">{example?.prompt}</span>
      </header>
      <ol className="slow-parts">
        {example && <ExampleParts {...{ run, stage, example, lit }} />}
        <Part name="Loss" number={3} lit={lit} note={clipText(anatomy)}>
          <Fact name="loss of the batch">{formatNumber(anatomy.loss)}</Fact>
          {other || !example ? (
            <p className="caption">{otherLossText(run.config.method)}</p>
          ) : (
            <PartOfLoss example={example} />
          )}
          <Fact name="gradient norm">{formatNumber(anatomy.gradientNorm)}</Fact>
          <Fact name="learning rate">{formatNumber(anatomy.learningRate)}</Fact>
        </Part>
        <Part name="Masked update" number={4} lit={lit} note={movedText(anatomy)}>
          <Fact name="weights moved">{formatCount(anatomy.moved)}</Fact>
          {anatomy.largest && (
            <Fact name={`largest change, ${placeOf(run, anatomy.largest)}`}>
              {formatNumber(anatomy.largest.change)}
            </Fact>
          )}
        </Part>
      </ol>
      <p className="visually-hidden" role="status">
        {moment}: loss {formatNumber(anatomy.loss)}, {formatCount(anatomy.moved)} weights moved.
      </p>
    </>
  );
}

interface ExamplePartsProps {
  run: RunState;
  stage: Anatomy['stage'];
  example: AnatomyExample;
  lit: number;
}

/** How the example's tokens are scored, and which count. */
function ExampleParts({ run, stage, example, lit }: ExamplePartsProps) {
  const { vocabulary, specialIds } = run.started ?? {};
  const text = useMemo(() => tokenText(vocabulary ?? [], specialIds), [vocabulary, specialIds]);
  const tokens = useMemo(() => scoredTokens(stage, example), [stage, example]);
  const counted = tokens.filter(({ weight }) => weight > 0).length;
  const hasRewards = example.rewards !== null;
  return (
    <>
      <Part
        name="Score"
        number={1}
        lit={lit}
        note={scoreText(stage, hasRewards ? (run.rewards?.source ?? null) : null)}
      >
        <Tokens tokens={tokens} token={text.token} isReward={stage === 'forgetting' && hasRewards} />
      </Part>
      <Part name="Weights" number={2} lit={lit} note={weightText(stage, run.config, counted, tokens.length)}>
        <p className="slow-tokens">
          {tokens.slice(0, MOST_TOKENS).map(({ at, id, weight }) => (
            <span key={at} className="slow-token mono" data-counts={weight > 0}>
              {text.token(id)}
            </span>
          ))}
          <More of={tokens.length} />
        </p>
      </Part>
    </>
  );
}

function PartOfLoss({ example }: { example: AnatomyExample }) {
  const { part, text } = useMemo(() => partOfLoss(example), [example]);
  return (
    <>
      <Fact name={`of it from this ${example.chosen ? 'pair' : 'answer'}`}>{formatNumber(part)}</Fact>
      <p className="caption">{text}</p>
    </>
  );
}

const clipText = ({ clipScale }: Anatomy): string =>
  clipScale < 1
    ? `The gradient is longer than the clip norm: every entry × ${formatNumber(clipScale)}.`
    : 'The gradient is within the clip norm: taken as it is.';

const movedText = ({ allowed, weights, learningRate }: Anatomy): string =>
  (learningRate === 0 ? 'The learning rate is 0 here: this update moves nothing. ' : '') +
  (allowed < weights
    ? `The mask allows ${formatCount(allowed)} of ${formatCount(weights)} weights to move; the others stay as they are, bit for bit.`
    : `No mask yet: all ${formatCount(weights)} weights may move.`);

const placeOf = (run: RunState, { tensor, index }: NonNullable<Anatomy['largest']>): string =>
  `${tensor}, ${cellText(index, run.started?.tensors.find(({ name }) => name === tensor)?.shape)}`;

interface PartProps {
  name: string;
  number: number;
  lit: number;
  note: string;
  children: ReactNode;
}

function Part({ name, number, lit, note, children }: PartProps) {
  return (
    <li className="slow-part" data-lit={number <= lit} data-brightest={number === lit && lit < PARTS.length}>
      <h3 className="slow-name">
        {number} {name}
      </h3>
      {children}
      <p className="caption">{note}</p>
    </li>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <p className="slow-fact">
    <span className="slow-value">{children}</span> <span className="caption">{name}</span>
  </p>
);

interface TokensProps {
  tokens: readonly ScoredToken[];
  token(id: number): string;
  isReward: boolean;
}

function Tokens({ tokens, token, isReward }: TokensProps) {
  return (
    <p className="slow-tokens">
      {tokens.slice(0, MOST_TOKENS).map(({ at, id, score }) => (
        <span key={at} className="slow-token mono" style={isReward ? shade(score) : undefined}>
          {token(id)}
          <small>{shortScore(score)}</small>
        </span>
      ))}
      <More of={tokens.length} />
    </p>
  );
}

const More = ({ of }: { of: number }) =>
  of > MOST_TOKENS && <span className="caption">… and {formatCount(of - MOST_TOKENS)} more</span>;

/** Low orange, middle paper, high blue, as everywhere. */
const shade = (reward: number): CSSProperties => ({
  background: `color-mix(in srgb, var(${reward < 0.5 ? '--reward-low' : '--reward-high'}) ${Math.round(100 * Math.abs(2 * reward - 1))}%, var(--reward-mid))`,
});
