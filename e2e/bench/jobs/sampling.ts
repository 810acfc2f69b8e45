// Greedy decoding with the key/value cache, and the same tokens by running every prefix again from its start.
import { generate, packed } from '../../../src/core/model/generate';
import { forwardHidden, headLogits, Model } from '../../../src/core/model/model';
import { argmax } from '../../../src/core/sampler';
import { tf } from '../../../src/core/tf';
import type { SamplingJob, SamplingResult } from '../protocol';
import { batchOf, modelConfigOf, weightsOf } from './data';
import { startBackend } from './engines/allo';

type Rows = readonly (readonly number[])[];

async function withCache(model: Model, prompts: Rows, maxNewTokens: number): Promise<number[][]> {
  const choose = (_: number, logits: Float32Array) => argmax(logits);
  const decoding = generate(model, prompts, { maxNewTokens, endIds: [], padId: 0, choose });
  for (;;) {
    const { done, value } = await decoding.next();
    if (done) return value;
  }
}

/** Only the last token of each row goes through the head. */
async function byRerunning(model: Model, prompts: Rows, maxNewTokens: number): Promise<number[][]> {
  const { vocabularySize } = model.config;
  const rows = prompts.map((prompt) => [...prompt]);
  for (let t = 0; t < maxNewTokens; t++) {
    const logits = tf.tidy(() => {
      let end = -1;
      const last = rows.map((row) => (end += row.length));
      const hidden = forwardHidden(model, packed(rows));
      return headLogits(model, tf.gather(hidden, tf.tensor1d(last, 'int32')) as tf.Tensor2D);
    });
    const values = await logits.data();
    logits.dispose();
    rows.forEach((row, b) => {
      row.push(argmax(values.subarray(b * vocabularySize, (b + 1) * vocabularySize)));
    });
  }
  return rows.map((row, b) => row.slice(prompts[b]!.length));
}

const WARM_UP_TOKENS = 2;

export async function measureSampling(job: SamplingJob): Promise<SamplingResult> {
  await startBackend(job.backend);
  const { model: shape, rows, promptTokens, newTokens } = job;
  const model = new Model(modelConfigOf(shape), weightsOf(shape));
  const prompts = batchOf({ ...shape, batch: rows }, 0).map((row) => [...row.subarray(0, promptTokens)]);
  const time = async (decode: typeof withCache): Promise<[ms: number, tokens: number[]]> => {
    await decode(model, prompts, WARM_UP_TOKENS);
    const start = performance.now();
    const answers = await decode(model, prompts, newTokens);
    return [performance.now() - start, answers.flat()];
  };
  const [cachedMs, cached] = await time(withCache);
  const [rerunMs, rerun] = await time(byRerunning);
  const same = cached.filter((id, i) => id === rerun[i]).length;
  return { tokens: cached.length, cachedMs, rerunMs, agreement: same / cached.length };
}
