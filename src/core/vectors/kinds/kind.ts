// What a kind of golden case is: a function from a case's inputs to the same fields as its `expected`.
import type { SafetensorsFile } from '../../safetensors';
import type { Fields, GoldenCase, GoldenFile, Tolerance } from '../format';

export interface KindInput {
  vector: GoldenCase;
  file: GoldenFile;
  params: Fields;
  inputs: Fields;
  /** Open a weights file that lies beside the golden files. Rejects when it is missing or malformed. */
  openWeights(name: string): Promise<SafetensorsFile>;
  /** Which tolerance row is in force. */
  row: 'f32' | 'gpu';
}

export interface KindOutput {
  got: Record<string, unknown>;
  /** Replaces fields of `expected` that stand for something else (a file name for its tensors). */
  expected?: Record<string, unknown>;
  /** Tolerance of fields whose path starts with the key; the longest matching key wins over the case's own. */
  tolerances?: Record<string, Tolerance>;
}

export type Kind = (input: KindInput) => KindOutput | Promise<KindOutput>;
