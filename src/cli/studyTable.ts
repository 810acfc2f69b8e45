// Results as tables in a terminal: arms with mean and spread over their seeds, measurements as they are, claims with their verdicts.
import type { Experiment } from '../core/study/experiment';
import type { ArmResult, StudyResult } from '../core/study/result';
import { armLabel, variantSettings } from '../core/study/variants';
import { meanAndSpread } from './spread';

const COLUMNS: readonly { title: string; value(result: ArmResult): number | null; digits: number }[] = [
  { title: 'before', value: ({ before, family }) => before.families[family]?.greedy ?? null, digits: 1 },
  { title: 'after', value: ({ after, family }) => after.families[family]?.greedy ?? null, digits: 1 },
  { title: 'T = 1', value: ({ after, family }) => after.families[family]?.sampled ?? null, digits: 1 },
  { title: 'others', value: othersAfter, digits: 1 },
  { title: 'KL to SFT', value: ({ after }) => after.klToSft, digits: 3 },
  { title: 'AUROC', value: ({ rewardAuroc }) => rewardAuroc, digits: 3 },
  { title: 'moved %', value: ({ after }) => after.movedPercent, digits: 1 },
  { title: 'style %', value: ({ after }) => after.stylePercent, digits: 1 },
  { title: 'updates', value: ({ updates }) => sum(Object.values(updates)), digits: 0 },
  { title: 's', value: ({ seconds }) => seconds, digits: 0 },
];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean greedy accuracy of the families that were not aligned. */
function othersAfter({ after, family }: ArmResult): number | null {
  const others = Object.entries(after.families).flatMap(([name, { greedy }]) =>
    name === family || greedy === null ? [] : [greedy],
  );
  return others.length > 0 ? sum(others) / others.length : null;
}

/** One row for each arm of each family, in the order in which they come. */
export function armTable(results: readonly StudyResult[]): string[] {
  const rows = new Map<string, ArmResult[]>();
  for (const result of results) {
    if (result.kind !== 'arm') continue;
    const key = [result.family, result.split, result.arm, variantSettings(result.settings)].join('\n');
    rows.set(key, [...(rows.get(key) ?? []), result]);
  }
  if (rows.size === 0) return [];
  const lines = [...rows.values()].map((seeds) => {
    const { family, split } = seeds[0]!;
    const failures = seeds.filter(({ failure }) => failure !== null).length;
    const name = `${armLabel(seeds[0]!)}${failures > 0 ? ` (${failures} of ${seeds.length} broke off)` : ''}`;
    const numbers = COLUMNS.map(({ value, digits }) => meanAndSpread(seeds.map(value), digits));
    return [split === 'validation' ? `${family} (validation)` : family, name, String(seeds.length), ...numbers];
  });
  return aligned([['family', 'arm', 'seeds', ...COLUMNS.map(({ title }) => title)], ...lines]);
}

/** What has no arms to compare: a line a point. */
export const measurementLines = (results: readonly StudyResult[]): string[] => results.flatMap(linesOf);

function linesOf(result: StudyResult): string[] {
  const head = `${result.family}, seed ${result.seed}`;
  switch (result.kind) {
    case 'arm':
      return [];
    case 'best-of-n':
      return result.points.map(
        ({ n, accuracy, klToSft }) =>
          `${head}: best of ${n}: ${accuracy.toFixed(1)} % right, KL ${klToSft.toFixed(4)} nats per token`,
      );
    case 'interpolation':
      return result.points.map(
        ({ lambda, klToSft, accuracy }) =>
          `${head}: ${armLabel(result)}, λ ${lambda}: ${accuracy.toFixed(1)} % right, KL ${klToSft.toFixed(4)}`,
      );
    case 'change':
      return result.concentration.map(
        ({ percent, change, gradient, gaussian }) =>
          `${head}: top ${percent} % hold ${change.toFixed(3)} of Σ(θ′ − θ)², ${gradient.toFixed(3)} of Σ(Σg)² (Gaussian ${gaussian.toFixed(3)})`,
      );
    case 'agreement':
      return result.pairs.map(
        ({ family, seed, score, percent, iou, chance }) =>
          `${head}: top ${percent} % by ${score}, with ${family}, seed ${seed}: IoU ${iou.toFixed(3)} (by chance ${chance.toFixed(3)})`,
      );
  }
}

/** Every claim of the experiment in every family that was measured. */
export function claimLines({ claims }: Experiment, results: readonly StudyResult[]): string[] {
  const families = [...new Set(results.map(({ family }) => family))];
  return claims.flatMap(({ text, paper, judge }) => [
    `${text}${paper === null ? '' : ` (paper: ${paper})`}`,
    ...families.map((family) => {
      const { verdict, sentence } = judge(results, family);
      return `  ${family}: ${verdict}. ${sentence}`;
    }),
  ]);
}

/** Columns as wide as their widest cell. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join(' | ')
      .trimEnd(),
  );
}
