// The Curves view in the address: only what differs from the defaults is written; what cannot be used is named.
import { type AddressProblem, addressReader, oneOf, type Reader } from './addressReader';
import {
  type CurvesChoice,
  FIRST_CURVES,
  SMOOTHING_WINDOWS,
  UPDATE_STAGES,
  type UpdatePlace,
  type Zoom,
} from './curvesChoice';

const PARAMETERS = ['zoom', 'smoothing', 'axis', 'log', 'hide'] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isCurvesParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

/** Ids of quantities. Which ones there are is the view's business: it passes over what it does not know. */
function ids(text: string): string[] | null {
  const all = text.split(' ');
  return all.length <= 50 && all.every((one) => /^[a-z][a-z-]{0,30}$/.test(one)) ? [...new Set(all)] : null;
}

/** Reads "warm-up-10". */
function place(text: string): UpdatePlace | null {
  const stage = UPDATE_STAGES.find((one) => text.startsWith(`${one}-`));
  const digits = stage && text.slice(stage.length + 1);
  return stage && digits && /^\d{1,7}$/.test(digits) ? { stage, step: Number(digits) } : null;
}

/** Reads "warm-up-10 forgetting-20"; null unless it goes forward. */
function zoom(text: string): Zoom | null {
  const [from, to, ...rest] = text.split(' ').map(place);
  if (!from || !to || rest.length > 0) return null;
  const stages = UPDATE_STAGES.indexOf(to.stage) - UPDATE_STAGES.indexOf(from.stage);
  return stages > 0 || (stages === 0 && to.step > from.step) ? { from, to } : null;
}

/** Never throws. `change`: what the address says, and nothing else. `problems`: one sentence for each value that was left out. */
export function parseCurvesAddress(given: Readonly<Partial<Record<Parameter, string>>>): {
  change: Partial<CurvesChoice>;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given, 'leaving it out');
  const change: Partial<CurvesChoice> = {};
  const set = <K extends keyof CurvesChoice>(
    field: Parameter,
    name: K,
    reader: Reader<CurvesChoice[K]>,
    what: string,
  ) => {
    const value = read(field, reader, what);
    if (value !== null) change[name] = value;
  };
  set('zoom', 'zoom', zoom, 'stretch of updates such as warm-up-10 forgetting-20');
  const windows = SMOOTHING_WINDOWS.join(', ');
  const window = (text: string) => SMOOTHING_WINDOWS.find((one) => String(one) === text) ?? null;
  set('smoothing', 'window', window, `number of updates to smooth over (${windows})`);
  set('axis', 'updates', oneOf(['linear', 'log']), 'axis of updates: linear or log');
  set('log', 'log', ids, 'list of quantities with a logarithmic axis');
  set('hide', 'hidden', ids, 'list of quantities to hide');
  return { change, problems };
}

const placeName = ({ stage, step }: UpdatePlace): string => `${stage}-${step}`;

/** The parameters that differ from the defaults. */
export function curvesParameters({ zoom: stretch, window, updates, log, hidden }: CurvesChoice): [Parameter, string][] {
  const all: Record<Parameter, string | null> = {
    zoom: stretch && `${placeName(stretch.from)} ${placeName(stretch.to)}`,
    smoothing: window === FIRST_CURVES.window ? null : String(window),
    axis: updates === FIRST_CURVES.updates ? null : updates,
    log: log.join(' ') || null,
    hide: hidden.join(' ') || null,
  };
  return PARAMETERS.flatMap((parameter) => {
    const value = all[parameter];
    return value === null ? [] : [[parameter, value] as [Parameter, string]];
  });
}
