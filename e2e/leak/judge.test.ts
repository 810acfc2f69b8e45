import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng';
import { judge, LIMITS, type Phase, QUANTITIES, type Quantity, type Sample, tableOf, verdictLine } from './judge';

/** A sample every ten seconds and 200 steps; every quantity stands at its own value, with the noise of a collected heap or a drawn page. */
function samples(phase: Phase, count: number, change: (quantity: Quantity, at: number) => number = () => 0): Sample[] {
  const rng = createRng(7, `samples of ${phase}`);
  return Array.from({ length: count }, (_, at) => ({
    seconds: 10 * at,
    steps: 200 * at,
    values: Object.fromEntries(
      QUANTITIES.map((quantity, i) => {
        const isExact = /tensor|files/.test(quantity);
        const width = isExact ? 0 : LIMITS[quantity].atMost.runs < 1000 ? 4 : 40e3;
        const noise = width * (rng.next() + rng.next() - 1);
        return [quantity, 1e6 + 1000 * i + noise + change(quantity, at)];
      }),
    ) as Sample['values'],
  }));
}

const verdicts = (phase: Phase, given: Sample[]) =>
  Object.fromEntries(judge(phase, given).map(({ quantity, verdict }) => [quantity, verdict]));

describe('judge', () => {
  it('finds nothing in noise', () => {
    const rows = [...judge('runs', samples('runs', 70)), ...judge('steps', samples('steps', 70))];
    expect(rows.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
    expect(rows.length).toBe(2 * QUANTITIES.length);
    expect(verdictLine(rows, 20)).toBe(`NO GROWTH: ${rows.length} quantities within their limits over 20 minutes`);
  });

  it('finds a made-up leak of each kind, and that one alone', () => {
    // A megabyte of page heap in 10 minutes; one tensor in five minutes; a listener a run.
    const leaks: [Quantity, (at: number) => number][] = [
      ['page heap', (at) => at * 16_700],
      ['tensors', (at) => Math.floor(at / 30)],
      ['listeners', (at) => at],
    ];
    for (const [leaking, grown] of leaks) {
      const found = verdicts(
        'runs',
        samples('runs', 70, (quantity, at) => (quantity === leaking ? grown(at) : 0)),
      );
      expect(Object.entries(found).filter(([, verdict]) => verdict !== 'holds')).toEqual([[leaking, 'grows']]);
    }
  });

  it('leaves the beginning out: what fills once is no leak', () => {
    const filling = samples('runs', 70, (quantity, at) => (quantity === 'page heap' ? 5e6 * Math.min(at, 8) : 0));
    expect(verdicts('runs', filling)['page heap']).toBe('holds');
  });

  it('takes of a database what stays when what was deleted is cleared', () => {
    const judged = (grown: (at: number) => number) =>
      verdicts(
        'runs',
        samples('runs', 70, (quantity, at) => (quantity === 'database bytes' ? grown(at) : 0)),
      )['database bytes'];
    // 200 kB a run, cleared every 45 runs: 72 MB an hour to look at.
    const filling = (at: number): number => 200_000 * ((at + 25) % 45);
    expect(judged(filling)).toBe('holds');
    expect(judged((at) => 200_000 * at)).toBe('grows');
    // 60 kB of each run stay: 21.6 MB an hour.
    expect(judged((at) => 200_000 * (at % 8) + 60_000 * at)).toBe('grows');
  });

  it('counts the steps of one run, not its time', () => {
    // 4 kB a step are its numbers; 12 kB are not.
    const grown = (perStep: number) =>
      verdicts(
        'steps',
        samples('steps', 70, (quantity, at) => (quantity === 'page heap' ? 200 * at * perStep : 0)),
      )['page heap'];
    expect(grown(4000)).toBe('holds');
    expect(grown(12_000)).toBe('grows');
  });

  it('does not say that something holds where the samples cannot show it', () => {
    const rng = createRng(3, 'wild');
    const wild = samples('runs', 20, (quantity) => (quantity === 'page heap' ? 20e6 * rng.next() : 0));
    const rows = judge('runs', wild).filter(({ quantity }) => quantity === 'page heap');
    expect(rows.map(({ verdict }) => verdict)).toEqual(['unclear']);
    expect(verdictLine(rows, 3)).toMatch(/^UNCLEAR over 3 minutes: page heap is not shown to stay within 1\.00 MB/);
  });

  it('leaves out what cannot be had, and refuses too few samples', () => {
    const without = samples('runs', 40).map((sample) => ({
      ...sample,
      values: { ...sample.values, 'GPU bytes': null },
    }));
    expect(judge('runs', without).map(({ quantity }) => quantity)).not.toContain('GPU bytes');
    for (const few of [0, 3, 12]) expect(() => judge('runs', samples('runs', few))).toThrow('too few');
  });

  it('says the growth in numbers', () => {
    const rows = judge(
      'runs',
      samples('runs', 70, (quantity, at) => (quantity === 'page heap' ? at * 16_700 : 0)),
    );
    expect(verdictLine(rows, 20)).toMatch(/^GROWTH over 20 minutes: page heap grows by more than 1\.00 MB an hour/);
    const line = tableOf('runs', rows)
      .split('\n')
      .find((one) => one.startsWith('page heap'));
    expect(line).toMatch(/(5\.9|6\.0)\d MB .* (4[78])\.\d+ MB +1\.00 MB +grows$/);
  });
});
