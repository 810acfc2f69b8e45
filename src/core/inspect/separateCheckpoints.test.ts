import { describe, expect, it } from 'vitest';
import { fixture, fixtureFolder } from '../../testing/checkpointFixtures';
import { type ByteSource, bytesSource } from '../files/byteSource';
import { writeSafetensors } from '../safetensors';
import { separateCheckpoints } from './separateCheckpoints';

/** A file with one value a tensor, or with those given. */
const floats = (path: string, tensors: Record<string, number[]>) => {
  const list = Object.entries(tensors).map(([name, values]) => {
    return { name, shape: [values.length], dtype: 'F32' as const, values: Float32Array.from(values) };
  });
  return { path, source: bytesSource(path.slice(path.lastIndexOf('/') + 1), writeSafetensors(list)) };
};
const json = (path: string) => ({ path, source: bytesSource(path.slice(path.lastIndexOf('/') + 1), new Uint8Array()) });
const given = (source: ByteSource, folder = '') => ({ path: `${folder}${source.name}`, source });
const weights = { a: [0.5, -2], b: [1, 0, 3] };
const told = async (...files: Parameters<typeof separateCheckpoints>[0][number][]) =>
  (await separateCheckpoints(files)).map(({ name, isMask, files: own }) => [
    ...[name, isMask ? 'mask' : 'checkpoint'],
    own.map(({ path }) => path).join(' '),
  ]);

describe('separateCheckpoints', () => {
  it('takes files that share a tensor apart, in the order of their numbers', async () => {
    expect(
      await told(floats('step-100.safetensors', weights), json('config.json'), floats('step-20.safetensors', weights)),
    ).toEqual([
      ['step-20.safetensors', 'checkpoint', 'step-20.safetensors config.json'],
      ['step-100.safetensors', 'checkpoint', 'step-100.safetensors config.json'],
    ]);
  });

  it('keeps shards together, by their numbers or by what they hold', async () => {
    const shards = fixtureFolder('shards').map((source) => given(source));
    expect(await told(...shards)).toHaveLength(1);
    const [one] = await told(floats('first.safetensors', { a: [2] }), floats('second.safetensors', { b: [3] }));
    expect(one?.[2]).toBe('first.safetensors second.safetensors');
  });

  it('knows a mask by what it holds, whatever its name', async () => {
    const files = [
      floats('tuned.safetensors', weights),
      floats('a.safetensors', weights),
      floats('0-5.safetensors', { a: [0, 1], b: [0, 0, 1] }),
      floats('mask-dpo.safetensors', weights),
      given(fixture('mask.bin')),
    ];
    expect((await told(...files)).map(([name, kind]) => [name, kind])).toEqual([
      ['0-5.safetensors', 'mask'],
      ['a.safetensors', 'checkpoint'],
      ['mask-dpo.safetensors', 'checkpoint'],
      ['mask.bin', 'mask'],
      ['tuned.safetensors', 'checkpoint'],
    ]);
    expect(await told(floats('lper0_rper5.safetensors', { a: [0, 0] }))).toMatchObject([[{}, 'mask', {}]]);
    expect(await told(floats('zeros.safetensors', { a: [0, 0] }))).toMatchObject([[{}, 'checkpoint', {}]]);
  });

  it('takes each folder for one model: its highest weights, once though they lie there twice', async () => {
    expect(
      await told(
        floats('sft/model.safetensors', weights),
        floats('sft/pytorch_model.bin', weights),
        floats('sft/checkpoint-5/model.safetensors', weights),
        floats('sft/optimizer.pt', weights),
        floats('dpo/model.safetensors', weights),
        floats('lper0_rper5.safetensors', { a: [1, 0] }),
      ),
    ).toEqual([
      ['dpo/model.safetensors', 'checkpoint', 'dpo/model.safetensors'],
      ['lper0_rper5.safetensors', 'mask', 'lper0_rper5.safetensors'],
      ['sft/model.safetensors', 'checkpoint', 'sft/model.safetensors sft/pytorch_model.bin sft/optimizer.pt'],
    ]);
    const steps = [floats('out/checkpoint-100/model.safetensors', weights), json('out/notes.txt')];
    expect(await told(...steps, floats('out/checkpoint-50/model.safetensors', weights))).toMatchObject([
      ['out/checkpoint-50/model.safetensors', {}, {}],
      ['out/checkpoint-100/model.safetensors', {}, {}],
    ]);
  });

  it('leaves what cannot be opened to the one who opens it', async () => {
    expect(await told(json('broken.safetensors'), floats('good.safetensors', weights))).toMatchObject([
      ['broken.safetensors', 'checkpoint', 'broken.safetensors'],
      ['good.safetensors', 'checkpoint', 'good.safetensors'],
    ]);
    expect(await told(json('docs/notes.txt'))).toEqual([['docs/notes.txt', 'checkpoint', 'docs/notes.txt']]);
    expect(await told()).toEqual([]);
  });
});
