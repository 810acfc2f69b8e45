// A model's parameters and an optimiser in and out of a point's arrays.
import type { Optimiser, OptimiserState, ParameterSet } from '../../optim/optimiser';
import type { ArrayReader, ArrayWriter } from './arrays';
import { damaged, PointRefused } from './point';

/** In a save's place, after a step that was not sound. */
export function refuseUnsound(): never {
  const text = 'The last step has a loss or a gradient that is not finite: this moment is not saved.';
  throw new PointRefused('not finite', text);
}

/** Says how many updates it has made. */
export async function putOptimiser(writer: ArrayWriter, prefix: string, optimiser: Optimiser): Promise<number> {
  const { updates, moments, sums } = await optimiser.state();
  for (const [name, values] of moments) writer.putSound(`${prefix}/${name}`, values);
  if (sums) writer.putSound(`${prefix} sums`, sums);
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

/** Copies of all values. Throws PointRefused where one is not finite. */
export async function putParameters(writer: ArrayWriter, prefix: string, { parameters }: ParameterSet): Promise<void> {
  for (const [name, parameter] of parameters)
    writer.putSound(`${prefix}/${name}`, new Float32Array(await parameter.data<'float32'>()));
}
