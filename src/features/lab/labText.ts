// The lab's numbers and states in words.
import { countOf, formatNumber } from '../../components/format';
import type { Verdict } from '../../core/study/experiment';
import type { Interval } from '../../core/study/statistics';
import { variant } from '../../core/study/variants';
import { greedy, greedyBefore, type LabData, type Spread, spreadOf } from './labData';

const MINUS = '−';

/** “94.3”, with a real minus sign; a zero has none. */
export function fixed(value: number, digits = 1): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', MINUS);
}

/** “+1.7”, “−0.4”, “+0.0”. */
export const signed = (value: number, digits = 1): string => {
  const text = fixed(value, digits);
  return text.startsWith(MINUS) ? text : `+${text}`;
};

/** “94.3 ± 1.2 %, 3 seeds”; an en dash for nothing. */
export function spreadText(spread: Spread | null, unit = ' %', digits = 1): string {
  if (!spread) return '–';
  const around = spread.sd === null ? '' : ` ± ${spread.sd.toFixed(digits)}`;
  return `${fixed(spread.mean, digits)}${around}${unit}, ${countOf(spread.seeds, 'seed')}`;
}

/** Three digits, for KLs: “0.0334 ± 0.002”. */
export const klText = (spread: Spread | null): string =>
  spread ? `${formatNumber(spread.mean)}${spread.sd === null ? '' : ` ± ${formatNumber(spread.sd, 2)}`}` : '–';

/** “95 % interval −0.4 … +3.8”. */
export const intervalText = (interval: Interval | null, digits = 1): string =>
  interval ? `95 % interval ${signed(interval.low, digits)} … ${signed(interval.high, digits)}` : 'no interval';

/** The lab's question, answered with the chosen family's numbers; `hasFailed`: recorded ones could not be loaded. */
export function labTitle(data: LabData | null, family: string, hasFailed = false): string {
  const question = 'Is it redundancy?';
  if (!data) return `${question} Reading the results …`;
  const of = (arm: Parameters<typeof variant>[0]) =>
    spreadOf(data.ofVariant(family, variant(arm))?.results ?? [], greedy)?.mean ?? null;
  const [top, random, full] = [of('dpo-top10'), of('dpo-random10'), of('dpo-full')];
  const sft = spreadOf(
    data.arms(family).flatMap(({ results }) => results),
    greedyBefore,
  );
  // Never at the beginning of a line.
  const percent = (value: number) => `${fixed(value)}\u00a0%`;
  if (top === null || full === null) {
    if (!sft && hasFailed) return `${question} The recorded results could not be loaded.`;
    if (!sft) return `${question} Nothing is measured on ${family} yet.`;
    return `${question} On ${family}, from ${percent(sft.mean)}: ${hasFailed ? 'the rest could not be loaded' : 'the empirical study is not measured yet'}.`;
  }
  const others = random === null ? '' : `, a random tenth ${percent(random)}`;
  return `${question} On ${family} the most changed tenth of the weights reaches ${percent(top)}${others}, all of them ${percent(full)}.`;
}

const VERDICTS: readonly Verdict[] = ['reproduced', 'not reproduced', 'too close to call', 'not measured'];

/** “3 reproduced, 2 not reproduced, 1 too close to call”; what has no case is left out. */
export function verdictCounts(verdicts: readonly Verdict[]): string {
  return VERDICTS.map((verdict) => [verdict, verdicts.filter((each) => each === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ');
}

/** What becomes of a run that is stopped or left; `hasTrouble`: storage has refused something. */
export const keptText = (hasTrouble: boolean): string =>
  hasTrouble
    ? 'Stop whenever you like. This browser does not keep everything (see the top of the page): export what is done.'
    : 'Stop whenever you like: what is done is kept, and a reload goes on where it was.';

/** Seeds as people write them: “1–3, 7”. */
export function seedsText(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const seed of sorted) {
    const last = runs.at(-1);
    if (last && seed === last[1] + 1) last[1] = seed;
    else runs.push([seed, seed]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`))
    .join(', ');
}

const MOST_SEEDS = 20;

/** Reads “1–3, 7”, with any dash; null for what is no list of whole numbers from 0, or longer than 20. */
export function parseSeeds(text: string): number[] | null {
  const seeds = new Set<number>();
  for (const part of text.split(/[,;\s]+(?![-–—…])/).filter(Boolean)) {
    const range = /^(\d{1,6})(?:\s*(?:-|–|—|…)\s*(\d{1,6}))?$/.exec(part.trim());
    if (!range) return null;
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    if (to < from || to - from >= MOST_SEEDS) return null;
    for (let seed = from; seed <= to; seed++) seeds.add(seed);
  }
  return seeds.size > 0 && seeds.size <= MOST_SEEDS ? [...seeds].sort((a, b) => a - b) : null;
}
