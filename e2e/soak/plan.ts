// Which run is killed how and when, drawn from a seed before anything runs: the same seed, the same plan.
import type { Rng } from '../../src/core/rng';
import type { Configuration } from './configurations';
import type { Fault } from './page/orders';

export const KINDS = ['tab', 'browser', 'worker', 'device', 'storage'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * How a kill of a kind is made. Tab: its process crashes, it is closed, it is reloaded. Worker: an error that nobody catches, a trap in WASM, memory that is
 * refused, an end without a word, an end from outside that the page is told of.
 */
export const WAYS = {
  tab: ['crash', 'close', 'reload'],
  browser: ['SIGKILL'],
  worker: ['exception', 'trap', 'memory', 'silence', 'termination'],
  device: ['destroy'],
} as const satisfies Record<Exclude<Kind, 'storage'>, readonly string[]>;
export type Way = (typeof WAYS)[keyof typeof WAYS][number];
const FAULTS: readonly Fault[] = ['quota', 'unreadable', 'abort', 'short'];

/** Of so many kills about so many are of a kind: the software adapter is slow. */
const SHARES: Record<Kind, number> = { tab: 30, browser: 22, worker: 22, storage: 20, device: 6 };
const SEEDS = [3, 7, 11, 23] as const;
/** Kills of one run, one after another. */
const LONGEST_CHAIN = 4;

export interface Kill {
  kind: Kind;
  /** What ends the work; of `storage` what comes soon after its faults. */
  way: Way;
  /** Where in the run: 0 its beginning, 1 its end, each stage as long as the others. */
  at: number;
  /** At that moment, or in the middle of a save. */
  aim: 'moment' | 'save';
  /** A save is asked for when the stage is reached, as a hidden page does. */
  asksToSave: boolean;
  /** The access to the storage at which a save is held, or from which on accesses fail, counted from that moment; before or after it is done. */
  access: { number: number; isDone: boolean };
  /** Of `storage`: how writes fail, and how many. */
  faults: { fault: Fault; count: number } | null;
  /** Milliseconds between the moment and the kill. */
  delay: number;
}

export interface PlannedRun {
  configuration: Configuration;
  seed: number;
  /** In the order of their moments. */
  kills: readonly Kill[];
}

export interface Available {
  wasm: readonly Configuration[];
  webgpu: readonly Configuration[];
}

/** How many kills of each kind: every kind at least once, else by their shares. */
export function countKinds(kills: number, kinds: readonly Kind[]): Map<Kind, number> {
  const counts = new Map<Kind, number>(kinds.map((kind) => [kind, 1]));
  for (let left = kills - kinds.length; left > 0; left--) {
    const [next] = kinds.toSorted((a, b) => counts.get(a)! / SHARES[a] - counts.get(b)! / SHARES[b]);
    counts.set(next!, counts.get(next!)! + 1);
  }
  return counts;
}

function drawKill(rng: Rng, kind: Kind, at: number): Kill {
  const ending = kind === 'storage' ? rng.pick(['tab', 'browser', 'worker'] as const) : kind;
  const aim = kind !== 'device' && kind !== 'storage' && rng.next() < 0.5 ? 'save' : 'moment';
  // A worker that is held in a save hears nothing: it is ended from outside.
  const ways: readonly Way[] = kind === 'worker' && aim === 'save' ? ['termination'] : WAYS[ending];
  return {
    ...{ kind, at, aim, way: rng.pick(ways) },
    asksToSave: aim === 'save' || kind === 'storage' || rng.next() < 0.5,
    access: { number: 1 + rng.int(40), isDone: rng.next() < 0.5 },
    faults: kind === 'storage' ? { fault: rng.pick(FAULTS), count: 1 + rng.int(20) } : null,
    delay: rng.int(kind === 'storage' ? 600 : 150),
  };
}

/** All runs with all of their kills. The moments are spread evenly over the runs' stages. */
export function planSoak(rng: Rng, kills: number, kinds: readonly Kind[], { wasm, webgpu }: Available): PlannedRun[] {
  const counts = countKinds(kills, kinds);
  const of = (which: (kind: Kind) => boolean): Kill[] => {
    const drawn = [...counts].filter(([kind]) => which(kind)).flatMap(([kind, count]) => Array<Kind>(count).fill(kind));
    const moments = rng.fork('moments').shuffle(drawn.map((_, i) => (i + rng.next()) / drawn.length));
    return rng.shuffle(drawn).map((kind, i) => drawKill(rng, kind, moments[i]!));
  };
  const chained = (left: readonly Kill[], configurations: readonly Configuration[], longest: number): PlannedRun[] => {
    const runs: PlannedRun[] = [];
    // Each reference costs a run: few kills share few of them.
    const used = rng.sample(configurations, Math.min(configurations.length, Math.ceil(left.length / 6)));
    // One seed each, for the same reason.
    const seeds = used.map(() => rng.pick(SEEDS));
    for (let from = 0; from < left.length; ) {
      const chain = left.slice(from, from + 1 + rng.int(longest));
      from += chain.length;
      const turn = runs.length % used.length;
      runs.push({ configuration: used[turn]!, seed: seeds[turn]!, kills: chain.toSorted((a, b) => a.at - b.at) });
    }
    return runs;
  };
  const onWasm = chained(
    of((kind) => kind !== 'device'),
    wasm,
    LONGEST_CHAIN,
  );
  const onWebgpu = chained(
    of((kind) => kind === 'device'),
    webgpu,
    2,
  );
  return rng.shuffle([...onWasm, ...onWebgpu]);
}
