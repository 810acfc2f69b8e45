import { describe, expect, it } from 'vitest';
import { runGolden } from '../testing/golden';
import { createRng } from './rng';
import { argmax, nucleusKeep, renormalise, sampleToken, temperatureProbabilities } from './sampler';

describe('sampler', () => {
  it('agrees with the golden file', async () => {
    expect(await runGolden('sampling.json')).toEqual({ passed: 4, failed: 0, failures: [] });
  });

  it('takes the lowest index among equal maxima', () => {
    expect(argmax([1, 3, 3, 2])).toBe(1);
    expect(sampleToken([0, 5, 5], { temperature: 0, topP: 1 }, 0.99)).toBe(1);
  });

  it('keeps a token while the mass before it is below top-p', () => {
    const p = Float64Array.of(0.125, 0.5, 0.25, 0.125);
    expect([...nucleusKeep(p, 0.5)]).toEqual([0, 1, 0, 0]);
    expect([...nucleusKeep(p, 0.51)]).toEqual([0, 1, 1, 0]);
    expect([...nucleusKeep(p, 0.8)]).toEqual([1, 1, 1, 0]); // equal probabilities: lower index first
    expect([...nucleusKeep(p, 1)]).toEqual([1, 1, 1, 1]);
    expect([...nucleusKeep(p, 1e-9)]).toEqual([0, 1, 0, 0]);
    expect([...renormalise(p, Uint8Array.of(0, 1, 1, 0))]).toEqual([0, 0.5 / 0.75, 0.25 / 0.75, 0]);
  });

  it('maps one uniform number to a token by index order', () => {
    const logits = [Math.log(1), Math.log(2), Math.log(1)];
    const draw = (u: number) => sampleToken(logits, { temperature: 1, topP: 1 }, u);
    expect([0, 0.2, 0.3, 0.7, 0.8, 0.9999999].map(draw)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(sampleToken(logits, { temperature: 1, topP: 0.5 }, 0.999)).toBe(1);
  });

  it('skips the sort of negligible tokens without changing the nucleus', () => {
    const rng = createRng(3, 'nucleus');
    for (let round = 0; round < 200; round++) {
      const logits = Float32Array.from({ length: 60 }, () => 4 * rng.normal());
      const p = temperatureProbabilities(logits, 0.5 + rng.next());
      const topP = 0.05 + 0.94 * rng.next();
      const order = [...p.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
      const expected = new Uint8Array(60);
      let mass = 0;
      for (const index of order) {
        if (mass >= topP) break;
        expected[index] = 1;
        mass += p[index]!;
      }
      expect(nucleusKeep(p, topP)).toEqual(expected);
    }
  });
});
