import { describe, expect, it } from 'vitest';
import { FIELD_NAMES } from '../core/fields';
import { presetConfig } from '../core/presets';
import { createRng } from '../core/rng';
import { compareParameters, isCompareParameter, parseCompare } from './compareAddress';
import { type CompareChoice, FIRST_COMPARE } from './compareChoice';
import { isCurvesParameter } from './curvesAddress';
import { isLabParameter } from './labAddress';
import { isChoiceParameter } from './neuronsAddress';
import { isTokensParameter } from './tokensChoice';
import { formatUrl, parseUrl } from './urlState';

const FULL: CompareChoice = {
  experiment: 'ratio',
  group: 'DPO and masks',
  search: 'top 2.5 % & more',
  sort: { column: 'tax math', direction: 'ascending' },
  isGrouped: false,
  columns: ['accuracy', 'tax math', 'verdict'],
  selected: ['allo []', 'dpo-top10 [["improvingPercent","2.5"],["rateFactor","3.3"]]'],
};
const NAMES = ['arms-of', 'arm-group', 'search', 'sort', 'grouping', 'columns', 'select'] as const;

describe('the comparison in the address', () => {
  it('is nothing at first, and comes back as it was', () => {
    expect(compareParameters(FIRST_COMPARE)).toEqual([]);
    const address = formatUrl(presetConfig(), 'compare', { compare: FULL });
    expect(decodeURIComponent(address.replaceAll('+', ' '))).toBe(
      '?view=compare&arms-of=ratio&arm-group=DPO and masks&search=top 2.5 % & more&sort=tax math ascending' +
        '&grouping=off&columns=accuracy;tax math;verdict' +
        '&select=allo;dpo-top10 improvingPercent 2.5 rateFactor 3.3',
    );
    expect(parseUrl(address)).toMatchObject({ compare: FULL, view: 'compare', problems: [] });
    expect(formatUrl(presetConfig(), 'lab', { compare: FULL })).toBe('?view=lab');
  });

  it('tells nothing selected or shown from nothing chosen', () => {
    const none: CompareChoice = { ...FIRST_COMPARE, columns: [], selected: [] };
    expect(compareParameters(none)).toEqual([
      ['columns', 'none'],
      ['select', 'none'],
    ]);
    expect(parseUrl('?view=compare&columns=none&select=none').compare).toEqual(none);
  });

  it('carries settings of any text, as files may bring them', () => {
    const selected = ['kto [["a;b","x y"],["note","100 %"],["z",""]]'];
    const address = formatUrl(presetConfig(), 'compare', { compare: { ...FIRST_COMPARE, selected } });
    expect(parseUrl(address)).toMatchObject({ compare: { selected }, problems: [] });
    // Names in another order are the same row.
    expect(parseCompare({ select: 'allo seed 3 rateFactor 2 beta 1' }).choice.selected).toEqual([
      'allo [["beta","1"],["rateFactor","2"]]',
    ]);
  });

  it('names what cannot be used, and leaves the rest as it is', () => {
    const { compare, problems } = parseUrl(
      `?arms-of=all&arm-group=poems&search=${'x'.repeat(201)}&sort=accuracy+up&grouping=maybe&columns=a;;b&select=allo;poem`,
    );
    expect(compare).toEqual(FIRST_COMPARE);
    expect(problems.map(({ field }) => field)).toEqual([...NAMES]);
    expect(problems[3]!.message).toBe('“accuracy up” is no order such as “accuracy descending”; using the default.');
    const many = Array.from({ length: 101 }, (_, i) => `c${i}`).join(';');
    for (const [name, value] of [
      ...[
        ['columns', ''],
        ['columns', many],
        ['columns', '<b>\n'],
        ['sort', 'descending'],
        ['sort', ' descending'],
      ],
      ...[
        ['select', ''],
        ['select', 'allo beta'],
        ['select', 'allo beta %E0'],
        ['select', '__proto__ a b'],
      ],
    ] as const)
      expect(parseCompare({ [name!]: value }).problems, `${name}=${value}`).toHaveLength(1);
  });

  it('never throws, and what it takes it writes so that it reads back', () => {
    const rng = createRng(7, 'addresses');
    const pieces = [
      'allo',
      'kto',
      ' ',
      ';',
      'none',
      'accuracy',
      'ascending',
      ' descending',
      'beta 1',
      '%25',
      '%',
      'off',
    ];
    pieces.push('__proto__ x', 'ratio', 'ALLO', '\u0000', '[]', 'tax math', '');
    for (let round = 0; round < 3000; round++) {
      const text = () => Array.from({ length: rng.int(6) }, () => pieces[rng.int(pieces.length)]!).join('');
      const { choice } = parseCompare(Object.fromEntries(NAMES.map((name) => [name, text()])));
      expect(parseCompare(Object.fromEntries(compareParameters(choice)))).toEqual({ choice, problems: [] });
    }
  });

  it('takes no name that something else in the address has', () => {
    const taken = [isChoiceParameter, isTokensParameter, isCurvesParameter, isLabParameter];
    for (const name of NAMES)
      expect(
        taken.some((is) => is(name)),
        name,
      ).toBe(false);
    expect(['view', 'at', 'autostart', ...FIELD_NAMES].filter(isCompareParameter)).toEqual([]);
  });
});
