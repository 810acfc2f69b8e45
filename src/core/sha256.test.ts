import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSha256, sha256 } from './sha256';

test('known digests and random lengths', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  expect(sha256(encode(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256(encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  for (const length of [1, 55, 56, 63, 64, 65, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 256);
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

test('the same in pieces of any length', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) % 256);
  for (const size of [1, 7, 63, 64, 65, 200]) {
    const hash = createSha256();
    for (let at = 0; at < bytes.length; at += size) hash.update(bytes.subarray(at, at + size));
    expect(hash.digest()).toBe(sha256(bytes));
  }
});
