// What the parts of this view look at: the tensors of a run, or of a pair of checkpoints. Not how they are held: that is the atlas client's.
import type { ModelConfig, TensorSpec } from '../../core/model/config';
import type { RunState } from '../../state/runState';

export interface Subject {
  /** What questions to the atlas client call it. */
  id: string;
  /** In names of files. */
  name: string;
  /** In notes of pictures: "Run quiet-otter". */
  title: string;
  specs: readonly TensorSpec[];
  /** null where only the tensors' names and shapes are known: rows and columns are then told by number. */
  model: ModelConfig | null;
  /** Names of the rows of embeddings; empty where they are not known. */
  vocabulary: readonly string[];
  /** Where its weights moved: "in the warm-up". */
  moved: string;
}

export const runSubject = (
  { id, name }: Pick<RunState, 'id' | 'name'>,
  { tensors, model, vocabulary }: NonNullable<RunState['started']>,
): Subject => ({ id, name, title: `Run ${name}`, specs: tensors, model, vocabulary, moved: 'in the warm-up' });
