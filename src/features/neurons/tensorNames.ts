// The labels of both axes of a drawn tensor; what they mean is in core/masks/axisLabels.ts. Pure.
import type { MatrixAxis } from '../../components/matrix/matrixAxes';
import { type Axis, axisTerms } from '../../core/masks/axisLabels';
import type { ModelConfig, TensorSpec } from '../../core/model/config';

/** `vocabulary` names the rows of embeddings. */
export function axesOf(
  spec: TensorSpec,
  model: ModelConfig | null,
  vocabulary: readonly string[],
): { rows: MatrixAxis; columns: MatrixAxis } {
  const drawn = (axis: Axis): MatrixAxis => {
    const { title, short, groups } = axisTerms(spec, model, axis, vocabulary);
    return { title, label: short, groups };
  };
  return { rows: drawn('row'), columns: drawn('column') };
}
