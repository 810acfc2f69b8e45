// What the Tokens view shows: wrong answers or pairs, which of them, layer, grouping and the pinned token; and how the address holds
// it: only what was chosen is written, what cannot be used is named.
import { GROUPINGS, type Grouping } from '../core/tokens/group';
import { type AddressProblem, addressReader, oneOf } from './addressReader';

export const TOKEN_LAYERS = [
  'reward',
  'weight',
  'term',
  'gradient',
  'ratio',
  'change',
  'policy',
  'reference',
  'kept',
  'wrong',
] as const;
export type TokenLayer = (typeof TOKEN_LAYERS)[number];

/** A token of one of the sides: a pair has chosen (0) and rejected (1), a wrong answer only itself (0). */
export interface TokenPlace {
  side: number;
  token: number;
}

export interface TokensChoice {
  /** null: what the stage of the moment learns from. */
  kind: 'answer' | 'pair' | null;
  /** Id of a wrong answer, and place of a pair; null: the first that the time line follows. */
  answer: number | null;
  pair: number | null;
  /** null: rewards of a wrong answer, terms of a pair. */
  layer: TokenLayer | null;
  grouping: Grouping;
  /** The pinned token of the item on show. */
  token: TokenPlace | null;
}

export const FIRST_TOKENS: TokensChoice = {
  kind: null,
  answer: null,
  pair: null,
  layer: null,
  grouping: 'token',
  token: null,
};

/** For another run, whose answers and pairs are others. */
export const withoutItems = (choice: TokensChoice): TokensChoice => ({
  ...choice,
  answer: null,
  pair: null,
  token: null,
});

const PARAMETERS = ['show', 'answer', 'pair', 'colour', 'group', 'token'] as const;
type Parameter = (typeof PARAMETERS)[number];
export const isTokensParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

const KINDS = { answers: 'answer', pairs: 'pair' } as const;
const isKind = (text: string): text is keyof typeof KINDS => Object.hasOwn(KINDS, text);

/** Counted from `least`. */
const index = (text: string, least: 0 | 1): number | null =>
  /^\d{1,7}$/.test(text) && Number(text) >= least ? Number(text) - least : null;

/** "rejected-7": the seventh token of the rejected answer. */
function place(text: string): TokenPlace | null {
  const [, side, digits] = /^(answer|chosen|rejected)-(\d+)$/.exec(text) ?? [];
  const token = digits === undefined ? null : index(digits, 1);
  return token === null ? null : { side: side === 'rejected' ? 1 : 0, token };
}

/** Never throws. `problems`: one sentence for each value that was left out. */
export function parseTokens(given: Readonly<Partial<Record<Parameter, string>>>): {
  choice: TokensChoice;
  problems: AddressProblem[];
} {
  const { read, problems } = addressReader(given);
  return {
    choice: {
      kind: read('show', (text) => (isKind(text) ? KINDS[text] : null), 'choice of the tokens view: answers or pairs'),
      answer: read('answer', (text) => index(text, 0), 'number of a wrong answer'),
      pair: read('pair', (text) => index(text, 1), 'number of a pair'),
      layer: read('colour', oneOf(TOKEN_LAYERS), `layer of tokens (${TOKEN_LAYERS.join(', ')})`),
      grouping: read('group', oneOf(GROUPINGS), 'grouping: token, word or step') ?? FIRST_TOKENS.grouping,
      token: read('token', place, 'token such as answer-7, chosen-7 or rejected-7'),
    },
    problems,
  };
}

/** The parameters that differ from the defaults. */
export function tokensParameters({ kind, answer, pair, layer, grouping, token }: TokensChoice): [Parameter, string][] {
  const first = kind === 'pair' ? 'chosen' : 'answer';
  const all: Record<Parameter, string | null> = {
    show: kind && `${kind}s`,
    answer: answer === null ? null : String(answer),
    pair: pair === null ? null : String(pair + 1),
    colour: layer,
    group: grouping === FIRST_TOKENS.grouping ? null : grouping,
    token: token && `${token.side === 1 ? 'rejected' : first}-${token.token + 1}`,
  };
  return PARAMETERS.flatMap((parameter) => {
    const value = all[parameter];
    return value === null ? [] : [[parameter, value] as [Parameter, string]];
  });
}
