// What is known of a model that somebody brings once it is open, as plain data: for the page, for messages and for reports. Opening is openModel.ts.
import type { CheckpointFormat, TensorDtype } from '../files/checkpoint';
import type { ModelConfig } from './config';

export interface ModelSummary {
  /** What people know it by: the folder's name, or config.json's own. */
  readonly name: string;
  /** As the checkpoint is, with all the positions it is meant for. */
  readonly config: ModelConfig;
  /** `model_type` of config.json: llama, qwen2, gpt2, … */
  readonly modelType: string;
  /** Each storage once. */
  readonly parameters: number;
  readonly checkpoint: {
    readonly format: CheckpointFormat;
    /** Files that hold weights. */
    readonly files: number;
    /** Of the weights as they are stored. */
    readonly bytes: number;
    /** Parameters by what they are stored as, most first. */
    readonly dtypes: readonly { readonly dtype: TensorDtype; readonly parameters: number }[];
  };
  readonly tokenizer: {
    /** Rows of the embedding; ids beyond the tokenizer's own stand for nothing. */
    readonly tokens: number;
    /** 'template': the model's chat template; 'plain': the text and a line end. */
    readonly form: 'template' | 'plain';
    readonly startToken: string | null;
    /** Those that end an answer, the one that is learnt first. */
    readonly endTokens: readonly string[];
    /** A short text as the model reads it, token by token. */
    readonly example: readonly string[];
  };
  /** What was guessed or left aside, as sentences for people. */
  readonly notes: readonly string[];
  /** Names of the files that go along when the model is written again. */
  readonly carried: readonly string[];
}
