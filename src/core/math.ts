// exp, log, sin and cos from additions and multiplications alone. JavaScript engines may round Math.exp & co. differently in
// the last bit; these give the same bits in Node and in every browser, which bit-for-bit reproducible runs need.

const LOG2E = 1.4426950408889634;
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const powersOfTwo = new Float64Array(2100);
for (let k = 0; k < powersOfTwo.length; k++) {
  const e = k - 1075;
  let p = 1;
  for (let i = 0; i < Math.abs(e); i++) p = e > 0 ? p * 2 : p / 2;
  powersOfTwo[k] = p;
}

/** e^x to about 1e-15 relative; 0 below −745, Infinity above 709.78, NaN for NaN. */
export function exp(x: number): number {
  if (!(x > -745)) return Number.isNaN(x) ? x : 0;
  if (x > 709.78) return Infinity;
  const k = Math.floor(x * LOG2E + 0.5);
  const r = x - k * LN2_HI - k * LN2_LO;
  // Taylor to r^13 on |r| <= ln2 / 2: truncation below 1e-17.
  const p =
    1 +
    r *
      (1 +
        r *
          (1 / 2 +
            r *
              (1 / 6 +
                r *
                  (1 / 24 +
                    r *
                      (1 / 120 +
                        r *
                          (1 / 720 +
                            r *
                              (1 / 5040 +
                                r *
                                  (1 / 40320 +
                                    r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r / 479001600)))))))))));
  return p * powersOfTwo[k + 1075]!;
}

const bits = new DataView(new ArrayBuffer(8));

/** Natural logarithm to about 1e-15 relative; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x === Infinity) return Infinity;
  let shift = 0;
  let y = x;
  if (y < 2.2250738585072014e-308) {
    y *= 18014398509481984;
    shift = -54;
  }
  bits.setFloat64(0, y);
  const high = bits.getUint32(0);
  let k = (high >>> 20) - 1023 + shift;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > 1.4142135623730951) {
    m /= 2;
    k += 1;
  }
  // log m = 2 atanh(s), s = (m − 1)/(m + 1), |s| < 0.1716: odd series to s^21.
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p = 0;
  for (let n = 21; n >= 3; n -= 2) p = (p + 1 / n) * z;
  return k * LN2_HI + (2 * s * (1 + p) + k * LN2_LO);
}

const TWO_OVER_PI = 0.6366197723675814;
const PIO2_HI = 1.5707963267341256;
const PIO2_LO = 6.077100506506192e-11;

function sinCosReduced(x: number): [number, number, number] {
  const k = Math.floor(x * TWO_OVER_PI + 0.5);
  const r = x - k * PIO2_HI - k * PIO2_LO;
  const z = r * r;
  let s = 0;
  let c = 0;
  for (let n = 17; n >= 3; n -= 2) s = ((1 + s) * -z) / (n * (n - 1));
  for (let n = 16; n >= 2; n -= 2) c = ((1 + c) * -z) / (n * (n - 1));
  return [r * (1 + s), 1 + c, ((k % 4) + 4) % 4];
}

/** sin x, about 1e-14 absolute for |x| < 1e5. */
export function sin(x: number): number {
  const [s, c, q] = sinCosReduced(x);
  return q === 0 ? s : q === 1 ? c : q === 2 ? -s : -c;
}

/** cos x, about 1e-14 absolute for |x| < 1e5. */
export function cos(x: number): number {
  const [s, c, q] = sinCosReduced(x);
  return q === 0 ? c : q === 1 ? -s : q === 2 ? -c : s;
}

/** base^exponent for base > 0. */
export const power = (base: number, exponent: number): number => exp(exponent * log(base));

/** 1 / (1 + e^−x), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

const TWO_OVER_ROOT_PI = 1.1283791670955126;
const ROOT_PI = 1.772453850905516;

/** The complementary error function 1 − erf x, to about 1e-14 relative; 0 above 27. */
export function erfc(x: number): number {
  if (x < 2) return x > -2 ? 1 - erfSeries(x) : 2 - erfc(-x);
  if (!(x < 27)) return Number.isNaN(x) ? x : 0;
  // Laplace's continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from its inner end.
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return exp(-x * x) / (ROOT_PI * fraction);
}

/** erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!, all terms of one sign; |x| ≤ 2. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n <= 40; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * exp(-x * x) * sum;
}
