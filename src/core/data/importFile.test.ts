import { describe, expect, test } from 'vitest';
import { ImportError, type ParsedFile } from './importCollector';
import { parseImport } from './importFile';
import { MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_LINES } from './importLimits';
import { duplicateKey } from './importRecord';

const good = '{"input": "1+1?", "output": "The answer is 2"}';
const pair = '{"prompt": "1+1?", "chosen": "2", "rejected": "3"}';
const read = (...lines: string[]): Promise<ParsedFile> => parseImport(lines.join('\n'), 'my.jsonl');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function failure(source: Parameters<typeof parseImport>[0]): Promise<ImportError> {
  const error: unknown = await parseImport(source, 'my.jsonl').catch((reason: unknown) => reason);
  if (error instanceof ImportError) return error;
  throw new Error(`expected an ImportError, got ${String(error)}`);
}

async function firstProblem(line: string): Promise<string> {
  const { problems, problemCount } = await read(good, line);
  expect(problemCount).toBe(1);
  expect(problems[0]!.line).toBe(2);
  return `${problems[0]!.field}: ${problems[0]!.message}`;
}

test('both forms, counts and lengths', async () => {
  const answers = await read(good, '', '{"input": " b ", "output": "four", "id": 7, "note": null}', '  ');
  expect(answers.kind).toBe('answers');
  expect(answers.records[1]).toEqual({ line: 3, prompt: 'b', output: 'four' });
  expect(answers.counts).toMatchObject({ lines: 4, blank: 2, usable: 2, skipped: 0, withExtraFields: 1 });
  expect(answers.extraFields).toEqual(['id', 'note']);
  expect(answers.promptLengths).toEqual({ min: 1, mean: 2.5, max: 4 });
  expect(answers.responseLengths).toEqual({ min: 4, mean: 9.5, max: 15 });
  const pairs = await read(pair);
  expect([pairs.kind, pairs.records]).toEqual(['pairs', [{ line: 1, prompt: '1+1?', chosen: '2', rejected: '3' }]]);
});

test('byte order mark, CRLF, no last line end, chunks cut anywhere', async () => {
  const text = `\ufeff${good}\r\n{"input": "żółw 😀", "output": "x"}\r\n${good}`;
  const whole = await parseImport(text, 'my.jsonl');
  expect(whole.records.length).toBe(3);
  expect(whole.problemCount).toBe(0);
  const all = bytes(text);
  for (const size of [1, 2, 3, 7, 64]) {
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
    expect(await parseImport(chunks, 'my.jsonl')).toEqual(whole);
  }
});

describe('problems by line, with the field and what to do', () => {
  test.each([
    ['{"input": "a", "output": ', 'null: The line is not valid JSON. Write one complete object per line.'],
    ['[{"input": "a"', 'null: The line is not valid JSON. A JSON list is not JSONL: write one object per line.'],
    [
      '{"input": "a", "score": -Infinity, "other": [NaN]}',
      'null: The line has NaN or Infinity, which JSON lacks. Write null instead.',
    ],
    ['{"input": NaN', 'null: The line is not valid JSON. Write one complete object per line.'],
    ['[1]', 'null: The line is a list, not an object. Write one object per line.'],
    ['7', 'null: The line is a number, not an object. Write one object per line.'],
    ['{"input": "a"}', 'output: The field “output” is missing. Add it.'],
    [
      '{"input": 7, "output": "a"}',
      'input: The field “input” must be text in quotes, but is a number. Write it as one string.',
    ],
    [
      '{"prompt": "a", "chosen": [{"role": "user"}], "rejected": "b"}',
      'chosen: The field “chosen” must be text in quotes, but is a list. Write it as one string.',
    ],
    [
      '{"input": "a", "output": null}',
      'output: The field “output” must be text in quotes, but is null. Write it as one string.',
    ],
    ['{"input": "  ", "output": "a"}', 'input: The field “input” is empty. Fill it in or remove the line.'],
    ['{"input": "a", "output": "b", "input": "c"}', 'input: The field “input” appears twice. Keep one of them.'],
    ['{"input": "a", "output": "b", "\\u0069nput": "c"}', 'input: The field “input” appears twice. Keep one of them.'],
    [
      pair,
      'null: The line is {"prompt", "chosen", "rejected"}, but line 1 is {"input", "output"}. Put the two kinds into two files.',
    ],
    [
      '{"input": "a", "output": "b", "chosen": "c"}',
      'null: The line mixes {"input", "output"} and {"prompt", "chosen", "rejected"}. Keep the fields of one of them.',
    ],
    [
      '{"text": "a"}',
      'null: The line has only “text”. It needs {"input", "output"} or {"prompt", "chosen", "rejected"}.',
    ],
    ['{}', 'null: The line has no field. It needs {"input", "output"} or {"prompt", "chosen", "rejected"}.'],
    [
      '{"prompt": "a", "chosen": "b", "rejected": "b "}',
      'rejected: The chosen and the rejected response are the same. Change one or remove the line.',
    ],
    [
      '{"input": "\u0000", "output": "b"}',
      'null: The line holds NUL bytes, so this is not a text file. Choose a JSONL text file.',
    ],
  ])('%s', async (line, message) => expect(await firstProblem(line)).toBe(message));

  test('invalid UTF-8', async () => {
    const file = await parseImport(
      [bytes(`${good}\n{"input": "`), Uint8Array.of(0xff, 0xfe), bytes(`"}\n${good}`)],
      'x',
    );
    expect(file.records.map(({ line }) => line)).toEqual([1, 3]);
    expect(file.problems).toEqual([
      { line: 2, field: null, message: 'The line is not valid UTF-8. Save the file as UTF-8.' },
    ]);
  });

  test('an over-long line is skipped without being kept', async () => {
    const long = `{"input": "${'x'.repeat(MAX_LINE_BYTES)}", "output": "a"}`;
    const file = await read(good, long, good);
    expect(file.records.map(({ line }) => line)).toEqual([1, 3]);
    expect(file.problems[0]!.message).toBe('The line is longer than 1048576 bytes. Split or shorten it.');
  });

  test('the first 200 are kept, all are counted', async () => {
    const file = await read(good, ...Array.from({ length: 500 }, () => '{'));
    expect([file.problems.length, file.problemCount, file.counts.skipped]).toEqual([200, 500, 500]);
  });

  test('too many lines: the rest is ignored and reported', async () => {
    const chunk = bytes(`${good}\n`.repeat(10_000));
    const file = await parseImport(
      Array.from({ length: 21 }, () => chunk),
      'my.jsonl',
    );
    expect(file.records.length).toBe(MAX_LINES);
    expect(file.problems).toEqual([
      {
        line: 200_001,
        field: null,
        message: 'The file has more than 200000 lines; the rest is ignored. Import it as a second file.',
      },
    ]);
  });
});

describe('nothing usable', () => {
  test('empty, blank, binary, UTF-16, all lines bad', async () => {
    expect((await failure('')).message).toContain('my.jsonl is empty');
    expect((await failure('\n \r\n')).message).toContain('only blank lines');
    const binary = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256);
    expect((await failure([binary])).message).toMatch(/no usable line .*NUL bytes/);
    const utf16 = Uint8Array.of(0xff, 0xfe, ...[...good].flatMap((character) => [character.charCodeAt(0), 0]));
    expect((await failure([utf16])).message).toContain('Save it as UTF-8');
    const error = await failure('{"a": 1}\nnonsense');
    expect(error.message).toMatch(/^my\.jsonl has no usable line \(2 problems\)\. Line 1: The line has only “a”/);
    expect(error.problems.map(({ line }) => line)).toEqual([1, 2]);
  });

  test('100 MB are refused after 64, without reading on', async () => {
    const chunk = bytes(`${good}\n`.repeat(20_000));
    let read = 0;
    async function* huge(): AsyncGenerator<Uint8Array> {
      for (; read < 100 * 1024 * 1024; read += chunk.length) yield chunk;
    }
    // Lines are capped first, so that the cap of the file is met by one endless line here.
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; read < 100 * 1024 * 1024; read += chunk.length) yield new Uint8Array(chunk.length).fill(120);
    }
    expect((await parseImport(huge(), 'my.jsonl')).records.length).toBe(MAX_LINES);
    read = 0;
    expect((await failure(endless())).message).toBe('my.jsonl is larger than 64 MB. Split it and import a part.');
    expect(read).toBeLessThan(MAX_FILE_BYTES + 2 * chunk.length);
  });

  test('an error of the source is passed on', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes(good);
      throw new Error('disk gone');
    }
    await expect(parseImport(broken(), 'x')).rejects.toThrow('disk gone');
  });
});

test('__proto__ and constructor keys do nothing', async () => {
  const file = await read('{"__proto__": {"polluted": 1}, "constructor": 2, "input": "a", "output": "b"}', good);
  expect(file.records.length).toBe(2);
  expect(file.extraFields).toEqual(['__proto__', 'constructor']);
  expect('polluted' in {}).toBe(false);
  expect((await failure('{"__proto__": {"input": "a", "output": "b"}}')).message).toContain('“__proto__”');
  expect((await failure('{"input": "a", "__proto__": {"output": "b"}}')).message).toContain('“output” is missing');
});

test('duplicateKey looks at the top level only, and not into texts', () => {
  expect(duplicateKey('{"a": {"b": 1, "b": 2}, "c": [{"a": 1}], "b": "\\"a\\": 1, \\\\"}')).toBeNull();
  expect(duplicateKey('{"a": "}", "b": "{", "a": 1}')).toBe('a');
});
