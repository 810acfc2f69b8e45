import { describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { runName } from './runName';
import { createMemory } from './storage';
import { formatUrl, parseUrl } from './urlState';

describe('address', () => {
  it('reads settings, view and autostart', () => {
    const url = parseUrl('?preset=tiny&backend=wasm&seed=7&autostart=1&view=tokens');
    expect(url).toMatchObject({ view: 'tokens', autostart: true, problems: [] });
    expect(url.config).toEqual({ ...presetConfig('tiny'), backend: 'wasm', seed: 7 });
  });

  it('holds only what differs, and reads back the same', () => {
    expect(formatUrl(presetConfig(), 'run')).toBe('');
    expect(formatUrl(presetConfig('tiny'), 'data')).toBe('?preset=tiny&view=data');
    const config = { ...presetConfig('default', 'qa'), seed: 9, styleBias: true, beta: 0.3 };
    expect(parseUrl(formatUrl(config, 'run')).config).toEqual(config);
  });

  it('clamps and names what is wrong', () => {
    const { config, problems } = parseUrl(
      '?seed=-3&preset=scratch&layers=99&view=nowhere&foo=1&beta=x&seed=5&__proto__=1',
    );
    expect([config.seed, config.layers, config.beta]).toEqual([0, 48, 0.1]);
    expect(problems.map(({ field }) => field)).toEqual(['view', 'seed', 'seed', 'layers', 'beta', 'foo', '__proto__']);
  });

  it('carries a place on the time line', () => {
    const at = { stage: 'improving', step: 12 } as const;
    const address = formatUrl(presetConfig('tiny'), 'samples', {}, at);
    expect(address).toBe('?preset=tiny&view=samples&at=improving-12');
    expect(parseUrl(address)).toMatchObject({ at, view: 'samples', problems: [] });
    const wrong = parseUrl('?at=improving-x');
    expect(wrong.at).toBeNull();
    expect(wrong.problems).toEqual([{ field: 'at', message: expect.stringContaining('“improving-x” is no moment') }]);
  });

  it('keeps unknown names out of the inputs', () => {
    expect(parseUrl('?foo=1&seed=2').inputs).toEqual({ seed: '2' });
  });
});

describe('memory', () => {
  it('survives refused storage, broken and foreign values', () => {
    const refused = createMemory(() => {
      throw new DOMException('refused', 'SecurityError');
    });
    expect([refused.theme(), refused.settings(), refused.saveTheme('dark'), refused.saveSettings({})]).toEqual([
      'system',
      {},
      false,
      false,
    ]);
    const holding = (value: string) => createMemory(() => ({ getItem: () => value, setItem: () => {} }));
    for (const value of ['{', 'null', '3', '[]', '{"foo":"1"}', '{"seed":3}'])
      expect(holding(value).settings()).toEqual({});
    expect(holding('{"seed":"3"}').settings()).toEqual({ seed: '3' });
    expect(holding('purple').theme()).toBe('system');
    expect(holding('dark').theme()).toBe('dark');
  });
});

describe('the memory for snapshots', () => {
  it('is remembered; nonsense and what is out of bounds gives 64 MB', () => {
    const megabytes = (value: string | null) =>
      createMemory(() => ({ getItem: () => value, setItem: () => {} })).snapshotMegabytes();
    expect(['0', '0.02', '1000'].map(megabytes)).toEqual([0, 0.02, 1000]);
    expect([null, '', ' ', 'much', '-1', '1001', 'NaN', 'Infinity'].map(megabytes)).toEqual(Array(8).fill(64));
  });
});

describe('run names', () => {
  it('are the same for the same seed, and numbered when taken', () => {
    expect(runName(1)).toBe(runName(1));
    expect(runName(1)).toMatch(/^[a-z]+-[a-z]+$/);
    expect(new Set(Array.from({ length: 50 }, (_, seed) => runName(seed))).size).toBeGreaterThan(40);
    expect(runName(1, [runName(1), `${runName(1)} 2`])).toBe(`${runName(1)} 3`);
  });
});
