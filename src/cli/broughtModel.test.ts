// `npm run allo -- --model`: from a folder on disk to a folder on disk, and what is refused before anything runs.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../core/bundle/openBundle';
import { readRun } from '../core/bundle/readRun';
import type { ImportPreview } from '../core/data/importPreview';
import { bytesSource } from '../core/files/byteSource';
import { openModel } from '../core/model/openModel';
import { presetConfig } from '../core/presets';
import { openSafetensors } from '../core/safetensors';
import { askBundle } from '../testing/askBundle';
import { type FolderOptions, sumsFile, type TinyName, tinyFolder } from '../testing/modelFolder';
import { headlessBackend } from './backend';
import { fitted } from './broughtModel';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
const SMALL =
  'warmupSteps=2,forgettingSteps=2,improvingSteps=2,rewardSteps=2,heldOutPrompts=10,klPrompts=10,improvingLearningRate=1e-3';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'allo-model-'));
  writeFileSync(join(folder, 'sums.jsonl'), sumsFile('pairs'));
  await writeFolder('llama', 'llama_tiny', { dtype: 'BF16', secondHead: true });
  await writeFolder('gpt2', 'gpt2_tiny', {});
  await writeFolder('mamba', 'llama_tiny', { config: { model_type: 'mamba' } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function writeFolder(path: string, name: TinyName, options: FolderOptions): Promise<void> {
  mkdirSync(join(folder, path));
  for (const source of tinyFolder(name, options))
    writeFileSync(join(folder, path, source.name), await source.read(0, source.size));
}

const allo = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const command = [TSX, join(ROOT, 'src/cli/allo.ts'), ...args];
    execFile(process.execPath, command, { cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
const read = (...path: string[]): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, ...path)));

describe('npm run allo -- --model', () => {
  it('writes the model’s folder once more: the same files, only masked weights different', async () => {
    const args = ['--model', 'llama', '--data', 'sums.jsonl', '--out', 'out', '--set', SMALL];
    const { code, stderr } = await allo(...args, '--bundle', 'run.allo.zip');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stderr).toMatch(/^llama: llama, \d+ parameters in BF16\n/);
    expect(stderr).toMatch(/needs about \d+ MB on WASM/);
    expect(stderr).toMatch(/\d+ of \d+ weights \(\d+\.\d\d %\) have changed.*; the model is in out\n/);
    const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual([...names, 'allo', 'model.safetensors'].toSorted());
    for (const name of names) expect(read('out', name)).toEqual(read('llama', name));
    const [before, after] = [read('llama', 'model.safetensors'), read('out', 'model.safetensors')].map((bytes) =>
      openSafetensors(bytes),
    );
    const masks = ['forgetting', 'improving'].map((purpose) =>
      openSafetensors(read('out', 'allo', `mask-${purpose}.safetensors`)),
    );
    expect(after!.entries.map(({ name, dtype }) => [name, dtype])).toEqual(
      before!.entries.map(({ name, dtype }) => [name, dtype]),
    );
    let moved = 0;
    for (const { name } of before!.entries) {
      const own = name === 'lm_head.weight' ? 'model.embed_tokens.weight' : name;
      const [old, now] = [before!.readFloats(name), after!.readFloats(name)];
      const selected = masks.map((mask) => mask.read(own) as Uint8Array);
      now.forEach((value, i) => {
        if (value === old[i]) return;
        moved++;
        if (!selected.some((mask) => mask[i])) throw new Error(`${name}[${i}] moved outside both masks`);
      });
    }
    expect(moved).toBeGreaterThan(100);
    expect(after!.read('lm_head.weight')).toEqual(after!.read('model.embed_tokens.weight'));
    // The result is a model folder like the one it came from.
    const files = readdirSync(join(folder, 'out')).filter((name) => name !== 'allo');
    const again = await openModel(files.map((name) => bytesSource(name, read('out', name))));
    expect((await again.weights()).size).toBeGreaterThan(10);
    expect(readFileSync(join(folder, 'out', 'allo', 'metrics.csv'), 'utf8')).toMatch(/improving,improving,2,/);
    // And the run opens like any other.
    const bundle = await openBundle(bytesSource('run.allo.zip', read('run.allo.zip')));
    const opened = await readRun(bundle);
    expect(opened.log.length).toBeGreaterThan(10);
    // Its words are the model's own, and where the model is not at hand its copies in the bundle answer as they did in the run.
    const model = await openModel(tinyFolder('llama_tiny'), 'tiny');
    expect(opened.started.vocabulary).toEqual(model.tokenizer.vocabulary);
    await headlessBackend('wasm');
    expect(await askBundle(bytesSource('run.allo.zip', read('run.allo.zip')))).toBe(3);
  });

  it('refuses with a sentence and status 1, and leaves no folder behind', async () => {
    const data = ['--data', 'sums.jsonl'];
    const cases: [string[], RegExp][] = [
      [['--model', 'gpt2'], /--model needs --data/],
      [['--model', 'nowhere', ...data], /nowhere: could not be opened/],
      [['--model', 'mamba', ...data], /config\.json, field “model_type”: "mamba" is not supported/],
      [['--model', 'gpt2', ...data, '--out', 'gpt2'], /--out is the folder of --model/],
      [['--model', 'gpt2', ...data, '--preset', 'tiny'], /leave them out with --model/],
      [['--model', 'gpt2', ...data, '--gpu-memory', 'much'], /“much” is no number of gigabytes/],
    ];
    await Promise.all(
      cases.map(async ([args, message]) => {
        const { code, stdout, stderr } = await allo(...args, ...(args.includes('--out') ? [] : ['--out', 'never']));
        expect(stderr).toMatch(message);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).not.toMatch(/\n\s+at /);
      }),
    );
    expect(existsSync(join(folder, 'never', 'model.safetensors'))).toBe(false);
  });

  it('says what would have to shrink before anything is allocated, and does it with --fit', async () => {
    const opened = await openModel(tinyFolder('llama_tiny'), 'tiny');
    // The sizes of SmolLM2-135M and of a model ten times as large; nothing of them is read.
    const sizes = {
      vocabularySize: 49152,
      width: 576,
      layers: 30,
      heads: 9,
      kvHeads: 3,
      mlpWidth: 1536,
      maxPositions: 8192,
    };
    const shaped = (changes: object, parameters: number) => {
      const config = { ...opened.config, ...sizes, ...changes };
      return { ...opened, config, summary: { ...opened.summary, config, parameters } };
    };
    const tokens = (median: number, max: number) => ({ min: 1, median, p95: max, max, mean: median });
    const preview = { promptTokens: tokens(60, 90), responseTokens: tokens(60, 96) } as unknown as ImportPreview;
    const backend = { name: 'webgpu', label: 'WebGPU', threads: 1, adapter: null, refused: [], selfCheck: [] } as const;
    const config = { ...presetConfig('default'), rewardSource: 'train', batchTokens: 1024, recompute: true } as const;
    const of = (gigabytes: number, shrinks: boolean, model = shaped({}, 134_515_008)) =>
      fitted(model, { config, preview, backend, gpuBytes: gigabytes * 1e9, shrinks });
    expect(of(8, false).config).toBe(config);
    expect(of(8, false).text).toMatch(
      /^needs about 3\d\d\d MB on WebGPU \(most in .*\) and, very roughly, about \d+ minutes$/,
    );
    expect(() => of(3, false)).toThrow(/It fits in \d+ MB with: .*Say --fit to run it like that\./);
    const shrunk = of(3, true);
    expect(shrunk.config).not.toEqual(config);
    expect(shrunk.text).toMatch(/no reward model/);
    expect(() => of(8, true, shaped({ width: 2304, heads: 36, kvHeads: 12, mlpWidth: 6144 }, 1.8e9))).toThrow(
      /MB too much\. Take a smaller model, or data with shorter sequences\./,
    );
  });
});
