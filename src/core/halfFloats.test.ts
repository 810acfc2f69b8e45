import { describe, expect, it } from 'vitest';
import { fromBfloat16Bits, fromFloat16Bits, roundToBfloat16, toBfloat16Bits, toFloat16Bits } from './halfFloats';

describe('IEEE half', () => {
  it('knows the textbook bit patterns', () => {
    const pairs: [number, number][] = [
      [0, 0x0000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [65519.99, 0x7bff],
      [Infinity, 0x7c00],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -25 * (1 + 2 ** -20), 0x0001],
      [1023 * 2 ** -24, 0x03ff],
      [2 ** -14, 0x0400],
      [0.333251953125, 0x3555],
    ];
    for (const [value, bits] of pairs) expect([value, toFloat16Bits(value)]).toEqual([value, bits]);
    expect(Object.is(fromFloat16Bits(toFloat16Bits(-0)), -0)).toBe(true);
    expect(fromFloat16Bits(toFloat16Bits(NaN))).toBeNaN();
  });

  it('rounds ties to even', () => {
    expect(toFloat16Bits(2049)).toBe(toFloat16Bits(2048));
    expect(toFloat16Bits(2051)).toBe(toFloat16Bits(2052));
  });

  it('carries every bit pattern there and back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromFloat16Bits(bits);
      if (Number.isNaN(value)) continue;
      if (toFloat16Bits(value) !== bits) throw new Error(`pattern ${bits} came back as ${toFloat16Bits(value)}`);
    }
  });
});

describe('bfloat16', () => {
  it('rounds to nearest even', () => {
    expect(roundToBfloat16(1)).toBe(1);
    expect(roundToBfloat16(1.00390625)).toBe(1); // halfway between 1 and 1.0078125: even below
    expect(roundToBfloat16(1.01171875)).toBe(1.015625); // halfway, even above
    expect(roundToBfloat16(0.830078125)).toBe(0.828125); // golden case reference_bf16
    expect(roundToBfloat16(-0.923828125)).toBe(-0.921875);
    expect(fromBfloat16Bits(toBfloat16Bits(-3))).toBe(-3);
    expect(roundToBfloat16(NaN)).toBeNaN();
  });
});
