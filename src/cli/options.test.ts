import { describe, expect, it } from 'vitest';
import { parseConfig } from '../core/parseConfig';
import { readOptions, readSettings, refuseProblems } from './options';

const DEFAULTS = { preset: 'default', seed: '1', styleBias: '', json: '', out: null as string | null };
const read = (...args: string[]) => readOptions(args, DEFAULTS);

describe('readOptions', () => {
  it('reads values in both forms, switches and dashed names', () => {
    expect(read()).toEqual(DEFAULTS);
    expect(read('--preset', 'tiny', '--seed=7', '--style-bias', '--json', '--out', 'a b')).toEqual({
      ...{ preset: 'tiny', seed: '7', styleBias: '1', json: '1', out: 'a b' },
    });
    expect(read('--preset=').preset).toBe('');
    expect(read('--out=a=b').out).toBe('a=b');
    // The last one wins.
    expect(read('--seed', '1', '--seed', '2').seed).toBe('2');
    expect(DEFAULTS.preset).toBe('default');
  });

  it('names an unknown option and lists the known ones', () => {
    expect(() => read('--sede', '7')).toThrow(
      'Unknown option “--sede”. Known: --preset, --seed, --style-bias, --json, --out.',
    );
    for (const bad of ['tiny', '-s', '--', '--constructor', '--to-string']) expect(() => read(bad)).toThrow(`“${bad}”`);
  });

  it('says which option lacks its value', () => {
    expect(() => read('--json', '--out')).toThrow('Option “--out” needs a value.');
  });
});

describe('readSettings', () => {
  it('reads name=value pairs', () => {
    expect(readSettings('prompts=12,beta=0.5')).toEqual({ prompts: '12', beta: '0.5' });
    expect(readSettings('a=b=c')).toEqual({ a: 'b=c' });
    expect(readSettings(null)).toEqual({});
    expect(readSettings('')).toEqual({});
  });

  it('names an entry that is none', () => {
    for (const bad of ['prompts', '=3', 'a=1,b'])
      expect(() => readSettings(bad)).toThrow(/is no setting: write name=value/);
  });
});

describe('refuseProblems', () => {
  const refusal = (settings: Record<string, string>) => () => refuseProblems(parseConfig(settings).problems);

  it('says what is wrong, and promises no other value', () => {
    expect(refusal({ warmupSteps: '3' })).not.toThrow();
    expect(refusal({ warmupSteps: '-3', odd: '1' })).toThrow(
      /^Warm-up steps: -3 is outside 2…5000 \(whole numbers\)\. Unknown setting “odd”\.$/,
    );
    expect(refusal({ backend: 'foo' })).toThrow(/^Backend: "foo" is not one of [a-z, ]+\.$/);
    expect(refusal({ styleBias: 'maybe' })).toThrow(/is neither 1 nor 0\.$/);
  });
});
