// The models of a run that was opened from a bundle, to be asked: what Try does with them. Nothing of them can be trained.
import { answerBoth, suggestedPrompts } from '../core/answer';
import { blobSource } from '../core/files/byteSource';
import { openBundledModel } from '../core/model/bundledModel';
import { Model } from '../core/model/model';
import type { SessionRun } from './live';
import type { ModelFile } from './protocol';

export type AskedRun = Pick<SessionRun, 'answer' | 'suggestedPrompts' | 'dispose'>;

/** Puts both models onto the backend in use. Throws FileError where the bundle does not hold what is needed. */
export async function openAskedRun({ name, blob }: ModelFile): Promise<AskedRun> {
  const { config, before, after, data, maxNewTokens } = await openBundledModel(blobSource(name, blob));
  const models = [new Model(config, before), new Model(config, after)] as const;
  return {
    answer: (prompt, options) => answerBoth(...models, data, prompt, { ...options, maxNewTokens }),
    suggestedPrompts: (count) => suggestedPrompts(data, count),
    dispose() {
      for (const model of models) model.dispose();
    },
  };
}
