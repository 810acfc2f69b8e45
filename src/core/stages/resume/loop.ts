// A training loop between two steps: its weights, its optimiser, the step it told last, and what only the loop itself knows.
import type { Optimiser } from '../../optim/optimiser';
import { type Ahead, inOrder } from '../ahead';
import type { LaunchedExample } from '../anatomy';
import { policyOf, type RunContext } from '../context';
import type { StepTick } from '../preference';
import { type StepError, untilFailure } from '../trainStep';
import type { ArrayReader, ArrayWriter } from './arrays';
import type { Inside, LoopFacts, TickFacts } from './facts';
import { putOptimiser, refuseUnsound, takeOptimiser } from './parts';
import { damaged } from './point';

/** What a stage and its loop tell each other about saving. */
export class LoopKeeper {
  /** The loop's: what it knows beside weights and optimiser, after the step that it told last. */
  save: (writer: ArrayWriter) => LoopFacts = () => ({ loop: 'plain' });
  /** The stage's, once the loop is ready: what it goes on from. */
  from: { tick: StepTick; loop: LoopFacts; arrays: ArrayReader } | null = null;
  /** The stage's: all steps were made before the point that the run goes on from. */
  isOver = false;

  /** Its own facts of where it goes on; null at the beginning. */
  own<L extends LoopFacts['loop']>(loop: L): Extract<LoopFacts, { loop: L }> | null {
    const own = this.from?.loop;
    if (!own) return null;
    if (!isLoop(own, loop)) throw damaged(`it is in a ${own.loop} loop, not in a ${loop} one`);
    return own;
  }
}

const isLoop = <L extends LoopFacts['loop']>(facts: LoopFacts, loop: L): facts is Extract<LoopFacts, { loop: L }> =>
  facts.loop === loop;

interface Submitted {
  told: StepTick;
  failure: StepError | null;
}

/** The steps of a plan, or those that are left: from the one after the step that was told last, which is told again. `launch` gets each one's place. */
export async function* stepsFrom<T>(
  keeper: LoopKeeper | undefined,
  plan: readonly T[],
  launch: (item: T, index: number) => Promise<Submitted>,
  ahead: Ahead | undefined,
): AsyncGenerator<StepTick> {
  if (keeper?.isOver) return;
  const tick = keeper?.from?.tick;
  yield* stepsBehind(tick, tick?.step ?? 0, plan, launch, ahead);
}

/** Tells `tick`, if there is one, and makes the steps behind the first `done`. */
export async function* stepsBehind<T>(
  tick: StepTick | undefined,
  done: number,
  plan: readonly T[],
  launch: (item: T, index: number) => Promise<Submitted>,
  ahead: Ahead | undefined,
): AsyncGenerator<StepTick> {
  if (tick) yield tick;
  const shifted = ahead && { pace: ahead.pace, waitsAfter: (made: number) => ahead.waitsAfter(done + made) };
  yield* untilFailure(inOrder(plan.slice(done), (item, i) => launch(item, done + i), shifted));
}

interface StepsPoint {
  tick: StepTick;
  isSound: boolean;
  hasMoved: boolean;
  optimiser: Optimiser;
  keeper: LoopKeeper;
  /** Under which number each item of a batch is told. */
  numbers: ReadonlyMap<object, number>;
}

/** Saves a stage after a step. The weights are saved with every point. Throws PointRefused after a step that was not sound. */
export function saveSteps(
  { tick, isSound, hasMoved, optimiser, keeper, numbers }: StepsPoint,
  writer: ArrayWriter,
): Inside {
  if (!isSound) return refuseUnsound();
  const updates = putOptimiser(writer, 'optimiser', optimiser);
  return { kind: 'steps', tick: tickFacts(tick, numbers), hasMoved, updates, loop: keeper.save(writer) };
}

/** Saves a stage behind its last step, whose optimiser is gone. */
export const saveEnd = (): Inside => ({
  ...{ kind: 'steps', tick: null, hasMoved: true, updates: 0, loop: { loop: 'plain' } },
});

/** The loop is ready, and the run on its way back to a step of it: puts weights and optimiser back. Says what `saveSteps` was told of `hasMoved`. */
export function takeUpSteps(
  context: RunContext,
  { optimiser, keeper, numbers }: Pick<StepsPoint, 'optimiser' | 'keeper' | 'numbers'>,
): boolean {
  const { progress, sft } = context;
  const at = progress.insideOf('steps');
  if (!at) return false;
  const { inside, arrays } = at;
  const model = policyOf(context);
  if (progress.nowState !== sft) model.load(arrays.weightsFrom('now', sft));
  model.state = progress.nowState ?? sft;
  if (inside.tick) {
    takeOptimiser(arrays, 'optimiser', optimiser, inside.updates);
    keeper.from = { tick: tickOf(inside.tick, numbers), loop: inside.loop, arrays };
  } else keeper.isOver = true;
  progress.arrive(null);
  return inside.hasMoved;
}

function tickFacts({ step, metrics, settings, anatomy, own }: StepTick, numbers: StepsPoint['numbers']): TickFacts {
  return {
    step,
    metrics,
    settings: settings ?? null,
    own: own ? { items: own.items.map((item) => numbers.get(item)!), losses: row(own.losses) } : null,
    anatomy: anatomy ? { ...anatomy, example: anatomy.example && exampleFacts(anatomy.example) } : null,
  };
}

const row = (values: Float32Array): number[] => [...values];

function exampleFacts({ question, policy, reference, weights, ...rest }: LaunchedExample) {
  const { id, family, text, prompt, gold } = question;
  const rows = { policy: policy.map(row), reference: reference.map(row), weights: row(weights) };
  return { ...rest, ...rows, question: { id, family, text, prompt, gold } };
}

function tickOf({ step, metrics, settings, anatomy, own }: TickFacts, numbers: StepsPoint['numbers']): StepTick {
  const items = new Map([...numbers].map(([item, number]) => [number, item]));
  const itemAt = (number: number): object => {
    const item = items.get(number);
    if (!item) throw damaged(`there is no item ${number} in a batch`);
    return item;
  };
  const own32 = ({ policy, reference, weights, ...rest }: ReturnType<typeof exampleFacts>): LaunchedExample => ({
    ...rest,
    ...{ policy: policy.map(floats), reference: reference.map(floats), weights: floats(weights) },
  });
  return {
    ...{ kind: 'step', step, metrics },
    ...(settings && { settings }),
    ...(own && { own: { items: own.items.map(itemAt), losses: floats(own.losses) } }),
    ...(anatomy && { anatomy: { ...anatomy, example: anatomy.example && own32(anatomy.example) } }),
  };
}

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);
