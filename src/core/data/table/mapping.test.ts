import { describe, expect, test } from 'vitest';
import { guessMapping, type Mapping, missingRoles, withForm } from './mapping';
import { mapRow, withHashAnswer } from './mapRow';
import { columnsOf } from './table';

const cellsOf = (row: object): ReadonlyMap<string, unknown> => new Map(Object.entries(row));
const guess = (row: object): Mapping => guessMapping(columnsOf([{ line: 1, cells: cellsOf(row), problem: null }]));
function map(row: object, change: Partial<Mapping> = {}): unknown {
  const parsed = mapRow(cellsOf(row), { ...guess(row), ...change }, 1);
  if (parsed.kind === 'problem') return parsed.problem.message;
  const { line: _, ...record } = parsed.record;
  return record;
}
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

describe('forms people have', () => {
  test('GSM8K: #### only when it is asked for', () => {
    const row = { question: 'How many?', answer: 'Two and two.\n#### 4' };
    expect(guess(row)).toEqual({
      form: 'answers',
      columns: { prompt: 'question', output: 'answer' },
      hashAnswers: false,
    });
    expect(map(row)).toEqual({ prompt: 'How many?', output: 'Two and two.\n#### 4' });
    expect(map(row, { hashAnswers: true })).toEqual({ prompt: 'How many?', output: 'Two and two.\nThe answer is 4' });
    expect(withHashAnswer('#### 7')).toBe('The answer is 7');
    expect(withHashAnswer('a #### b\nc')).toBe('a #### b\nc');
  });

  test('Alpaca: the input is the context, and may be empty', () => {
    const row = { instruction: 'Add.', input: '1 and 2', output: '3' };
    expect(guess(row).columns).toEqual({ prompt: 'instruction', context: 'input', output: 'output' });
    expect(map(row)).toEqual({ prompt: 'Add.\n\n1 and 2', output: '3' });
    expect(map({ ...row, input: '' })).toEqual({ prompt: 'Add.', output: '3' });
  });

  test('a worked solution beside a bare answer, which may be a number', () => {
    const row = { problem: 'p', solution: 's', answer: 4 };
    expect(guess(row).columns).toEqual({ prompt: 'problem', output: 'solution', answer: 'answer' });
    expect(map(row)).toEqual({ prompt: 'p', output: 's\nThe answer is 4' });
    expect(guess({ ...row, solution: 'The answer is 4' }).columns).toEqual({ prompt: 'problem', output: 'solution' });
  });

  test('generations of the reference repository: questions with their solutions', () => {
    const row = { question: 'q', solution: 's', prediction: 'p', is_correct: true };
    expect(guess(row).columns).toEqual({ prompt: 'question', output: 'solution' });
  });

  test('conversations: the last answer, and the turns before it as text with roles', () => {
    expect(map({ messages: [user('a'), assistant('b')] })).toEqual({ prompt: 'a', output: 'b' });
    const turns = [
      { role: 'system', content: 'Be brief.' },
      user('a'),
      assistant('b'),
      user('c'),
      assistant('d'),
      user('e'),
    ];
    expect(map({ id: 1, messages: turns })).toEqual({
      prompt: 'System: Be brief.\n\nUser: a\n\nAssistant: b\n\nUser: c',
      output: 'd',
    });
    const shared = [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
    ];
    expect(map({ conversations: shared })).toEqual({ prompt: 'a', output: 'b' });
    expect(map({ messages: JSON.stringify([user('a'), assistant('b')]) })).toEqual({ prompt: 'a', output: 'b' });
    expect(map({ messages: [user('a')] })).toBe(
      'The column “messages” has no message of the assistant. Add the answer.',
    );
    expect(map({ messages: [user('a'), { role: 'assistant' }] })).toContain('no role and content in message 2');
  });

  test('TRL pairs: plain, conversational, implicit prompts', () => {
    expect(map({ prompt: 'p', chosen: 'a', rejected: 'b' })).toEqual({ prompt: 'p', chosen: 'a', rejected: 'b' });
    const sides = { chosen: [assistant('a')], rejected: [assistant('b')] };
    expect(map({ prompt: [user('p')], ...sides })).toEqual({ prompt: 'p', chosen: 'a', rejected: 'b' });
    const implicit = { chosen: [user('p'), assistant('a')], rejected: [user('p'), assistant('b')] };
    expect(map(implicit)).toEqual({ prompt: 'p', chosen: 'a', rejected: 'b' });
    expect(map({ prompt: 'P', ...implicit })).toEqual({ prompt: 'P', chosen: 'a', rejected: 'b' });
    // Columns beside a prompt that the conversations hold themselves.
    expect(map({ source: 'web', prompt_id: '7', ...implicit })).toEqual({ prompt: 'p', chosen: 'a', rejected: 'b' });
    expect(map({ chosen: 'The sky is blue.', rejected: 'The sky is green.' })).toEqual({
      ...{ prompt: 'The sky is', chosen: 'blue.', rejected: 'green.' },
    });
    const spoken = (last: string): string => `\n\nHuman: hi\n\nAssistant: yes?\n\nHuman: why\n\nAssistant: ${last}`;
    expect(map({ source: 'web', chosen: spoken('a'), rejected: spoken('b') })).toEqual({
      ...{ prompt: 'User: hi\n\nAssistant: yes?\n\nUser: why', chosen: 'a', rejected: 'b' },
    });
  });

  test('pairs that are none', () => {
    expect(map({ prompt: 'p', chosen: 'a', rejected: ' a' })).toContain('are the same');
    expect(map({ chosen: 'x', rejected: 'y' })).toContain('share no first words');
    expect(map({ chosen: [assistant('a')], rejected: [assistant('b')] })).toContain('shares no first message');
    expect(map({ chosen: [user('p'), assistant('a')], rejected: 'b' })).toContain('Write both alike');
    const longer = { chosen: [user('p'), assistant('a'), user('q')], rejected: [user('p'), assistant('b')] };
    expect(map(longer)).toContain('must end in exactly one message');
    const printed = (last: string): string =>
      `[{'role': 'user', 'content': 'p'}\n {'role': 'assistant', 'content': '${last}'}]`;
    expect(map({ chosen: printed('a'), rejected: printed('b') })).toContain('holds a list as Python prints it');
  });
});

test('what is missing, and another form', () => {
  const columns = columnsOf([{ line: 1, cells: cellsOf({ q: 'a', preferred: 'b', loser: 'c' }), problem: null }]);
  const mapping = guessMapping(columns);
  expect(mapping).toMatchObject({ form: 'pairs', columns: { chosen: 'preferred', rejected: 'loser' } });
  expect(missingRoles(mapping)).toEqual([]);
  expect(missingRoles(withForm(mapping, 'answers', columns))).toEqual([['prompt'], ['output', 'answer']]);
});

test('cells that cannot be used name their column', () => {
  const text = (answer: unknown): unknown => map({ question: 'a', answer });
  expect(text(null)).toBe(
    'The column “answer” must be text, but is missing. Write it as one string, or choose another column.',
  );
  expect(text('  ')).toBe('The column “answer” is empty. Fill it in or remove the row.');
  expect(text({ a: 1 })).toContain('but is an object');
});
