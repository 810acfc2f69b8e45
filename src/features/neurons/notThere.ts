// What a link asks for and this run does not have, in one plain sentence each. Pure.
import { matrixShape } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import type { NeuronsChoice } from '../../state/neuronsChoice';

/** `missing`: names of masks A and B that are not there; `shown`: the tensor that is shown. */
export function notThere(
  { tensor, cell }: Pick<NeuronsChoice, 'tensor' | 'cell'>,
  shown: TensorSpec,
  missing: readonly (string | null)[],
): string[] {
  const notes: string[] = [];
  if (tensor !== null && tensor !== shown.name) {
    notes.push(`This model has no tensor “${tensor}”; ${shown.name} is shown.`);
  } else if (cell) {
    const { rows, columns } = matrixShape(shown);
    if (cell.row >= rows || cell.column >= columns)
      notes.push(`${shown.name} has ${rows} × ${columns} weights and none in row ${cell.row}, column ${cell.column}.`);
  }
  for (const name of new Set(missing))
    notes.push(
      `There is no mask “${name}” here; another one is compared. Other runs and mask files do not travel with a link.`,
    );
  return notes;
}
