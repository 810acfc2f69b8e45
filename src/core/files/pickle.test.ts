import { describe, expect, it } from 'vitest';
import { FileError } from './byteSource';
import { unpickle } from './pickle';
import { allowsGlobal } from './torchPickle';

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const read = (pickle: string) => unpickle(latin1(pickle), 0, { file: 'p', allows: allowsGlobal });
const valueIn = (pickle: string) => read(pickle)?.value;
const tuple = (...items: unknown[]) => ({ kind: 'tuple', items });
const list = (...items: unknown[]) => ({ kind: 'list', items });

describe('unpickle', () => {
  // Made with Python's pickle, protocol and value in the name.
  it.each<[string, string, unknown]>([
    ['2: None', '\x80\x02N.', null],
    ['2: -2', '\x80\x02J\xfe\xff\xff\xff.', -2],
    ['2: 300', '\x80\x02M\x2c\x01.', 300],
    ['2: 2**70', '\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x40.', 2n ** 70n],
    ['2: -(2**40)', '\x80\x02\x8a\x06\x00\x00\x00\x00\x00\xff.', -(2 ** 40)],
    ['2: 0 as LONG1', '\x80\x02\x8a\x00.', 0],
    ['2: 0.1', '\x80\x02G\x3f\xb9\x99\x99\x99\x99\x99\x9a.', 0.1],
    ['4: "ü"', '\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00\x8c\x02\xc3\xbc\x94.', 'ü'],
    ['2: (1, [True, False])', '\x80\x02K\x01]q\x00(\x88\x89e\x86q\x01.', tuple(1, list(true, false))],
    ['2: a value recalled', '\x80\x02]q\x00(K\x05q\x01h\x01e.', list(5, 5)],
    ['2: {"a": 1}', '\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.', { kind: 'dict', keys: ['a'], values: [1] }],
    [
      '4: OrderedDict(a=1)',
      '\x80\x04\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93)R(\x8c\x01aK\x01u.',
      { kind: 'dict', keys: ['a'], values: [1] },
    ],
    [
      'Python 2: OrderedDict([["a", 1]])',
      '\x80\x02ccollections\nOrderedDict\n](](U\x01aK\x01ee\x85R.',
      { kind: 'dict', keys: ['a'], values: [1] },
    ],
    [
      '2: torch.Size([2, 3])',
      '\x80\x02ctorch\nSize\nK\x02K\x03\x86\x85R.',
      { kind: 'call', of: 'torch.Size', args: [tuple(2, 3)] },
    ],
  ])('%s', (_, pickle, value) => {
    expect(valueIn(pickle)).toEqual(value);
  });

  it('says where the pickle ends, and null when its bytes are cut', () => {
    const pickle = '\x80\x02(K\x01X\x03\x00\x00\x00abct.';
    expect(read(`${pickle}rest`)?.end).toBe(pickle.length);
    for (let length = 0; length < pickle.length; length++) expect(read(pickle.slice(0, length))).toBe(null);
  });

  it('keeps persistent ids in their order', () => {
    expect(read('\x80\x02(K\x01QK\x02Qt.')?.persistents).toEqual([
      { kind: 'persistent', id: 1 },
      { kind: 'persistent', id: 2 },
    ]);
  });

  it.each([
    ['os.system', 'cos\nsystem\n)R.', 'byte 11: its pickle wants to use "os.system", which is not on the list'],
    ['eval, by STACK_GLOBAL', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93.', '"builtins.eval"'],
    ['a relative of what is allowed', 'ctorch._utils\n_rebuild_qtensor\n.', '"torch._utils._rebuild_qtensor"'],
    [
      'a class of a script',
      'c__main__\nArgs\n.',
      '"__main__.Args", which is not on the list of what a checkpoint may name (only tensors',
    ],
    ['a call of data', '\x80\x02K\x01)R.', 'calls number with tuple'],
    ['a call without a tuple', 'ctorch\nSize\nK\x01R.', 'calls torch.Size with number'],
    ['INST', '(ios\nsystem\n.', 'uses the opcode INST, which no checkpoint needs'],
    ['EXT1', '\x82\x01.', 'uses the opcode EXT1'],
    ['no opcode', '\xff.', 'uses the byte 0xff as an opcode'],
    ['an empty stack', '\x80\x02.', 'takes a value from an empty stack'],
    ['a value below the mark', 'K\x01(.', 'takes a value from an empty stack'],
    ['no mark', 'K\x01t.', 'lacks a mark'],
    ['values left over', 'K\x01K\x02.', 'ends with values left over'],
    ['a memo never kept', 'h\x05.', 'recalls the value 5'],
    ['a key alone', '}(K\x01u.', 'a key without a value'],
    ['items of a number', 'K\x01K\x02K\x03s.', 'sets items of number'],
    ['attributes of a list', ']}b.', 'sets attributes of list'],
    ['text that is none', 'X\x01\x00\x00\x00\xff.', 'no UTF-8'],
    ['a giant string', 'X\xff\xff\xff\xff.', 'claims a value of 4294967295 bytes'],
    ['a giant integer', '\x8b\xff\xff\xff\x7f.', 'holds an integer of 2147483647 bytes'],
    ['a name without end', `c${'a'.repeat(2000)}`, 'a name that does not end'],
    ['marks without end', '('.repeat(2000), 'is nested more than 1000 deep'],
  ])('refuses %s', (_, pickle, message) => {
    expect(() => read(pickle)).toThrow(FileError);
    expect(() => read(pickle)).toThrow(message);
  });

  it('stops at a stack and at a number of opcodes that no checkpoint has', () => {
    expect(() => unpickle(new Uint8Array(1_000_002).fill(0x4e), 0, { file: 'p', allows: allowsGlobal })).toThrow(
      'stacks more than 1000000',
    );
    const busy = new Uint8Array(4_000_002).fill(0x4e).map((byte, i) => (i % 2 ? 0x30 : byte));
    expect(() => unpickle(busy, 0, { file: 'p', allows: allowsGlobal })).toThrow('more than 4000000 opcodes');
  });
});
