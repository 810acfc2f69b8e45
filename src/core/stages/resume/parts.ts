// A model's parameters and an optimiser in and out of a point's arrays.
import { holdParameters } from '../../ops/held';
import type { Optimiser, OptimiserState, ParameterSet } from '../../optim/optimiser';
import type { ArrayReader, ArrayWriter } from './arrays';
import { damaged, PointRefused } from './point';

/** In a save's place, after a step that was not sound. */
export function refuseUnsound(): never {
  const text = 'The last step has a loss or a gradient that is not finite: this moment is not saved.';
  throw new PointRefused('not finite', text);
}

/** Says how many updates it has made. */
export function putOptimiser(writer: ArrayWriter, prefix: string, optimiser: Optimiser): number {
  const { updates, moments, sums } = optimiser.hold();
  for (const [name, held] of moments) writer.putHeld(`${prefix}/${name}`, held);
  if (sums) writer.putHeld(`${prefix} sums`, sums);
  return updates;
}

/** Throws PointError where they are those of another optimiser. */
export function takeOptimiser(arrays: ArrayReader, prefix: string, optimiser: Optimiser, updates: number): void {
  const moments: OptimiserState['moments'] = new Map(
    optimiser.names.map((name) => [name, arrays.moments(`${prefix}/${name}`)]),
  );
  const sums = arrays.has(`${prefix} sums`) ? arrays.floats(`${prefix} sums`) : null;
  try {
    optimiser.restore({ updates, moments, sums });
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message);
    throw error;
  }
}

/** All values as they are now. */
export function putParameters(
  writer: ArrayWriter,
  prefix: string,
  { parameters }: Pick<ParameterSet, 'parameters'>,
): void {
  for (const [name, held] of holdParameters(parameters)) writer.putHeld(`${prefix}/${name}`, held);
}
