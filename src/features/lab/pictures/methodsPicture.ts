// Experiment 4, the methods table as a dot plot: every method by its accuracy, the paper's number for the same method beside it.
import { type Row, rowsSource } from '../../../components/charts/rowsDrawing';
import type { Arm, Family } from '../../../core/config';
import { TABLE_ARMS } from '../../../core/study/armLists';
import { PAPER_SOURCE, PAPER_TABLE, paperAverage, paperRow } from '../../../core/study/paper';
import { variant } from '../../../core/study/variants';
import { SFT_STYLE, styleOf } from '../armStyles';
import { greedy, greedyBefore, type LabData, type Spread, spreadOf } from '../labData';
import { fixed, signed, spreadText } from '../labText';
import { endsOf, type LabPicture, PERCENTS, row } from './labPicture';

export interface MethodRow {
  label: string;
  arm: Arm | null;
  ours: Spread;
  /** After − before of ours. */
  gain: number;
  /** The paper's average and its gain over the SFT model; null where it has no such row. */
  paper: { value: number; gain: number } | null;
}

const PAPER_START = PAPER_TABLE[0]!;

function paperOf(arm: Arm | null, family: Family): MethodRow['paper'] {
  const found = arm ? paperRow(arm) : PAPER_START;
  if (!found) return null;
  const value = paperAverage(found, family);
  return { value, gain: value - paperAverage(PAPER_START, family) };
}

/** The best first. */
export function methodRows(data: LabData, family: Family): MethodRow[] {
  const arms = TABLE_ARMS.flatMap((arm) => data.ofVariant(family, variant(arm)) ?? []);
  const bySeed = new Map(arms.flatMap(({ results }) => results.map((result) => [result.seed, result] as const)));
  const sft = spreadOf([...bySeed.values()], greedyBefore);
  if (!sft) return [];
  const rows = arms.flatMap(({ label, arm, results }): MethodRow[] => {
    const ours = spreadOf(results, greedy);
    const own = arm as Arm;
    return ours ? [{ label, arm: own, ours, gain: ours.mean - sft.mean, paper: paperOf(own, family) }] : [];
  });
  const start: MethodRow = { label: 'SFT model', arm: null, ours: sft, gain: 0, paper: paperOf(null, family) };
  return [...rows, start].sort((a, b) => b.ours.mean - a.ours.mean);
}

const PAPER_UNIT: Record<Family, string> = {
  qa: 'mean of four QA tasks',
  math: 'mean of four math tasks',
  instruct: 'wins against the SFT model, mean of two benchmarks',
};

function toRow({ label, arm, ours, paper }: MethodRow, family: Family): Row {
  const theirs = paper
    ? [`the paper: ${fixed(paper.value, 2)} % (${PAPER_UNIT[family]}), ${signed(paper.gain, 2)} over its SFT model`]
    : [];
  const own = {
    ...{ name: '', value: ours.mean, ...endsOf(ours), isBar: false, level: 0 },
    style: arm ? styleOf(arm) : SFT_STYLE,
    lines: [`accuracy ${spreadText(ours)}`, ...theirs],
  };
  return { key: label, label, marks: [own], pick: arm && label, note: paper ? `paper ${fixed(paper.value)}` : '' };
}

export function methodsPicture(data: LabData, family: Family): LabPicture {
  const rows = methodRows(data, family);
  return {
    ...{ id: 'lab-methods', name: 'Methods', unit: `accuracy on ${family}, best first`, hasRows: true },
    caption: `Markers with a line: mean and standard deviation over seeds. At the right the paper’s number for the same method (${PAPER_UNIT[family]}, in %, 7 B model, ${PAPER_SOURCE}); its tasks are others, so its order counts, not its height.`,
    source:
      rows.length < 2
        ? null
        : rowsSource({
            ...{
              rows: rows.map((each) => toRow(each, family)),
              axis: '%',
              zero: null,
              base: 0,
              include: [],
              bounds: PERCENTS,
            },
            swatches: [],
          }),
    table: {
      caption: `Accuracy on ${family}, %, mean and standard deviation over seeds; the paper’s average (${PAPER_UNIT[family]})`,
      heads: ['Method', 'accuracy, %', 'sd', 'seeds', 'gain, points', 'paper, %', 'paper’s gain'],
      rows: rows.map(({ label, ours, gain, paper }) =>
        row(label, label, ours.mean, ours.sd, ours.seeds, gain, paper?.value ?? null, paper?.gain ?? null),
      ),
    },
    empty: 'Every method of the paper’s tables will stand here, sorted, with the paper’s number beside it.',
  };
}
