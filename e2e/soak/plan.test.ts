// What a soak plans: the same for the same seed, every kind in its share, moments over the whole run, and settings that the studio takes as they are.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/core/parseConfig';
import { createRng } from '../../src/core/rng';
import { queryOf, WASM_CONFIGURATIONS, WEBGPU_CONFIGURATIONS } from './configurations';
import { countKinds, KINDS, planSoak, WAYS } from './plan';

const AVAILABLE = { wasm: WASM_CONFIGURATIONS, webgpu: WEBGPU_CONFIGURATIONS };
const plan = (seed: number, kills = 200) => planSoak(createRng(seed), kills, KINDS, AVAILABLE);

describe('the plan of a soak', () => {
  it('is its seed’s', () => {
    expect(plan(5)).toEqual(plan(5));
    expect(plan(5)).not.toEqual(plan(6));
  });

  it('has as many kills as asked for, each kind at least once and most of the common ones', () => {
    expect(countKinds(5, KINDS)).toEqual(new Map(KINDS.map((kind) => [kind, 1])));
    const counts = countKinds(200, KINDS);
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(200);
    expect([...counts.entries()]).toEqual([
      ['tab', 60],
      ['browser', 44],
      ['worker', 44],
      ['device', 12],
      ['storage', 40],
    ]);
    for (const kills of [5, 6, 37, 200]) expect(plan(3, kills).flatMap((run) => run.kills)).toHaveLength(kills);
  });

  it('goes through a run in order, and over all runs evenly', () => {
    const runs = plan(1);
    for (const { kills } of runs)
      expect(kills.map(({ at }) => at)).toEqual(kills.map(({ at }) => at).toSorted((a, b) => a - b));
    const tenths = new Array<number>(10).fill(0);
    for (const { at } of runs.flatMap(({ kills }) => kills)) tenths[Math.floor(10 * at)]!++;
    for (const count of tenths) expect(Math.abs(count - 20)).toBeLessThanOrEqual(2);
  });

  it('takes devices from WebGPU alone, kills in every way, and aims at saves and at moments', () => {
    const runs = plan(1);
    for (const { configuration, kills } of runs)
      for (const { kind } of kills) expect(configuration.settings.backend === 'webgpu').toBe(kind === 'device');
    const kills = runs.flatMap((run) => run.kills);
    expect(new Set(kills.map(({ way }) => way))).toEqual(new Set(Object.values(WAYS).flat()));
    expect(new Set(kills.flatMap(({ faults }) => faults?.fault ?? []))).toEqual(
      new Set(['quota', 'unreadable', 'abort', 'short']),
    );
    const aimed = kills.filter(({ aim }) => aim === 'save').length;
    expect(aimed).toBeGreaterThan(40);
    expect(aimed).toBeLessThan(120);
  });

  it('uses every configuration in a long soak and few in a short one', () => {
    expect(new Set(plan(1).map(({ configuration }) => configuration)).size).toBe(10);
    expect(new Set(plan(1, 6).map(({ configuration }) => configuration)).size).toBe(2);
  });

  it('has settings that the studio takes as they stand', () => {
    for (const configuration of [...WASM_CONFIGURATIONS, ...WEBGPU_CONFIGURATIONS]) {
      const { config, problems } = parseConfig(Object.fromEntries(new URLSearchParams(queryOf(configuration, 7))));
      expect(problems, configuration.name).toEqual([]);
      expect(config).toMatchObject({ ...configuration.settings, seed: 7 });
    }
  });
});
