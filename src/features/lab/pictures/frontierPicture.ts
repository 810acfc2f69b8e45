// The reward–KL frontier as a picture: places with their spread, faint lines along learning rates and ratios, best of n in grey with its n,
// interpolations dashed, ways of chosen arms dotted.
import type { ScatterLine, ScatterPoint } from '../../../components/charts/scatterDrawing';
import { scatterSource } from '../../../components/charts/scatterDrawing';
import { linearScale, sqrtScale } from '../../../components/charts/spots';
import { countOf, formatNumber } from '../../../components/format';
import { ARM_DESCRIPTIONS } from '../../../core/arms';
import { ARMS, type Arm } from '../../../core/config';
import { FRONTIER_RATES } from '../../../core/study/armLists';
import { SFT_STYLE, styleOf } from '../armStyles';
import type { LabData } from '../labData';
import { fixed, klText, spreadText } from '../labText';
import {
  type Answers,
  type Frontier,
  type FrontierCurve,
  type FrontierPlace,
  frontierOf,
  SHOWN_WAYS,
  type WayPoint,
  wayOf,
} from './frontierData';
import { type LabPicture, PERCENTS, row } from './labPicture';

/** Whose paths on the way are drawn: nobody's, those of `SHOWN_WAYS` and the selected arm, or every arm's. */
export type Ways = 'none' | 'main' | 'all';

/** How far from SFT the picture goes: most that is worth having lies near it, and single wrecks lie a hundred times further. */
export type Reach = 'near' | 'all';
/** KL(SFT ‖ model), nats per token; beyond it answers begin to suffer. */
export const NEAR = 0.1;

export interface FrontierChoice {
  answers: Answers;
  ways: Ways;
  reach: Reach;
  hasInterpolations: boolean;
  /** Labels of arms that are left out. */
  hidden: readonly string[];
  /** The arm that is selected everywhere, by its label. */
  selected: string;
}

const GREY = 'var(--ink-3)';
const HEAVY: readonly string[] = ['allo', 'dpo-full', 'dpo-top10', 'rft', 'sft', 'npo', 'dpo-random10', 'dpo-last10'];

export function frontierPicture(data: LabData, family: string, choice: FrontierChoice): LabPicture {
  const { answers, hidden, selected } = choice;
  const whole = frontierOf(data, family, answers);
  const frontier = { ...whole, places: whole.places.filter(({ label }) => !hidden.includes(label)) };
  const ways = answers === 'greedy' ? waysOf(data, family, choice) : [];
  const curves = choice.hasInterpolations ? frontier.interpolations : [];
  const limit = choice.reach === 'near' ? NEAR : Number.POSITIVE_INFINITY;
  const points = [
    ...sftPoint(frontier),
    ...bestPoints(frontier.bestOfN),
    ...frontier.places.map((place) => placePoint(place, place.label === selected)),
  ].filter(({ x }) => x <= limit);
  const lines = [...chainLines(frontier), ...curveLines(frontier, curves), ...ways.map(wayLine)].flatMap((whole) =>
    upTo(whole.points, limit).map((part) => ({ ...whole, points: part })),
  );
  const beyond = frontier.places.filter(({ klToSft }) => klToSft.mean > limit).length;
  const x = sqrtScale([...points, ...lines.flatMap((line) => line.points.map(([px]) => ({ x: px })))].map((p) => p.x));
  const y = linearScale(
    [...points.map((p) => p.y), ...lines.flatMap((line) => line.points.map(([, py]) => py))],
    5,
    PERCENTS,
  );
  return {
    ...{
      id: 'lab-frontier',
      name: 'Reward–KL frontier',
      unit: `accuracy on ${family} against KL to SFT`,
      hasRows: false,
    },
    caption: captionOf(answers, choice.ways, beyond),
    source:
      frontier.places.length === 0
        ? null
        : scatterSource({
            ...{
              points,
              lines,
              swatches: [],
              height: (width) => Math.max(320, Math.min(520, Math.round(width * 0.5))),
            },
            x: { title: 'KL(SFT ‖ model), nats per token, square-root axis', ...x },
            y: { title: answers === 'greedy' ? 'accuracy, %' : 'accuracy at T = 1, %', ...y },
          }),
    table: tableOf(frontier, family, answers),
    empty: `Every arm that is measured on ${family} will stand here, from the SFT model at KL 0 on.`,
  };
}

const WHOSE: Record<Ways, string> = { none: '', main: ' (of ALLO, DPO and the selected arm)', all: ' (of every arm)' };

const captionOf = (answers: Answers, ways: Ways, beyond: number): string =>
  [
    'Up is more accurate, right is further from the SFT model, the start of every arm; the frontier is the edge at the upper left. How far is KL(SFT ‖ model) per token',
    'on the SFT model’s own samples: it says nothing of answers that the SFT model never gives.',
    '“5 %” is DPO on the most changed 5 % of the weights, “× 3.3” stands for 3.3 times the learning rate; lines join these.',
    'Best of n is exact for the checker’s choice among n sampled answers;',
    answers === 'greedy'
      ? `the arms’ answers here are greedy ones (T = 1 compares like with like).${ways === 'none' ? '' : ` Paths on the way${WHOSE[ways]} are answers to the first prompts only.`}`
      : 'the arms’ answers here are sampled ones too.',
    'Bars are standard deviations over seeds.',
    ...(beyond > 0 ? [`${countOf(beyond, 'arm')} beyond KL ${NEAR}: “All distances” shows them.`] : []),
  ].join(' ');

function sftPoint({ sft }: Frontier): ScatterPoint[] {
  if (!sft) return [];
  return [
    {
      ...{ key: 'SFT', label: 'SFT model', name: 'SFT model', weight: 11, x: 0, y: sft.mean, xSd: null, ySd: sft.sd },
      ...{ style: SFT_STYLE, radius: 5.5, pick: null, lines: [`accuracy ${spreadText(sft)}`, 'KL 0'] },
    },
  ];
}

const PLACE_NAMES: readonly string[] = ['seed', 'preset', 'family', 'arm', 'backend'];
const RATED: readonly string[] = Object.keys(FRONTIER_RATES);

/** In full for an arm of one click; of the rates and ratios that lines connect only what differs; of other variants nothing. */
function shortLabel({ label, arm, settings }: FrontierPlace): string {
  const changed = Object.keys(settings).filter((name) => !PLACE_NAMES.includes(name));
  if (changed.length === 0) return label;
  if (!RATED.includes(arm)) return '';
  const rate = changed.includes('rateFactor') ? `× ${Number(Number(settings.rateFactor).toPrecision(2))}` : '';
  const ratio = changed.includes('improvingPercent') ? `${settings.improvingPercent} %` : '';
  return [ratio, rate].filter(Boolean).join(' ');
}

function placePoint(place: FrontierPlace, isSelected: boolean): ScatterPoint {
  const { label, arm, settings, klToSft, accuracy, failures } = place;
  const isPlain = Object.keys(settings).every((name) => PLACE_NAMES.includes(name));
  const weight = isSelected ? 10 : isPlain && HEAVY.includes(arm) ? 8 - HEAVY.indexOf(arm) / 10 : isPlain ? 3 : 1;
  return {
    ...{ key: label, label: isSelected ? label : shortLabel(place), name: label, weight, pick: label },
    ...{ x: klToSft.mean, y: accuracy.mean, xSd: klToSft.sd, ySd: accuracy.sd, style: styleOf(arm, settings) },
    radius: isPlain ? 5 : 3.6,
    lines: [`accuracy ${spreadText(accuracy)}`, `KL to SFT ${klText(klToSft)} nats per token`, ...failures],
  };
}

const bestPoints = (curve: FrontierCurve | null): ScatterPoint[] =>
  (curve?.points ?? [])
    .filter(({ name }) => name !== 'n = 1')
    .map(({ name, klToSft, accuracy }) => ({
      ...{ key: `best ${name}`, label: name, name: `Best of n, ${name}`, weight: 5, pick: null, radius: 2.5 },
      ...{ x: klToSft, y: accuracy.mean, xSd: null, ySd: accuracy.sd },
      style: { colour: GREY, shape: 'circle', isHollow: false },
      lines: [`accuracy ${spreadText(accuracy)}`, `KL to SFT ${formatNumber(klToSft)} nats per token`],
    }));

const line = (
  points: ScatterLine['points'],
  colour: string,
  dash: readonly number[],
  width: number,
  opacity: number,
) => ({
  ...{ points, colour, dash, width, opacity },
});

function chainLines({ chains, places }: Frontier): ScatterLine[] {
  return chains.flatMap((labels) => {
    const known = labels.flatMap((label) => places.filter((place) => place.label === label));
    if (known.length < 2) return [];
    const { colour } = styleOf(known[0]!.arm);
    return [
      line(
        known.map(({ klToSft, accuracy }) => [klToSft.mean, accuracy.mean]),
        colour,
        [],
        1.2,
        0.4,
      ),
    ];
  });
}

/** The parts of a line where x is at most `limit`, cut where it crosses. */
export function upTo(points: ScatterLine['points'], limit: number): ScatterLine['points'][] {
  const parts: [number, number][][] = [];
  let open: [number, number][] = [];
  points.forEach(([x, y], i) => {
    const [before, height] = points[i - 1] ?? [x, y];
    if (x <= limit !== before <= limit) open.push([limit, height + ((limit - before) / (x - before)) * (y - height)]);
    if (x <= limit) open.push([x, y]);
    else if (open.length > 0) {
      parts.push(open);
      open = [];
    }
  });
  return [...parts, open].filter((part) => part.length > 1);
}

const corners = ({ points }: FrontierCurve): ScatterLine['points'] =>
  points.map(({ klToSft, accuracy }) => [klToSft, accuracy.mean]);

const curveLines = ({ bestOfN }: Frontier, interpolations: readonly FrontierCurve[]): ScatterLine[] => [
  ...(bestOfN ? [line(corners(bestOfN), GREY, [], 2, 0.7)] : []),
  ...interpolations.map((curve) => line(corners(curve), styleOf(curve.arm).colour, [7, 4], 1.4, 0.8)),
];

interface Way {
  arm: string;
  points: WayPoint[];
  /** Of an arm that is shown unasked, or selected. */
  isMain: boolean;
}

function waysOf(data: LabData, family: string, { ways, hidden, selected }: FrontierChoice): Way[] {
  if (ways === 'none') return [];
  const shown = SHOWN_WAYS.flatMap((each) => data.ofVariant(family, each) ?? []);
  const all = data.arms(family);
  const main = new Set([...shown, ...all.filter(({ label }) => label === selected)]);
  // The main ones last, over the others.
  return (ways === 'all' ? [...all.filter((arm) => !main.has(arm)), ...main] : [...main])
    .filter(({ label }) => !hidden.includes(label))
    .map((arm) => ({ arm: arm.arm, points: wayOf(arm), isMain: main.has(arm) }))
    .filter(({ points }) => points.length > 1);
}

const wayLine = ({ arm, points, isMain }: Way): ScatterLine =>
  line(
    points.map(({ klToSft, accuracy }) => [klToSft, accuracy]),
    styleOf(arm).colour,
    [1.5, 3],
    isMain ? 1.6 : 1,
    isMain ? 0.8 : 0.5,
  );

function tableOf(
  { places, bestOfN, interpolations, sft }: Frontier,
  family: string,
  answers: Answers,
): LabPicture['table'] {
  const curveRows = [...(bestOfN ? [bestOfN] : []), ...interpolations].flatMap(({ label, points }) =>
    points.map(({ name, klToSft, accuracy }) => {
      const whole = `${label}, ${name}`;
      return row(whole, whole, accuracy.mean, accuracy.sd, klToSft, null, accuracy.seeds);
    }),
  );
  return {
    caption: `Accuracy on ${family}${answers === 'greedy' ? '' : ' at T = 1'}, %, and KL(SFT ‖ model), nats per token: means and standard deviations over seeds`,
    heads: ['Arm', 'accuracy, %', 'its sd', 'KL', 'its sd ', 'seeds'],
    rows: [
      ...(sft ? [row('SFT', 'SFT', sft.mean, sft.sd, 0, null, sft.seeds)] : []),
      ...[...places]
        .sort((a, b) => b.accuracy.mean - a.accuracy.mean)
        .map(({ label, accuracy, klToSft }) =>
          row(label, label, accuracy.mean, accuracy.sd, klToSft.mean, klToSft.sd, accuracy.seeds),
        ),
      ...curveRows,
    ],
  };
}

/** What the selected arm is, in a sentence. */
export function selectedText(data: LabData, family: string, selected: string, answers: Answers): string | null {
  const place = frontierOf(data, family, answers).places.find(({ label }) => label === selected);
  if (!place) return null;
  const help = (ARMS as readonly string[]).includes(place.arm) ? ` ${ARM_DESCRIPTIONS[place.arm as Arm].help}` : '';
  return `${place.label}: ${fixed(place.accuracy.mean)} % at KL ${formatNumber(place.klToSft.mean)}.${help}`;
}
