// Files that the import specs drop on the studio: one small good one, and the bad ones with what must be said of them.

export interface UploadFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export const jsonl = (name: string, lines: readonly (string | object)[]): UploadFile => ({
  name,
  mimeType: 'application/jsonl',
  buffer: Buffer.from(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')),
});

/** Sums of two numbers below 20, worked out in a sentence, each pair once: 400 questions. */
export const sums = jsonl(
  'sums.jsonl',
  Array.from({ length: 400 }, (_, i) => {
    const [a, b] = [i % 20, Math.floor(i / 20)];
    return { input: `What is ${a} plus ${b} ?`, output: `${a} plus ${b} makes ${a + b} . The answer is ${a + b}` };
  }),
);

/** Ready preference pairs: the right sum against one that is off by one. */
export const readyPairs = jsonl(
  'pairs.jsonl',
  Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [i % 20, Math.floor(i / 20)];
    return { prompt: `What is ${a} plus ${b} ?`, chosen: `It is ${a + b}`, rejected: `It is ${a + b + 1}` };
  }),
);

const good = '{"input": "What is 1 plus 1 ?", "output": "The answer is 2"}';

/** Nothing in them can be used: refused as a whole. */
export const unusable: readonly { what: string; file: UploadFile; says: RegExp }[] = [
  { what: 'an empty file', file: jsonl('empty.jsonl', []), says: /empty\.jsonl is empty/ },
  { what: 'a blank file', file: jsonl('blank.jsonl', ['', '  ', '']), says: /blank\.jsonl has only blank lines/ },
  {
    what: 'malformed JSON',
    file: jsonl('malformed.jsonl', ['{"input": "a", "output": ']),
    says: /malformed\.jsonl.*Line 1.*not valid JSON/,
  },
  {
    what: 'a JSON list of numbers',
    file: jsonl('list.jsonl', ['[1, 2, 3]']),
    says: /list\.jsonl.*Line 1.*a number, not an object/,
  },
  {
    what: 'a binary file',
    file: {
      name: 'binary.jsonl',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from([0x89, 0x50, 0, 1, 0xff, 0]),
    },
    says: /binary\.jsonl.*Line 1.*(NUL|UTF-8)/,
  },
  {
    what: 'a number where text belongs',
    file: jsonl('types.jsonl', ['{"input": "a", "output": 42}']),
    says: /types\.jsonl.*Line 1.*“output”.*a number/,
  },
  {
    what: 'a key given twice',
    file: jsonl('twice.jsonl', ['{"input": "a", "input": "b", "output": "c"}']),
    says: /twice\.jsonl.*Line 1.*“input” appears twice/,
  },
  {
    what: 'a missing field',
    file: jsonl('missing.jsonl', ['{"prompt": "a", "chosen": "b"}']),
    says: /missing\.jsonl.*Line 1.*“rejected” is missing/,
  },
  {
    what: 'two forms in one line',
    file: jsonl('mixed.jsonl', ['{"input": "a", "output": "b", "chosen": "c"}']),
    says: /mixed\.jsonl.*Line 1.*mixes/,
  },
];

/** Mostly good: used, with each fault named by line and field. */
export const partlyBad = {
  file: jsonl('partly.jsonl', [
    ...Array.from({ length: 60 }, (_, i) => ({
      input: `What is ${i} plus 1 ?`,
      output: `The answer is ${i + 1}`,
    })),
    good.slice(0, 20),
    '{"input": 7, "output": "The answer is 7"}',
    '{"prompt": "a", "chosen": "b", "rejected": "c"}',
  ]),
  says: [/61.*not valid JSON/, /62.*“input”.*a number/, /63.*two files/],
};
