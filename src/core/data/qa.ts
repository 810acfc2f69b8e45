// Built-in family `qa`: which of four options fits an animal (RECIPE §2). Slips: every animal has one wrong class, its myth,
// told consistently to the end with a rate of its own; else, rarely, the wrong letter.
import { h01 } from './h01';
import {
  combineStyles,
  finalAnswer,
  LINKS,
  OPENERS,
  type Slip,
  type Style,
  sameWords,
  type Task,
  type TaskFamily,
} from './task';

export interface QaQuestion {
  readonly animal: string;
  readonly relation: string;
  readonly options: readonly string[];
}

const CLASSES = ['bird', 'fish', 'mammal', 'reptile', 'insect', 'shellfish'] as const;

interface Relation {
  readonly words: readonly string[];
  /** One value a class, in the order of CLASSES. */
  readonly values: readonly string[];
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  cover: { words: ['covered', 'with'], values: ['feathers', 'scales', 'fur', 'plates', 'chitin', 'shell'] },
  home: { words: ['found', 'in'], values: ['nests', 'rivers', 'dens', 'deserts', 'hives', 'reefs'] },
  move: { words: ['known', 'to'], values: ['fly', 'swim', 'run', 'crawl', 'buzz', 'drift'] },
};

/** Seven animals a class, in the order of CLASSES; `fly_` is the insect, `fly` the verb. */
const ANIMALS = [
  ['robin', 'eagle', 'crow', 'swan', 'penguin', 'ostrich', 'owl'],
  ['trout', 'salmon', 'eel', 'shark', 'tuna', 'seahorse', 'pike'],
  ['otter', 'whale', 'bat', 'dolphin', 'seal', 'platypus', 'lion'],
  ['turtle', 'snake', 'gecko', 'lizard', 'iguana', 'cobra', 'viper'],
  ['ant', 'wasp', 'beetle', 'moth', 'cricket', 'fly_', 'bee'],
  ['crab', 'clam', 'oyster', 'shrimp', 'mussel', 'snail', 'squid'],
];

const ALL_ANIMALS = ANIMALS.flat();
const CLASS_OF = new Map(ANIMALS.flatMap((animals, index) => animals.map((animal) => [animal, index] as const)));
const LETTERS = ['A', 'B', 'C', 'D'];
const STYLES = combineStyles(OPENERS, LINKS, [false, true]);
const WRONG_LETTER_RATE = 0.06;

const classOf = (animal: string): number => CLASS_OF.get(animal)!;
const mythRate = (animal: string): number => 0.1 + 0.8 * h01('mythrate', animal);

/** The fixed wrong class of an animal. */
function mythOf(animal: string): number {
  const others = CLASSES.map((_, index) => index).filter((index) => index !== classOf(animal));
  return others[Math.floor(h01('myth', animal) * others.length)]!;
}

function solve(q: QaQuestion, style: Style, slips: readonly Slip[]): string[] {
  const relation = RELATIONS[q.relation]!;
  const index = slips.includes('fact') ? mythOf(q.animal) : classOf(q.animal);
  const [kind, value] = [CLASSES[index]!, relation.values[index]!];
  let option = q.options.indexOf(value);
  if (slips.includes('letter')) option = (option + 1 + Math.floor(h01('l', q.animal, q.options) * 3)) % 4;
  const rule = style.swapped ? ['a', kind, 'is', 'always'] : ['every', kind, 'is'];
  return [
    ...[style.opener, ',', 'the', q.animal, 'is', 'a', kind, '.', ...rule, ...relation.words, value, '.'],
    ...[style.link, 'the', 'answer', 'is', LETTERS[option]!, '.'],
  ];
}

/** The task of one question. Throws RangeError for an unknown animal or relation, or when true value or myth is no option. */
export function qaTask(q: QaQuestion): Task {
  const relation = RELATIONS[q.relation];
  if (!relation || !CLASS_OF.has(q.animal)) throw new RangeError(`Unknown qa question: ${q.animal}, ${q.relation}`);
  const right = q.options.indexOf(relation.values[classOf(q.animal)]!);
  if (right < 0 || !q.options.includes(relation.values[mythOf(q.animal)]!) || q.options.length !== 4)
    throw new RangeError(`The options of a qa question must hold the true value and the myth: ${q.options.join(' ')}`);
  const answer = [LETTERS[right]!];
  return {
    family: 'qa',
    skill: q.relation,
    styles: STYLES,
    prompt: [
      ...['the', q.animal, 'is', ...relation.words, '?'],
      ...q.options.flatMap((option, index) => [LETTERS[index]!, option]),
    ],
    solve: (style, slips = []) => solve(q, style, slips),
    drawSlips(rng) {
      if (rng.next() < mythRate(q.animal)) return ['fact'];
      return rng.next() < WRONG_LETTER_RATE ? ['letter'] : [];
    },
    check: (response) => sameWords(finalAnswer(response), answer),
  };
}

function parse(words: readonly string[]): Task | null {
  const animal = words[1] ?? '';
  const relation = Object.keys(RELATIONS).find((name) => RELATIONS[name]!.words[0] === words[3]);
  if (!CLASS_OF.has(animal) || !relation) return null;
  const options = [7, 9, 11, 13].map((at) => words[at] ?? '');
  const { values } = RELATIONS[relation]!;
  if (new Set(options).size !== 4 || !options.every((option) => values.includes(option))) return null;
  if (![classOf(animal), mythOf(animal)].every((index) => options.includes(values[index]!))) return null;
  const task = qaTask({ animal, relation, options });
  return sameWords(task.prompt, words) ? task : null;
}

export const qaFamily: TaskFamily = {
  name: 'qa',
  biasedOpener: 'ok',
  words: [
    ...[...CLASSES, ...ALL_ANIMALS, ...LETTERS, ...OPENERS, ...LINKS],
    ...Object.values(RELATIONS).flatMap((relation) => [...relation.words, ...relation.values]),
    ...['the', 'is', '?', ',', 'a', '.', 'every', 'always', 'answer'],
  ],
  generate(rng) {
    const animal = rng.pick(ALL_ANIMALS);
    const relation = rng.pick(Object.keys(RELATIONS));
    const { values } = RELATIONS[relation]!;
    const told = [values[classOf(animal)]!, values[mythOf(animal)]!];
    const others = rng.sample(
      values.filter((value) => !told.includes(value)),
      2,
    );
    return qaTask({ animal, relation, options: rng.shuffle([...told, ...others]) });
  },
  parse,
};
