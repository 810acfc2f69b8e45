// Models as transformers 5.17 saves them, and configurations as 4.57 wrote them: opened like anybody's folder, logits and the gradient of one DPO loss
// beside what transformers computed, and written again to the byte. Fixtures: src/testing/fixtures/transformers.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ByteSource, bytesSource } from '../files/byteSource';
import type { OutFile } from '../files/writeCheckpoint';
import { dpoLoss } from '../losses/dpo';
import { valueAndGradients } from '../ops/gradients';
import { packExamples } from '../stages/batches';
import { tf } from '../tf';
import { parseHfConfig } from './hf';
import { forwardLogits, Model, policyLogps } from './model';
import { type OpenedModel, openModel } from './openModel';

const FOLDER = fileURLToPath(new URL('../../testing/fixtures/transformers', import.meta.url));
const NAMES = ['llama', 'mistral', 'qwen2', 'qwen3', 'gpt_neox', 'gpt_neox_sequential', 'gpt2'];
/** Tokens of a sequence that are its prompt, and β (make.py). */
const [PROMPT, BETA] = [4, 0.1];

interface Expected {
  ids: number[][];
  /** Of all tokens of all sequences. */
  logits: number[];
  loss: number;
  /** By weight: norm of its gradient, and Σ g_i cos i. */
  gradients: Record<string, [norm: number, projection: number]>;
}

const sourcesIn = (folder: string): ByteSource[] =>
  readdirSync(`${FOLDER}/${folder}`).map((name) => bytesSource(name, readFileSync(`${FOLDER}/${folder}/${name}`)));
const filesOf = (name: string): ByteSource[] => [...sourcesIn(name), ...sourcesIn('tokenizer')];
const jsonOf = (path: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8')) as unknown;

async function written({ chunks }: OutFile): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks()) parts.push(chunk);
  return Buffer.concat(parts);
}

describe.each(NAMES)('%s', (name) => {
  const expected = jsonOf(`${name}/expected.json`) as Expected;
  let opened: OpenedModel;
  let model: Model;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    opened = await openModel(filesOf(name), name);
    model = new Model(opened.config, await opened.weights());
  });
  afterAll(() => model.dispose());

  it('has the logits that transformers computes', async () => {
    const length = expected.ids[0]!.length;
    const ids = Int32Array.from(expected.ids.flat());
    const positions = ids.map((_, i) => i % length);
    const logits = tf.tidy(() => forwardLogits(model, { ids, positions, starts: positions.map((t, i) => i - t) }));
    const got = await logits.data();
    logits.dispose();
    const largest = Math.max(...expected.logits.map(Math.abs));
    expect(got).toHaveLength(expected.logits.length);
    const worst = Math.max(...expected.logits.map((wanted, i) => Math.abs(got[i]! - wanted)));
    expect(worst / largest).toBeLessThan(5e-6);
  });

  it('has the gradient of a DPO loss that transformers computes', async () => {
    const examples = expected.ids.map((ids) => ({ prompt: ids.slice(0, PROMPT), response: ids.slice(PROMPT) }));
    const batch = packExamples(examples, 0);
    const weights = [...model.parameters];
    const { value, gradients } = valueAndGradients(
      () => {
        const [policyChosenLogps, policyRejectedLogps] = tf.split(policyLogps(model, batch), 2) as tf.Tensor2D[];
        const [chosenMask, rejectedMask] = tf.split(
          tf.tensor2d(batch.responseMask, [2, batch.width]),
          2,
        ) as tf.Tensor2D[];
        const reference = tf.zerosLike(policyChosenLogps!);
        const policy = { policyChosenLogps: policyChosenLogps!, policyRejectedLogps: policyRejectedLogps! };
        const masks = { chosenMask: chosenMask!, rejectedMask: rejectedMask! };
        return dpoLoss({ ...policy, ...masks, refChosenLogps: reference, refRejectedLogps: reference }, { beta: BETA })
          .loss;
      },
      weights.map(([, weight]) => weight),
    );
    expect((await value.data())[0]).toBeCloseTo(expected.loss, 5);
    expect(weights.map(([weight]) => weight).toSorted()).toEqual(Object.keys(expected.gradients).toSorted());
    for (const [i, [weight]] of weights.entries()) {
      const values = [...(await gradients[i]!.data())];
      const [norm, projection] = expected.gradients[weight]!;
      const projected = values.reduce((sum, g, k) => sum + g * Math.cos(k), 0);
      expect([weight, Math.abs(Math.hypot(...values) - norm) < 1e-5 * norm]).toEqual([weight, true]);
      expect([weight, Math.abs(projected - projection) < 2e-5 * norm]).toEqual([weight, true]);
    }
    tf.dispose([value, ...gradients]);
  });

  it('is written as it came, to the byte', async () => {
    const plan = await opened.plan(await opened.weights());
    const files = filesOf(name);
    const weightFiles = files.filter((file) => /safetensors|index/.test(file.name)).map((file) => file.name);
    expect(plan.files.map((file) => file.name).toSorted()).toEqual(weightFiles.toSorted());
    for (const file of [...plan.files, ...opened.carried]) {
      const source = files.find((one) => one.name === file.name)!;
      const original = Buffer.from(await source.read(0, source.size));
      expect([file.name, (await written(file)).equals(original)]).toEqual([file.name, true]);
    }
    const beside = opened.carried.map((file) => file.name).toSorted();
    expect(beside).toEqual(['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json']);
  });

  it('is the same model in the configuration of transformers 4.57', () => {
    expect(parseHfConfig(jsonOf(`${name}/config-4.57.json`))).toEqual(opened.config);
  });
});
