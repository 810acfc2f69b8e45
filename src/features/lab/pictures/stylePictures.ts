// Experiments 7 and 9: accuracy against the share of a superficial style, and what aligning half of a family's skills does to the other half.
import { type Row, rowsSource } from '../../../components/charts/rowsDrawing';
import { type ScatterPoint, scatterSource } from '../../../components/charts/scatterDrawing';
import { linearScale } from '../../../components/charts/spots';
import { STYLE_VARIANTS, TAX_VARIANTS } from '../../../core/study/armLists';
import type { ArmResult } from '../../../core/study/result';
import { relatives } from '../../../core/study/samples';
import { mean } from '../../../core/study/statistics';
import { SFT_STYLE, styleOf } from '../armStyles';
import { greedy, greedyBefore, type LabData, type Spread, spreadOf } from '../labData';
import { spreadText } from '../labText';
import { cellsOf, endsOf, type LabPicture, PERCENTS, row } from './labPicture';

const styleShare = ({ after }: ArmResult): number | null => after.stylePercent;
const styleBefore = ({ before }: ArmResult): number | null => before.stylePercent;

export function stylePicture(data: LabData, family: string): LabPicture {
  const arms = Object.values(STYLE_VARIANTS).flatMap((each) => data.ofVariant(family, each) ?? []);
  const point = (label: string, right: Spread | null, share: Spread | null): Omit<ScatterPoint, 'style'>[] =>
    right && share
      ? [
          {
            ...{
              key: label,
              label,
              weight: 1,
              name: label,
              x: right.mean,
              y: share.mean,
              xSd: right.sd,
              ySd: share.sd,
            },
            ...{ radius: 5.5, pick: label === 'SFT' ? null : label },
            lines: [`accuracy ${spreadText(right)}`, `with the style ${spreadText(share)}`],
          },
        ]
      : [];
  const first = arms[0]?.results ?? [];
  const start = point('SFT', spreadOf(first, greedyBefore), spreadOf(first, styleBefore));
  const points: ScatterPoint[] = [
    ...start.map((each) => ({ ...each, style: SFT_STYLE })),
    ...arms.flatMap(({ label, arm, settings, results }) =>
      point(shortly(label), spreadOf(results, greedy), spreadOf(results, styleShare)).map((each) => ({
        ...{ ...each, name: label, pick: label, style: styleOf(arm, settings) },
      })),
    ),
  ];
  const ends = (value: number, sd: number | null) => [value - (sd ?? 0), value + (sd ?? 0)];
  const x = linearScale(
    points.flatMap((each) => ends(each.x, each.xSd)),
    6,
    PERCENTS,
  );
  const y = linearScale([...points.flatMap((each) => ends(each.y, each.ySd)), 0, 100], 5, PERCENTS);
  return {
    ...{ id: 'lab-style', name: 'Accuracy and style', unit: `on ${family}`, hasRows: false },
    caption:
      'All chosen responses begin with a filler that has nothing to do with being right, no rejected one does. Low is good: right answers without the style. The start is the SFT model’s share.',
    source:
      arms.length === 0 || points.length === 0
        ? null
        : scatterSource({
            ...{
              points,
              lines: [],
              swatches: [],
              height: (width) => Math.max(260, Math.min(380, Math.round(width * 0.45))),
            },
            x: { title: 'accuracy, %', ...x },
            y: { title: 'sampled answers with the style, %', ...y },
          }),
    table: {
      caption: `Accuracy and share of sampled answers with the style on ${family}, %: means and standard deviations over seeds`,
      heads: ['Arm', 'accuracy, %', 'its sd', 'style, %', 'its sd ', 'seeds'],
      rows: points.map(({ name, x: right, xSd, y: share, ySd }) =>
        row(
          name,
          name,
          right,
          xSd,
          share,
          ySd,
          arms.find(({ label }) => label === name)?.results.length ?? first.length,
        ),
      ),
    },
    empty: 'Every arm by its accuracy and by how much of the style it copied will stand here.',
  };
}

/** All arms of this picture have the bias: it need not stand at each. */
const shortly = (label: string): string => label.replace(', style bias', '');

const gain = ({ before, after, family }: ArmResult): number | null =>
  change(before.families[family], after.families[family]);
/** Of the part of the family that was not aligned. */
export const relativesGain = (result: ArmResult): number | null => {
  const changes = relatives(result).flatMap((name) => {
    const found = change(result.before.families[name], result.after.families[name]);
    return found === null ? [] : [found];
  });
  return changes.length > 0 ? mean(changes) : null;
};

type Answered = { greedy: number | null } | undefined;
const change = (before: Answered, after: Answered): number | null =>
  before?.greedy == null || after?.greedy == null ? null : after.greedy - before.greedy;

export function taxPicture(data: LabData, family: string): LabPicture {
  const arms = Object.values(TAX_VARIANTS).flatMap((each) => data.ofVariant(family, each) ?? []);
  const all = arms.flatMap(({ label, arm, settings, results }) => {
    const [own, other] = [spreadOf(results, gain), spreadOf(results, relativesGain)];
    return own && other ? [{ label, style: styleOf(arm, settings), own, other }] : [];
  });
  const rows = all.map(
    ({ label, style, own, other }): Row => ({
      ...{ key: label, label: label.replace(', half the skills', ''), pick: label },
      marks: [
        {
          ...{ name: 'aligned skills', value: own.mean, ...endsOf(own), level: 0, isBar: false },
          ...{ style: { ...style, isHollow: true, shape: 'circle' }, lines: [spreadText(own, ' points')] },
        },
        {
          ...{ name: 'the other skills', value: other.mean, ...endsOf(other), level: 1, isBar: false },
          ...{ style: { ...style, isHollow: false, shape: 'square' }, lines: [spreadText(other, ' points')] },
        },
      ],
    }),
  );
  return {
    ...{ id: 'lab-tax', name: 'Tax between relatives', unit: `points after − before on ${family}`, hasRows: true },
    caption:
      'Half of the family’s skills is aligned. Hollow circles: what those gained; squares: what the other half gained, or lost (left of the line). Bars are standard deviations over seeds.',
    source:
      rows.length === 0
        ? null
        : rowsSource({ rows, axis: 'change in accuracy, points', zero: 0, base: 0, include: [-5, 5], swatches: [] }),
    table: {
      caption: 'Change in accuracy, points: means and standard deviations over seeds',
      heads: ['Arm', 'aligned skills', 'sd', 'other skills', 'sd ', 'seeds'],
      rows: all.map(({ label, own, other }) => row(label, label, own.mean, own.sd, ...cellsOf(other))),
    },
    empty: 'What alignment costs skills of the same family that were not aligned will stand here.',
  };
}
