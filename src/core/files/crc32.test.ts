// The checksum is zip's: against its definition, at every alignment and length, in one piece and in two.
import { expect, it } from 'vitest';
import { crc32 } from './crc32';

const all = Uint8Array.from({ length: 300 }, (_, i) => (i * i * 31 + (i >> 3)) & 255);

it('is that of “123456789” in the catalogue', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

it('is the same wherever bytes begin, end and are cut', () => {
  const reference = (bytes: Uint8Array): number => {
    let c = 0xffffffff;
    for (const byte of bytes) {
      c ^= byte;
      for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return ~c >>> 0;
  };
  expect(crc32(all)).toBe(reference(all));
  for (let begin = 0; begin < 9; begin++) {
    for (let end = begin; end < begin + 40; end++) {
      const bytes = all.subarray(begin, end);
      const cut = (begin * 7 + end) % (bytes.length + 1);
      expect(crc32(bytes)).toBe(reference(bytes));
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(reference(bytes));
    }
  }
});
