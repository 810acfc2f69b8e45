// How well rewards and the weightings made of them find the wrong tokens: the pool of all judged tokens, a ROC curve for each score,
// the worst mistakes, and their charts as marks. Pure.
import type { ChartInks } from '../../components/charts/chartInks';
import { CHART_SIZE, chartPicture, type ShapeMark } from '../../components/charts/chartPicture';
import { formatCount, formatNumber } from '../../components/format';
import type { Picture, Point } from '../../components/pictureLayout';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import { tokenWeights, type WeightingName } from '../../core/tokens/rewards';
import { type RocCurve, rocCurve, thinRoc, worstMisses } from '../../core/tokens/roc';

/** All tokens with a verdict, EOS left out. */
export interface TokenPool {
  rewards: Float32Array;
  /** 0 right, 1 first error, 2 consequence. */
  wrong: Uint8Array;
  /** Place of the token's response in the records, and of the token in the response. */
  record: Int32Array;
  token: Int32Array;
}

export function poolTokens(
  records: readonly RewardRecord[],
  responseOf: ReadonlyMap<number, ResponseRecord>,
): TokenPool {
  const counted = records.map(({ rewards, wrong, responseId }) =>
    wrong ? rewards.length - ((responseOf.get(responseId)?.ended ?? true) ? 1 : 0) : 0,
  );
  const total = counted.reduce((sum, count) => sum + count, 0);
  const pool: TokenPool = {
    rewards: new Float32Array(total),
    wrong: new Uint8Array(total),
    record: new Int32Array(total),
    token: new Int32Array(total),
  };
  let at = 0;
  records.forEach(({ rewards, wrong }, r) => {
    for (let t = 0; t < counted[r]!; t++, at++) {
      pool.rewards[at] = rewards[t]!;
      pool.wrong[at] = wrong![t]!;
      pool.record[at] = r;
      pool.token[at] = t;
    }
  });
  return pool;
}

export const SCORES = ['soft', 'threshold', 'rlmec', 'raw'] as const satisfies readonly WeightingName[];
export type ScoreName = (typeof SCORES)[number];

export const SCORE_LABELS: Record<ScoreName, string> = {
  soft: '1 − p',
  threshold: '1[p < τ]',
  rlmec: 'RLMEC',
  raw: 'raw p',
};

/** Rewards in ascending order, those of the right tokens first: every weighting keeps or turns the order, so it is sorted once. */
export interface SortedRewards {
  rewards: Float32Array;
  isWrong: Uint8Array;
}

export function sortRewards({ rewards, wrong }: TokenPool): SortedRewards {
  const sorted = new Float32Array(rewards.length);
  const isWrong = new Uint8Array(rewards.length);
  let [low, high] = [0, rewards.length];
  for (let i = 0; i < rewards.length; i++) sorted[wrong[i] ? --high : low++] = rewards[i]!;
  sorted.subarray(0, low).sort();
  sorted.subarray(low).sort();
  return { rewards: sorted, isWrong: isWrong.fill(1, low) };
}

/** The ROC of a weighting's weights as a score for wrong tokens; null without both kinds of tokens. */
export function scoreRoc({ rewards, isWrong }: SortedRewards, weighting: ScoreName, tau: number): RocCurve | null {
  const valid = new Uint8Array(rewards.length).fill(1);
  return rocCurve(tokenWeights(rewards, valid, { weighting, tau }), isWrong);
}

export interface Mistake {
  record: RewardRecord;
  token: number;
  reward: number;
  /** 0 right (a false alarm), 1 first error, 2 consequence. */
  verdict: number;
}

export interface Mistakes {
  firstErrors: Mistake[];
  consequences: Mistake[];
  falseAlarms: Mistake[];
}

/**
 * Which rewards a weighting takes for wrong: all but the released script's raw p weigh a token less, or the same, the higher its reward, so
 * their worst mistakes are the same ones.
 */
export const SUSPECTED = { low: '1 − p, 1[p < τ] and RLMEC', high: 'raw p' } as const;
export type Suspected = keyof typeof SUSPECTED;

/** First errors and consequences that a weighting suspects least, right tokens that it suspects most; worst first. */
export function worstMistakes(
  pool: TokenPool,
  records: readonly RewardRecord[],
  count: number,
  suspected: Suspected,
): Mistakes {
  const mistake = (at: number): Mistake => ({
    record: records[pool.record[at]!]!,
    token: pool.token[at]!,
    reward: pool.rewards[at]!,
    verdict: pool.wrong[at]!,
  });
  const suspicion = new Float32Array(pool.rewards.length);
  for (let i = 0; i < suspicion.length; i++) suspicion[i] = suspected === 'low' ? -pool.rewards[i]! : pool.rewards[i]!;
  const missed = (verdict: number) => {
    const isMeant = new Uint8Array(suspicion.length);
    for (let i = 0; i < isMeant.length; i++) if (pool.wrong[i] === verdict) isMeant[i] = 1;
    return worstMisses(suspicion, isMeant, count).missed.map(mistake);
  };
  const { falseAlarms } = worstMisses(suspicion, pool.wrong, count);
  return { firstErrors: missed(1), consequences: missed(2), falseAlarms: falseAlarms.map(mistake) };
}

export type Curves = Readonly<Partial<Record<ScoreName, RocCurve | null>>>;

interface ScoreLine {
  dashed: boolean;
  width: number;
  colour: (inks: ChartInks) => string;
}

/** Lines differ by dash and width as well as by colour. */
export const SCORE_LINES: Record<ScoreName, ScoreLine> = {
  soft: { dashed: false, width: 2.5, colour: ({ accent }) => accent },
  threshold: { dashed: true, width: 2.5, colour: ({ selected }) => selected },
  rlmec: { dashed: true, width: 1.5, colour: ({ warmup }) => warmup },
  raw: { dashed: false, width: 1.5, colour: ({ faintInk }) => faintInk },
};

const MOST_POINTS = 200;

/** Chance as a faint diagonal, then a line a score. */
export function rocMarks(
  curves: Curves,
  { width, height }: { width: number; height: number },
  inks: ChartInks,
): ShapeMark[] {
  const diagonal: Point[] = [
    [0, height],
    [width, 0],
  ];
  const marks: ShapeMark[] = [{ type: 'line', points: diagonal, colour: inks.line, width: 1 }];
  for (const name of SCORES) {
    const curve = curves[name];
    if (!curve) continue;
    const { dashed, width: thick, colour } = SCORE_LINES[name];
    const points = thinRoc(curve, MOST_POINTS).map(
      (i): Point => [curve.falsePositiveRate[i]! * width, (1 - curve.truePositiveRate[i]!) * height],
    );
    marks.push({ type: 'line', points, colour: colour(inks), width: thick, dashed });
  }
  return marks;
}

const SHARES = [0, 0.5, 1].map((position) => ({ position, text: String(position) }));

export const rocPicture = (curves: Curves, notes: readonly string[], inks: ChartInks): Picture =>
  chartPicture({
    title: 'How well weights find the wrong tokens',
    notes,
    x: { title: 'share of the right tokens called wrong', ticks: SHARES },
    y: { title: 'share of the wrong tokens found', ticks: SHARES },
    marks: rocMarks(curves, CHART_SIZE, inks),
    swatches: SCORES.flatMap((name) => {
      const curve = curves[name];
      const { colour } = SCORE_LINES[name];
      return curve ? [{ colour: colour(inks), text: `${SCORE_LABELS[name]}: AUROC ${formatNumber(curve.auroc)}` }] : [];
    }),
    inks,
  });

export interface RocRow {
  score: ScoreName;
  threshold: number;
  found: number;
  alarms: number;
}

/** The drawn points as table rows. */
export const rocRows = (curves: Curves): RocRow[] =>
  SCORES.flatMap((score) => {
    const curve = curves[score];
    if (!curve) return [];
    return thinRoc(curve, MOST_POINTS).map((i) => ({
      score,
      threshold: curve.thresholds[i]!,
      found: curve.truePositiveRate[i]!,
      alarms: curve.falsePositiveRate[i]!,
    }));
  });

/** One histogram a class, one above the other, heights as square roots of shares. */
export function histogramsPicture(
  classes: readonly { name: string; count: number; bins: readonly number[] }[],
  axis: { title: string; reach: number; threshold: number | null },
  notes: readonly string[],
  colourOf: (share: number) => string,
  inks: ChartInks,
): Picture {
  const { title, reach, threshold } = axis;
  const { width, height } = CHART_SIZE;
  const row = height / classes.length;
  const marks = classes.flatMap(({ count, bins }, r): ShapeMark[] => {
    const bar = width / bins.length;
    return bins.flatMap((inBin, i): ShapeMark[] => {
      const high = (row - 16) * Math.sqrt(count > 0 ? inBin / count : 0);
      const box = { x: i * bar + 1, y: (r + 1) * row - high, width: bar - 2, height: high };
      if (high <= 0) return [];
      const edge = { type: 'rectangle', x: box.x - 1, y: box.y - 1, width: bar, height: high + 1 } as const;
      return [
        { ...edge, colour: inks.faintInk },
        { type: 'rectangle', ...box, colour: colourOf((i + 0.5) / bins.length) },
      ];
    });
  });
  const line = (at: number): Point[] => [
    [at * width, 0],
    [at * width, height],
  ];
  return chartPicture({
    title: `How the tokens are spread: ${title}`,
    notes: [...notes, `Heights are shares of each row, square-root scale.${threshold === null ? '' : ' Dashed: τ.'}`],
    x: { title, ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ position: at, text: formatNumber(at * reach) })) },
    y: {
      title: '',
      ticks: classes.map(({ name, count }, r) => ({
        position: 1 - (r + 0.5) / classes.length,
        text: `${name} ${formatCount(count)}`,
      })),
    },
    marks:
      threshold === null
        ? marks
        : [...marks, { type: 'line', points: line(threshold), colour: inks.ink, width: 1, dashed: true }],
    swatches: [],
    inks,
  });
}
