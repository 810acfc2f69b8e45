import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../core/safetensors';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
const SMALL = [
  ...['prompts=8', 'samplesPerPrompt=4', 'batchTokens=256', 'warmupSteps=2', 'forgettingSteps=2', 'improvingSteps=2'],
  ...['heldOutPrompts=10', 'otherPrompts=10', 'klPrompts=10'],
].join(',');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allo-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What `npm run allo -- …` does after its set-up. */
const allo = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const command = [TSX, join(ROOT, 'src/cli/allo.ts'), ...args];
    execFile(process.execPath, command, { cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });

const tensors = (name: string) => openSafetensors(readFileSync(join(folder, 'out', name)));

describe('npm run allo', () => {
  it('prints the promised JSON last and writes weights, masks and metrics that agree with it', async () => {
    const args = ['--preset', 'tiny', '--seed', '3', '--set', SMALL, '--out', 'out', '--json'];
    const { code, stdout, stderr } = await allo(...args);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(summary).toMatchObject({ preset: 'tiny', family: 'math', seed: 3, backend: 'wasm', arm: 'allo' });
    expect(Object.keys(summary).toSorted()).toEqual(
      [
        ...['arm', 'backend', 'evaluation', 'family', 'klToSft', 'masks', 'movedPercent', 'preset', 'seconds'],
        ...['seed', 'stages', 'tokenRewardAuroc'],
      ].toSorted(),
    );
    expect(summary.stages.map(({ name }: { name: string }) => name)).toEqual([
      ...['sampling', 'pairs', 'warm-up', 'mask', 'token-rewards', 'forgetting', 'improving', 'evaluation'],
    ]);
    for (const moment of ['before', 'after'])
      expect(Object.keys(summary.evaluation[moment])).toEqual(['math', 'qa', 'instruct']);
    // Progress goes to stderr.
    expect(stderr).toMatch(/warm-up done in \d+\.\d s {2}loss 0\.6931 → 0\.69\d\d/);

    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual([
      ...['mask-forgetting.safetensors', 'mask-improving.safetensors', 'metrics.csv'],
      ...['model.safetensors', 'sft.safetensors'],
    ]);
    const [model, sft] = [tensors('model.safetensors'), tensors('sft.safetensors')];
    const [forget, improve] = [tensors('mask-forgetting.safetensors'), tensors('mask-improving.safetensors')];
    const names = sft.entries.map(({ name }) => name);
    for (const file of [model, forget, improve]) expect(file.entries.map(({ name }) => name)).toEqual(names);
    let [total, moved] = [0, 0];
    const selected = { forgetting: 0, improving: 0 };
    for (const name of names) {
      expect(model.entry(name)).toMatchObject({ dtype: 'F32', shape: sft.entry(name).shape });
      expect(forget.entry(name)).toMatchObject({ dtype: 'U8', shape: sft.entry(name).shape });
      const [now, then] = [model.readFloats(name), sft.readFloats(name)];
      const [f, i] = [forget.read(name) as Uint8Array, improve.read(name) as Uint8Array];
      total += now.length;
      now.forEach((value, at) => {
        selected.forgetting += f[at]!;
        selected.improving += i[at]!;
        if (value === then[at]) return;
        moved++;
        if (!f[at] && !i[at]) throw new Error(`${name}[${at}] moved outside both masks`);
      });
    }
    expect(summary.masks).toEqual({
      forgetting: { requestedPercent: 5, selected: selected.forgetting, total },
      improving: { requestedPercent: 10, selected: selected.improving, total },
    });
    expect([selected.forgetting, selected.improving]).toEqual([Math.floor(total * 0.05), Math.floor(total * 0.1)]);
    expect(summary.movedPercent).toBeCloseTo((100 * moved) / total, 10);

    const [head, ...rows] = readFileSync(join(folder, 'out', 'metrics.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(head).toMatch(/^stage,series,step,loss,learningRate,gradientNorm,tokens,/);
    expect(rows.map((row) => row.split(',').slice(0, 3).join(' '))).toEqual([
      ...['warm-up warm-up 1', 'warm-up warm-up 2', 'forgetting forgetting 1', 'forgetting forgetting 2'],
      ...['improving improving 1', 'improving improving 2'],
    ]);
    const losses = summary.stages.find(({ name }: { name: string }) => name === 'improving');
    expect(rows.slice(-2).map((row) => Number(row.split(',')[3]))).toEqual([losses.firstLoss, losses.lastLoss]);
  });

  it('refuses bad input with a sentence and status 1, before anything runs', async () => {
    writeFileSync(join(folder, 'bad.jsonl'), '{"input": 5}\nnonsense\n');
    const cases: [string[], RegExp][] = [
      [['--colour', 'red'], /Unknown option “--colour”\. Known: --preset/],
      [['--seed', 'x'], /Seed: "x" is not a number/],
      [['--preset', 'tiny', '--set', 'prompts=1e9'], /Prompts: 1000000000 is outside 4…8192/],
      [['--set', 'prompts'], /“prompts” is no setting: write name=value/],
      [['--data', 'bad.jsonl'], /bad\.jsonl/],
    ];
    await Promise.all(
      cases.map(async ([args, message]) => {
        const { code, stdout, stderr } = await allo(...args, '--out', 'never');
        expect(stderr).toMatch(message);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).not.toMatch(/\n\s+at /);
      }),
    );
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
