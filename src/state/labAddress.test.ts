import { expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { createRng } from '../core/rng';
import { FIRST_LAB, labParameters, parseLab } from './labAddress';
import type { LabChoice } from './labState';
import { formatUrl, parseUrl } from './urlState';

const choice: LabChoice = {
  experiment: 'ratio',
  family: 'qa',
  scope: { preset: 'tiny', families: ['qa', 'math'], seeds: [3, 1] },
  baseline: 'DPO, top 2.5 %, lr × 3.3',
  hidden: ['ALLO, ε 0.5', 'SFT'],
  guided: { id: 'random-ten', guess: 'same' },
};

it('is carried by the address of Lab and Compare, only what was chosen, and reads back the same', () => {
  const address = formatUrl(presetConfig('tiny'), 'lab', { lab: choice });
  expect(decodeURIComponent(address.replaceAll('+', ' '))).toBe(
    '?preset=tiny&view=lab&experiment=ratio&of=qa&scope=tiny&families=qa math&seeds=3 1' +
      '&baseline=DPO, top 2.5 %, lr × 3.3&hide-arms=ALLO, ε 0.5;SFT&guided=random-ten same',
  );
  expect(parseUrl(address)).toMatchObject({ lab: choice, view: 'lab', problems: [] });
  expect(parseUrl(formatUrl(presetConfig(), 'compare', { lab: choice }))).toMatchObject({ lab: choice, problems: [] });
  expect(formatUrl(presetConfig(), 'lab', { lab: FIRST_LAB })).toBe('?view=lab');
  expect(formatUrl(presetConfig(), 'samples', { lab: choice })).toBe('?view=samples');
  const unguessed = { ...FIRST_LAB, guided: { id: 'skip', guess: null } };
  expect(labParameters(unguessed)).toEqual([['guided', 'skip']]);
  expect(parseUrl('?view=lab&guided=skip').lab).toEqual(unguessed);
});

it('names what cannot be used', () => {
  const { lab, problems } = parseUrl(
    '?experiment=all&of=poems&scope=huge&families=math,qa&seeds=1+-2&baseline=+&hide-arms=a;;b&guided=%3Cb%3E',
  );
  expect(lab).toEqual(FIRST_LAB);
  expect(problems.map(({ field }) => field)).toEqual([
    ...['experiment', 'of', 'scope', 'families', 'seeds', 'baseline', 'hide-arms', 'guided'],
  ]);
  expect(problems[4]!.message).toBe('“1 -2” is no list of seeds such as “1 2 3”; using the default.');
  const many = Array.from({ length: 21 }, (_, i) => i).join(' ');
  expect(parseLab({ seeds: many }).problems).toHaveLength(1);
  expect(parseLab({ seeds: '2 2 1' }).choice.scope.seeds).toEqual([2, 1]);
});

it('never throws, and what it takes it writes so that it reads back', () => {
  const rng = createRng(5, 'addresses');
  const pieces = [
    'math',
    'qa',
    '1',
    '2',
    ' ',
    ';',
    'tiny',
    'study',
    'a-b',
    '__proto__',
    '%',
    '“',
    '\u0000',
    '9'.repeat(12),
    '',
  ];
  const names = ['experiment', 'of', 'scope', 'families', 'seeds', 'baseline', 'hide-arms', 'guided'] as const;
  for (let round = 0; round < 3000; round++) {
    const text = () => Array.from({ length: rng.int(5) }, () => pieces[rng.int(pieces.length)]!).join('');
    const { choice: read } = parseLab(Object.fromEntries(names.map((name) => [name, text()])));
    const again = parseLab(Object.fromEntries(labParameters(read)));
    expect(again).toEqual({ choice: read, problems: [] });
  }
});
