// The address bar: only what differs from the defaults, the view, and a one-time autostart.

import type { RunConfig } from '../core/config';
import { FIELDS } from '../core/fields';
import { type ConfigProblem, configDifference, parseConfig } from '../core/parseConfig';
import { compareParameters, isCompareParameter, parseCompare } from './compareAddress';
import type { CompareChoice } from './compareChoice';
import { curvesParameters, isCurvesParameter, parseCurvesAddress } from './curvesAddress';
import type { CurvesChoice } from './curvesChoice';
import { inspectParameters, isInspectParameter, parseInspect } from './inspectAddress';
import type { InspectChoice } from './inspectChoice';
import { isLabParameter, labParameters, parseLab } from './labAddress';
import type { LabChoice } from './labState';
import { type MomentPlace, momentName, parseMoment } from './moments';
import { choiceParameters, isChoiceParameter, parseChoice } from './neuronsAddress';
import type { NeuronsChoice } from './neuronsChoice';
import { isTokensParameter, parseTokens, type TokensChoice, tokensParameters } from './tokensChoice';

export const VIEW_NAMES = [
  ...(['run', 'curves', 'data', 'neurons', 'inspect', 'tokens', 'samples'] as const),
  ...(['try', 'lab', 'compare', 'learn', 'system'] as const),
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

export interface UrlState {
  /** The settings in the address, unparsed. */
  inputs: Readonly<Record<string, string>>;
  config: RunConfig;
  problems: readonly ConfigProblem[];
  view: ViewName;
  autostart: boolean;
  neurons: NeuronsChoice;
  inspect: InspectChoice;
  tokens: TokensChoice;
  /** What the address says of it; the rest is remembered. */
  curves: Partial<CurvesChoice>;
  lab: LabChoice;
  compare: CompareChoice;
  /** The place on the time line; null: the latest. */
  at: MomentPlace | null;
}

const isView = (name: string): name is ViewName => (VIEW_NAMES as readonly string[]).includes(name);

/** Reads an untrusted query string. Never throws; what cannot be used is named in `problems`. */
export function parseUrl(search: string): UrlState {
  const settings: Record<string, string> = {};
  const problems: ConfigProblem[] = [];
  let view: ViewName = 'run';
  let autostart = false;
  let at: MomentPlace | null = null;
  /** Of Neurons or of Inspect: most of their parameters have one name. */
  const choice: {
    -readonly [name in keyof (Parameters<typeof parseChoice>[0] & Parameters<typeof parseInspect>[0])]: string;
  } = {};
  const ofLab: { -readonly [name in keyof Parameters<typeof parseLab>[0]]: string } = {};
  const ofTokens: { -readonly [name in keyof Parameters<typeof parseTokens>[0]]: string } = {};
  const ofCurves: { -readonly [name in keyof Parameters<typeof parseCurvesAddress>[0]]: string } = {};
  const ofCompare: { -readonly [name in keyof Parameters<typeof parseCompare>[0]]: string } = {};
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === 'view') {
      if (isView(value)) view = value;
      else problems.push({ field: 'view', message: `There is no view “${value.slice(0, 40)}”; showing Run.` });
    } else if (name === 'autostart') autostart = value === '1' || value === 'true';
    else if (name === 'at') {
      at = parseMoment(value);
      if (!at) problems.push({ field: 'at', message: noMoment(value) });
    } else if (isChoiceParameter(name) || isInspectParameter(name)) choice[name] ??= value;
    else if (isTokensParameter(name)) ofTokens[name] ??= value;
    else if (isCurvesParameter(name)) ofCurves[name] ??= value;
    else if (isLabParameter(name)) ofLab[name] ??= value;
    else if (isCompareParameter(name)) ofCompare[name] ??= value;
    else if (Object.hasOwn(settings, name)) {
      problems.push({ field: name, message: `“${name.slice(0, 40)}” stands twice in the address; using the first.` });
    } else Object.defineProperty(settings, name, { value, enumerable: true, configurable: true, writable: true });
  }
  const neurons = parseChoice(view === 'inspect' ? {} : choice);
  const inspect = parseInspect(view === 'inspect' ? choice : {});
  const tokens = parseTokens(ofTokens);
  const curves = parseCurvesAddress(ofCurves);
  const lab = parseLab(ofLab);
  const compare = parseCompare(ofCompare);
  const parsed = parseConfig(settings);
  return {
    inputs: onlyFields(settings),
    config: parsed.config,
    problems: [
      ...[...problems, ...neurons.problems, ...inspect.problems],
      ...[...tokens.problems, ...curves.problems],
      ...[...lab.problems, ...compare.problems, ...parsed.problems],
    ],
    view,
    autostart,
    neurons: neurons.choice,
    inspect: inspect.choice,
    tokens: tokens.choice,
    curves: curves.change,
    lab: lab.choice,
    compare: compare.choice,
    at,
  };
}

const noMoment = (value: string): string =>
  `“${value.slice(0, 40)}” is no moment: write stage and step, as in at=improving-12 (warm-up, forgetting, improving). Showing the latest.`;

/** Drops names that are no setting. */
export function onlyFields(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(FIELDS, name)));
}

/** What Neurons, Inspect, Tokens, Curves, the lab and Compare show. */
interface Choices {
  neurons?: NeuronsChoice;
  inspect?: InspectChoice;
  tokens?: TokensChoice;
  curves?: CurvesChoice;
  lab?: LabChoice;
  compare?: CompareChoice;
}

/** The query string ("" or "?…") of a configuration, view and moment; what a view shows stands only in its own. */
export function formatUrl(
  config: RunConfig,
  view: ViewName,
  { neurons, inspect, tokens, curves, lab, compare }: Choices = {},
  at: MomentPlace | null = null,
): string {
  const parameters = new URLSearchParams(configDifference(config));
  if (view !== 'run') parameters.set('view', view);
  if (view === 'neurons' && neurons) for (const [name, value] of choiceParameters(neurons)) parameters.set(name, value);
  if (view === 'inspect' && inspect)
    for (const [name, value] of inspectParameters(inspect)) parameters.set(name, value);
  if (view === 'tokens' && tokens) for (const [name, value] of tokensParameters(tokens)) parameters.set(name, value);
  if (view === 'curves' && curves) for (const [name, value] of curvesParameters(curves)) parameters.set(name, value);
  if ((view === 'lab' || view === 'compare' || view === 'learn') && lab)
    for (const [name, value] of labParameters(lab)) parameters.set(name, value);
  if (view === 'compare' && compare)
    for (const [name, value] of compareParameters(compare)) parameters.set(name, value);
  if (at) parameters.set('at', momentName(at));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
