// Measures the matrix product's tiles on the present WebGPU adapter and keeps the fastest one that gives the right numbers.
import { tf, type webgpu } from '../../tf';
import { orTrouble } from '../deviceWatch';
import { type Gpu, gpuOf } from '../gpu';
import { submit } from '../gpuRun';
import { multiply } from './multiply';
import { setTileChoice, TILE_CANDIDATES, type TileCandidate, type TileChoice, tileChoice } from './tuning';

/** Where a choice outlives the page; core has no storage of its own. */
export interface TileStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
}

/** A real GPU is through with the first size before its clock has started; a software adapter needs no second. */
const SIZES = [256, 1024];
const LONG_ENOUGH_MS = 5;
const REPETITIONS = 3;
/** A candidate that was this much slower than the best at first is not measured again. */
const HOPELESS = 2;
const TOLERANCE = 1e-3;
const LAYOUTS = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
];

/** The three products of a training step, n × n × n each → milliseconds, and one output to compare. */
async function once(backend: webgpu.WebGPUBackend, gpu: Gpu, x: tf.TensorInfo, tile: TileCandidate) {
  const start = performance.now();
  const products = LAYOUTS.flatMap((layout) => multiply(gpu, { ...layout, sums: [[{ a: x, b: x }]] }, tile));
  submit(backend);
  await orTrouble(backend, backend.queue.onSubmittedWorkDone());
  return { ms: performance.now() - start, products };
}

async function values(backend: webgpu.WebGPUBackend, infos: readonly tf.TensorInfo[]): Promise<Float32Array[]> {
  return Promise.all(infos.map(async ({ dataId }) => (await backend.read(dataId)) as Float32Array));
}

const agree = (got: readonly Float32Array[], expected: readonly Float32Array[]): boolean =>
  got.every((array, i) => array.every((value, k) => Math.abs(value - expected[i]![k]!) <= TOLERANCE));

/** Best milliseconds by candidate, at one size; wrong ones are left out. */
async function measure(
  backend: webgpu.WebGPUBackend,
  size: number,
  candidates: readonly TileCandidate[],
): Promise<Map<TileCandidate, number>> {
  const gpu = gpuOf(backend);
  const x = tf.tensor2d(
    Float32Array.from({ length: size * size }, (_, i) => (((i * 37) % 17) - 8) / 64),
    [size, size],
  );
  const times = new Map<TileCandidate, number>();
  let expected: Float32Array[] | null = null;
  for (const candidate of candidates) {
    // The first run compiles, and is compared.
    const first = await once(backend, gpu, x, candidate);
    const got = await values(backend, first.products);
    gpu.free(...first.products);
    expected ??= got;
    if (!agree(got, expected)) continue;
    for (let i = 0; i < REPETITIONS; i++) {
      const { ms, products } = await once(backend, gpu, x, candidate);
      gpu.free(...products);
      times.set(candidate, Math.min(ms, times.get(candidate) ?? Infinity));
      if (ms > HOPELESS * Math.min(...times.values())) break;
    }
  }
  x.dispose();
  return times;
}

const measured = new Map<string, TileChoice>();

/**
 * Chooses the tile for `adapter`, once a session: from the store where it has one, else by measuring (about 0.1 s on a GPU). The
 * backend must be webgpu.
 */
export async function tuneMatmul(adapter: string, store?: TileStore): Promise<TileChoice> {
  const key = `matmul tile of ${adapter}`;
  const known = measured.get(key) ?? (await remembered(key, store));
  const choice = known ?? (await measureAll());
  if (!known && choice.source === 'measured') await store?.set(key, choice.tile.name);
  measured.set(key, choice);
  setTileChoice(choice);
  return tileChoice();
}

async function remembered(key: string, store: TileStore | undefined): Promise<TileChoice | null> {
  const name = await store?.get(key);
  const tile = TILE_CANDIDATES.find((candidate) => candidate.name === name);
  return tile ? { tile, source: 'remembered', speeds: {} } : null;
}

async function measureAll(): Promise<TileChoice> {
  const backend = tf.backend() as webgpu.WebGPUBackend;
  let times = new Map<TileCandidate, number>();
  let size = 0;
  for (size of SIZES) {
    times = await measure(backend, size, TILE_CANDIDATES);
    if (Math.min(...times.values()) >= LONG_ENOUGH_MS) break;
  }
  const [tile] = [...times.keys()].sort((a, b) => times.get(a)! - times.get(b)!);
  // Not one finite product: the self-check will say so.
  if (!tile) return { tile: TILE_CANDIDATES[0]!, source: 'default', speeds: {} };
  const flops = LAYOUTS.length * 2 * size ** 3;
  const speeds = Object.fromEntries([...times].map(([{ name }, ms]) => [name, flops / ms / 1e6]));
  return { tile, source: 'measured', speeds };
}
