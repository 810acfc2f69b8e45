// Which tensors the atlas shows, and in which order where it is a list. Pure.
import { tensorKind } from '../../core/masks/tensorKinds';
import type { NeuronsChoice } from '../../state/neuronsChoice';
import type { SelectionSummary } from '../../worker/atlasProtocol';

export type Order = NeuronsChoice['order'];
export type Density = SelectionSummary['tensors'][number];

/** Those whose name holds `filter`; by layer they keep the model's order. */
export function listed<T extends { name: string }>(
  specs: readonly T[],
  order: Order,
  filter: string,
  rows: ReadonlyMap<string, Pick<Density, 'density'>>,
): T[] {
  const wanted = specs.filter(({ name }) => name.toLowerCase().includes(filter.trim().toLowerCase()));
  if (order === 'layer') return wanted;
  const density = ({ name }: T) => rows.get(name)?.density ?? 0;
  // Kinds as the model has them: q, k, v, o … Sorting is stable: within a kind the layers keep their order.
  const kinds = [...new Set(specs.map(({ name }) => tensorKind(name)))];
  const kind = ({ name }: T) => kinds.indexOf(tensorKind(name));
  return wanted.sort((a, b) => (order === 'density' ? density(b) - density(a) : kind(a) - kind(b)));
}
