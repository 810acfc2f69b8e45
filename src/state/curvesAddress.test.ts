import { describe, expect, it } from 'vitest';
import { FIELD_NAMES } from '../core/fields';
import { presetConfig } from '../core/presets';
import { curvesParameters, isCurvesParameter, parseCurvesAddress } from './curvesAddress';
import { type CurvesChoice, FIRST_CURVES } from './curvesChoice';
import { isChoiceParameter } from './neuronsAddress';
import { isTokensParameter } from './tokensChoice';
import { formatUrl, parseUrl } from './urlState';

const FULL: CurvesChoice = {
  ...FIRST_CURVES,
  zoom: { from: { stage: 'warm-up', step: 10 }, to: { stage: 'token-rewards', step: 3 } },
  ...{ hidden: ['speed', 'kl'], log: ['gradient-norm'], updates: 'log', window: 50 },
};

describe('the Curves view in the address', () => {
  it('is nothing at first, and comes back as it was', () => {
    expect(curvesParameters(FIRST_CURVES)).toEqual([]);
    const address = formatUrl(presetConfig(), 'curves', { curves: FULL });
    expect(address).toBe(
      '?view=curves&zoom=warm-up-10+token-rewards-3&smoothing=50&axis=log&log=gradient-norm&hide=speed+kl',
    );
    const { curves, problems } = parseUrl(address);
    expect({ ...FIRST_CURVES, ...curves }).toEqual(FULL);
    expect(problems).toEqual([]);
    expect(formatUrl(presetConfig(), 'run', { curves: FULL })).toBe('');
  });

  it('says only what the address says', () => {
    expect(parseUrl('?view=curves&axis=linear').curves).toEqual({ updates: 'linear' });
    expect(parseUrl('?view=curves').curves).toEqual({});
  });

  it('names what it cannot use', () => {
    const bad: [string, string[]][] = [
      ['zoom', ['', '3 4', 'warm-up-10', 'warm-up-10 warm-up-10', 'improving-1 warm-up-9', 'mask-1 mask-2']],
      ['zoom', ['warm-up-1 warm-up-2 warm-up-3', 'warm-up--1 warm-up-2', 'warm-up-1e9 improving-2']],
      ['smoothing', ['7', '', 'x']],
      ['axis', ['Log']],
      ['log', ['Loss', 'a  b', '<b>']],
      ['hide', ['', 'x'.repeat(99)]],
    ];
    for (const [field, values] of bad) {
      for (const value of values) {
        const { curves, problems } = parseUrl(`?${new URLSearchParams({ [field]: value })}`);
        expect(curves, `${field}=${value}`).toEqual({});
        expect(problems.map((problem) => problem.field)).toEqual([field]);
        expect(problems[0]!.message).toContain(`“${value.slice(0, 40)}” is no `);
      }
    }
    expect(parseCurvesAddress({ hide: 'kl kl' }).change).toEqual({ hidden: ['kl'] });
  });

  it('takes no name that something else in the address has', () => {
    const others = ['view', 'at', 'autostart', ...FIELD_NAMES].filter(isCurvesParameter);
    expect(others).toEqual([]);
    for (const name of ['zoom', 'smoothing', 'axis', 'log', 'hide'])
      expect([isChoiceParameter(name), isTokensParameter(name), isCurvesParameter(name)]).toEqual([false, false, true]);
  });
});
