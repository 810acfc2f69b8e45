// What `npm run soak` takes: `--kills 200 --seed n --kinds tab,browser,worker,device,storage --report file`.
import { join } from 'node:path';
import { countsOf, readOptions, wordsOf } from '../../src/cli/options';
import { KINDS, type Kind } from './plan';

export interface SoakOptions {
  kills: number;
  seed: number;
  kinds: readonly Kind[];
  /** Where the report goes. */
  report: string;
}

/** Throws Error saying what is wrong. */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const given = readOptions<Record<'kills' | 'seed' | 'kinds' | 'report', string>>(args, {
    ...{ kills: '200', seed: '1', kinds: KINDS.join() },
    report: join('test-results', 'soak.json'),
  });
  if (!/^\d{1,9}$/.test(given.seed)) throw new Error(`“${given.seed}” is no seed: write a whole number.`);
  const [kills, ...more] = countsOf(given.kills, 'number of kills');
  if (more.length > 0) throw new Error(`“${given.kills}” is no number of kills: write one.`);
  const kinds = [...new Set(wordsOf(given.kinds, KINDS, 'kind of kill'))];
  if (kills! < kinds.length) throw new Error(`${kills} kills are too few for ${kinds.length} kinds: name fewer kinds.`);
  return { kills: kills!, seed: Number(given.seed), kinds, report: given.report };
}
