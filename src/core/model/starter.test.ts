import { describe, expect, it } from 'vitest';
import { loadStarterFile } from '../../cli/starterFiles';
import { TINY_MODEL, tinyWeights } from '../../testing/tinyModel';
import { createBuiltinDataset } from '../data/builtin';
import { presetConfig } from '../presets';
import { openSafetensors } from '../safetensors';
import { sha256 } from '../sha256';
import { type ModelConfig, parameterCount } from './config';
import { modelConfigOf } from './fromRun';
import {
  encodeCheckpoint,
  encodeMask,
  loadManifest,
  loadStarterModel,
  StarterError,
  type StarterLoader,
  type StarterManifest,
} from './starter';

const encode = (value: unknown): ArrayBuffer => {
  const bytes = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  return bytes.buffer.slice(0, bytes.length);
};
const CHECKPOINT = encodeCheckpoint(TINY_MODEL, tinyWeights(), 'F16');

function manifestOf(bytes: Uint8Array): StarterManifest {
  const entry = (file: string) => ({
    ...{ file, sha256: sha256(bytes), bytes: bytes.length },
    ...{ steps: 1, tokens: 2, seconds: 3 },
  });
  return {
    ...{ version: 1, command: 'made by a test', seed: 1, heldOutPrompts: 9 },
    sizes: { architecture: 'llama', layers: 2, width: 16, heads: 2, mlpWidth: 24 },
    models: { base: entry('base.st'), sft: entry('sft.st'), reward: entry('reward.st') },
    ...{ greedy: { math: 50 }, sampled: { math: 40 }, rewardAuroc: { math: 0.9 } },
  };
}

/** A manifest that promises `config`, with the checkpoint of the usual model. */
function shipped(config: ModelConfig): { manifest: StarterManifest; bytes: Uint8Array } {
  const manifest = manifestOf(CHECKPOINT);
  return { manifest: { ...manifest, sizes: { ...manifest.sizes, layers: config.layers } }, bytes: CHECKPOINT };
}

/** The error that loading ends with, which must be a StarterError. */
async function problem(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StarterError);
  return (error as StarterError).message;
}

describe('loadManifest', () => {
  const load = (value: unknown) => loadManifest('tiny', async () => encode(value));
  const good = manifestOf(CHECKPOINT);

  it('reads what was written', async () => {
    expect(await load(good)).toEqual(good);
  });

  it.each<[string, unknown]>([
    ['version', { ...good, version: 2 }],
    ['models.sft.sha256', { ...good, models: { ...good.models, sft: { ...good.models.sft, sha256: 'abc' } } }],
    ['models.reward.bytes', { ...good, models: { ...good.models, reward: { ...good.models.reward, bytes: 0 } } }],
    ['models.base.file', { ...good, models: { ...good.models, base: { ...good.models.base, file: '../x/y' } } }],
    ['models.base', { ...good, models: { ...good.models, base: undefined } }],
    ['sizes.width', { ...good, sizes: { ...good.sizes, width: '64' } }],
    ['greedy.math', { ...good, greedy: { math: 'most' } }],
  ])('names file and field: %s', async (field, value) => {
    expect(await problem(load(value))).toContain(`tiny/manifest.json, field “${field}”`);
  });

  it('names the file when it is no JSON, no object or cannot be had', async () => {
    expect(await problem(load('{"version": 1,'))).toMatch(/^The starter's tiny\/manifest\.json could not be read: /);
    expect(await problem(load([]))).toContain('tiny/manifest.json');
    const missing: StarterLoader = () => Promise.reject(new Error('HTTP 404'));
    expect(await problem(loadManifest('tiny', missing))).toContain('tiny/manifest.json could not be read: HTTP 404');
  });
});

describe('loadStarterModel', () => {
  const load = (bytes: Uint8Array, config: ModelConfig = TINY_MODEL, manifest = manifestOf(CHECKPOINT)) =>
    loadStarterModel('tiny', 'sft', manifest, config, async (path) => {
      expect(path).toBe('tiny/sft.st');
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    });

  it('gives float32 weights: the f16 values, exactly', async () => {
    const weights = await load(CHECKPOINT);
    expect([...weights.keys()]).toEqual([...tinyWeights().keys()]);
    for (const [name, values] of tinyWeights())
      for (const [i, x] of values.entries()) {
        // Half precision has 11 significant bits.
        expect(Math.abs(weights.get(name)![i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -11 + 2 ** -25);
      }
  });

  it('refuses a flipped bit wherever it is', async () => {
    for (const at of [0, 9, 500, CHECKPOINT.length >> 1, CHECKPOINT.length - 1]) {
      const damaged = CHECKPOINT.slice();
      damaged[at] = damaged[at]! ^ 1;
      const message = await problem(load(damaged));
      expect(message).toMatch(
        /^The starter's tiny\/sft\.st is damaged \(SHA-256 [0-9a-f]{12}…, expected [0-9a-f]{12}…\)/,
      );
      expect(message).toContain('npm run make-starter');
    }
  });

  it('refuses a file that is cut, empty or too long, with both sizes', async () => {
    for (const length of [CHECKPOINT.length - 1, 0, 8]) {
      const message = await problem(load(CHECKPOINT.subarray(0, length)));
      expect(message).toContain(`tiny/sft.st has ${length} bytes, expected ${CHECKPOINT.length}`);
    }
    expect(await problem(load(new Uint8Array(CHECKPOINT.length + 3)))).toContain('bytes, expected');
  });

  it('names the file when it cannot be had', async () => {
    const missing: StarterLoader = () => Promise.reject(new Error('HTTP 404'));
    const loading = loadStarterModel('tiny', 'sft', manifestOf(CHECKPOINT), TINY_MODEL, missing);
    expect(await problem(loading)).toBe("The starter's tiny/sft.st could not be read: HTTP 404");
  });

  it('names the tensor that is missing or has another size', async () => {
    const { manifest, bytes } = shipped({ ...TINY_MODEL, layers: 3 });
    expect(await problem(load(bytes, { ...TINY_MODEL, layers: 3 }, manifest))).toMatch(
      /tiny\/sft\.st.*model\.layers\.2\.self_attn\.q_proj\.weight/,
    );
    expect(await problem(load(CHECKPOINT, { ...TINY_MODEL, vocabularySize: 13 }))).toContain(
      'tiny/sft.st: tensor “model.embed_tokens.weight” has 192 values, expected 208.',
    );
  });

  it.each([
    ['layers 2, but the settings ask for 3', { layers: 3 }],
    ['width 16, but the settings ask for 32', { width: 32 }],
    // The shapes are the same: only the manifest tells.
    ['heads 2, but the settings ask for 4', { heads: 4, kvHeads: 4 }],
    ['MLP width 24, but the settings ask for 32', { mlpWidth: 32 }],
    ['architecture llama, but the settings ask for gpt2', { architecture: 'gpt2' as const }],
  ])('refuses settings of another model: %s', async (text, changes) => {
    expect(await problem(load(CHECKPOINT, { ...TINY_MODEL, ...changes }))).toContain(
      `The shipped tiny starter has ${text}.`,
    );
  });

  it('refuses a file that is no safetensors file even when its digest is right', async () => {
    const bytes = new TextEncoder().encode('this is no checkpoint at all');
    expect(await problem(load(bytes, TINY_MODEL, manifestOf(bytes)))).toContain('tiny/sft.st');
  });
});

describe('the shipped Tiny starter', () => {
  it('is what its manifest says', async () => {
    const config = modelConfigOf(presetConfig('tiny'), createBuiltinDataset('math', { styleBias: false }));
    const manifest = await loadManifest('tiny', loadStarterFile);
    const { layers, width, heads, mlpWidth } = presetConfig('tiny');
    expect(manifest.sizes).toEqual({ architecture: 'llama', layers, width, heads, mlpWidth });
    for (const which of ['base', 'sft', 'reward'] as const) {
      const weights = await loadStarterModel('tiny', which, manifest, config, loadStarterFile);
      expect([...weights.values()].reduce((sum, { length }) => sum + length, 0)).toBe(parameterCount(config));
    }
    for (const auroc of Object.values(manifest.rewardAuroc)) expect(auroc).toBeGreaterThan(0.85);
  });
});

describe('encoding', () => {
  it('writes float32 checkpoints bit for bit, in model order', () => {
    const file = openSafetensors(encodeCheckpoint(TINY_MODEL, tinyWeights(), 'F32'));
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.entries.map(({ name }) => name).toSorted()).toEqual([...tinyWeights().keys()].toSorted());
    for (const [name, values] of tinyWeights()) expect(file.readFloats(name)).toEqual(values);
    expect(file.entry('model.layers.1.mlp.up_proj.weight')).toMatchObject({ dtype: 'F32', shape: [24, 16] });
  });

  it('writes masks as U8 under the same names and shapes', () => {
    const mask = new Map([...tinyWeights()].map(([name, values]) => [name, Uint8Array.from(values, (x) => +(x > 0))]));
    const file = openSafetensors(encodeMask(TINY_MODEL, mask));
    for (const [name, bits] of mask) expect(file.read(name)).toEqual(bits);
    expect(file.entry('model.embed_tokens.weight')).toMatchObject({ dtype: 'U8', shape: [12, 16] });
  });
});
