// What has been measured with some weights is known as long as these weights live (`Model.state`), and saves a stage its passes: log-probs,
// drift, looks of the time line. A run that goes on knows the same, so that it makes the same passes.
import type { RunContext } from '../context';
import { knownScores } from '../scores';
import { type ArrayReader, type ArrayWriter, endToEnd } from './arrays';
import type { Facts } from './facts';
import { damaged } from './point';
import type { Unit } from './progress';

/** The weights somebody may come back to. */
const livingStates = ({ sft, model, entries, progress }: RunContext): object[] => [
  ...new Set([
    ...(model ? [sft, model.state] : []),
    ...(progress.entryState ? [progress.entryState] : []),
    ...[...entries.values()].map(({ state }) => state),
  ]),
];

/** How many scores are known of each of them. */
export const countScores = (context: RunContext): Map<object, number> =>
  new Map(livingStates(context).map((state) => [state, knownScores(state).size]));

interface Packed {
  count: number;
  keys: string;
  values: Float32Array;
}

/** Scores are only ever added, so what is packed stays good until there are more. */
const packedScores = new WeakMap<object, Packed>();

function packScores(state: object, count: number): Packed {
  const last = packedScores.get(state);
  if (last?.count === count) return last;
  const known = [...knownScores(state)].slice(0, count);
  const packed = { count, keys: known.map(([key]) => key).join('\n'), values: endToEnd(known.map(([, row]) => row)) };
  packedScores.set(state, packed);
  return packed;
}

type StateFacts = Pick<Facts, 'states' | 'roles' | 'entries'>;

/** Of the run itself; `unit` is the present one. */
export function keepStates(context: RunContext, unit: Unit, writer: ArrayWriter): StateFacts {
  const { evaluator, inspected, entries, sft, model, progress } = context;
  const states = livingStates(context);
  const roleOf = (state: object | null | undefined): number | null => (state ? states.indexOf(state) : null);
  const facts = states.map((state, i) => {
    const count = unit.scores.get(state) ?? 0;
    const scores = count > 0 ? packScores(state, count) : null;
    if (scores) writer.putLasting(`state ${i}/scores`, scores.values);
    const look = inspected?.looks.get(state);
    if (look) writer.putRows(`state ${i}/look`, look.policy);
    return {
      scores: scores?.keys ?? null,
      drift: evaluator.knownDrift(state),
      look: look ? { answers: look.answers, klToSft: look.klToSft } : null,
    };
  });
  for (const [stage, { differences }] of entries) writer.putDifferences(`entry ${stage}`, differences);
  return {
    states: facts,
    roles: {
      sft: model ? roleOf(sft) : null,
      now: roleOf(model?.state),
      entry: model ? roleOf(progress.entryState) : null,
    },
    entries: [...entries].map(([stage, { state }]) => ({ stage, state: states.indexOf(state) })),
  };
}

/** The weights of a point, each standing for itself again. */
export interface LivingStates {
  now: object | null;
  entry: object | null;
}

/** Puts back what was known. */
export function adoptStates(context: RunContext, facts: Facts, arrays: ArrayReader): LivingStates {
  const { evaluator, inspected, sft } = context;
  const { states, roles } = facts;
  const objects = states.map((_, i) => (i === roles.sft ? sft : {}));
  const stateAt = (place: number): object => {
    const state = objects[place];
    if (!state) throw damaged(`there is no state ${place}`);
    return state;
  };
  states.forEach(({ scores, drift, look }, i) => {
    const state = stateAt(i);
    if (scores !== null) {
      const keys = scores.split('\n');
      const rows = arrays.rows(`state ${i}/scores`, keys.map(responseLength));
      const known = knownScores(state);
      keys.forEach((key, k) => {
        known.set(key, rows[k]!);
      });
    }
    if (drift) evaluator.adoptDrift(state, drift);
    if (look && inspected) {
      const lengths = inspected.examples.map(({ response }) => response.length);
      inspected.looks.set(state, { ...look, policy: arrays.rows(`state ${i}/look`, lengths) });
    }
  });
  for (const { stage, state } of facts.entries) {
    const differences = arrays.differences(`entry ${stage}`, sft);
    context.entries.set(stage, { state: stateAt(state), differences });
  }
  const role = (place: number | null): object | null => (place === null ? null : stateAt(place));
  return { now: role(roles.now), entry: role(roles.entry) };
}

/** Of a key of `scores.ts`: prompt|response, ids with spaces between them. */
const responseLength = (key: string): number => key.slice(key.indexOf('|') + 1).split(' ').length;
