import { expect, test } from 'vitest';
import { md5Hex } from './md5';

const md5 = (text: string): string => md5Hex(new TextEncoder().encode(text));

test('the digests of RFC 1321', () => {
  expect(md5('')).toBe('d41d8cd98f00b204e9800998ecf8427e');
  expect(md5('a')).toBe('0cc175b9c0f1b6a831c399e269772661');
  expect(md5('abc')).toBe('900150983cd24fb0d6963f7d28e17f72');
  expect(md5('message digest')).toBe('f96b697d7cb7938d525a2f31aaf161d0');
  expect(md5('abcdefghijklmnopqrstuvwxyz')).toBe('c3fcd3d76192e4007dfb496cca67e13b');
  expect(md5('12345678901234567890123456789012345678901234567890123456789012345678901234567890')).toBe(
    '57edf4a22be3c955ac49da2e2107b67a',
  );
});

test('lengths around the padding border', () => {
  expect([55, 56, 63, 64, 1000].map((n) => md5(n === 1000 ? 'a'.repeat(n) : 'x'.repeat(n)))).toEqual([
    '04364420e25c512fd958a70738aa8f72',
    '668a72d5ba17f08e62dabcafad6db14b',
    '7dc2ca208106a2f703567bdff99d8981',
    'c1bb4f81d892b2d57947682aeb252456',
    'cabe45dcc9ae5b66ba86600cca6b8ba8',
  ]);
});
