// Runs in Chromium: every parity case on cpu and twice on webgpu, compared number by number. parity.webgpu.spec.ts bundles it.

import { tuneMatmul } from '../../src/core/ops/linear/measureTiles';
import {
  setTileChoice,
  TILE_CANDIDATES,
  type TileCandidate,
  type TileChoice,
  tileChoice,
} from '../../src/core/ops/linear/tuning';
import { fullSizeCases, type ParityCase, parityCases } from '../../src/core/ops/parity';
import { fusedCases, fusedFullSizeCases, fusedTileCases, tileCases } from '../../src/core/ops/parityFused';
import { tf, type webgpu } from '../../src/core/tf';
import { worstDifference } from '../../src/testing/difference';

export interface CaseReport {
  name: string;
  /** One line per output that disagrees, per GPU error, per leak; empty when the case holds. */
  problems: string[];
}

async function valuesOf(parityCase: ParityCase): Promise<Record<string, Float32Array>> {
  const outputs = parityCase.run();
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    values[name] = new Float32Array(await tensor.data());
    tensor.dispose();
  }
  return values;
}

async function check(parityCase: ParityCase, gpuErrors: string[]): Promise<CaseReport> {
  await tf.setBackend('cpu');
  const expected = await valuesOf(parityCase);
  await tf.setBackend('webgpu');
  const backend = tf.backend() as webgpu.WebGPUBackend;
  const before = backend.numDataIds();
  const got = await valuesOf(parityCase);
  const problems = Object.entries(expected).flatMap(([output, values]) => {
    const difference = worstDifference(got[output] ?? new Float32Array(0), values);
    return difference.worst <= 1 ? [] : [`${output}: ${difference.text}`];
  });
  const again = await valuesOf(parityCase);
  const isSame = (output: string): boolean => got[output]!.every((value, i) => Object.is(value, again[output]![i]));
  problems.push(
    ...Object.keys(got).flatMap((output) => (isSame(output) ? [] : [`${output}: other bits the second time`])),
  );
  const kept = backend.numDataIds() - before;
  if (kept !== 0) problems.push(`${kept} tensors were not disposed`);
  return { name: parityCase.name, problems: [...problems, ...gpuErrors.splice(0)] };
}

/**
 * The cases for one tile. What follows a sum, and several sums in one program, is written around the tile's own code: all fused cases run with one
 * tile in registers and one in workgroup memory, the other tiles take one of them in turn. Compiling them is nearly all that this check costs.
 */
function casesFor(tile: TileCandidate): readonly ParityCase[] {
  const firsts = [false, true].map((shared) => TILE_CANDIDATES.find((candidate) => candidate.shared === shared));
  if (firsts.includes(tile)) return [...tileCases, ...fusedTileCases];
  const turn = TILE_CANDIDATES.filter((candidate) => !firsts.includes(candidate)).indexOf(tile);
  return [...tileCases, fusedTileCases[turn % fusedTileCases.length]!];
}

export type ParityOf = 'kernels' | 'full size' | 'tiles';

/** `tiles`: matrix products with every tile instead of every kernel. `full size`: the kernels once more, at the sizes of Default. Throws when there is no WebGPU: a parity that was not checked is a failure. */
async function runParity(what: ParityOf): Promise<CaseReport[]> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('WebGPU could not be started.');
  const gpuErrors: string[] = [];
  (tf.backend() as webgpu.WebGPUBackend).device.addEventListener('uncapturederror', (event) => {
    gpuErrors.push(event.error.message);
  });
  const reports: CaseReport[] = [];
  if (what !== 'tiles') {
    const cases = what === 'kernels' ? [...parityCases, ...fusedCases] : [...fullSizeCases, ...fusedFullSizeCases];
    for (const parityCase of cases) reports.push(await check(parityCase, gpuErrors));
    return reports;
  }
  const usual = tileChoice();
  for (const tile of TILE_CANDIDATES) {
    setTileChoice({ ...usual, tile });
    for (const { name, run } of casesFor(tile)) {
      reports.push(await check({ name: `${name}, tile ${tile.name}`, run }, gpuErrors));
    }
  }
  setTileChoice(usual);
  return reports;
}

/** Measures the tiles on this adapter and says what was kept for the next time. */
async function runTuning(): Promise<{ measured: TileChoice; stored: [string, string][] }> {
  await tf.setBackend('webgpu');
  const stored = new Map<string, string>();
  const store = {
    get: async (key: string) => stored.get(key) ?? null,
    set: async (key: string, value: string) => void stored.set(key, value),
  };
  const measured = await tuneMatmul('the adapter under test', store);
  return { measured, stored: [...stored] };
}

export type ParityWindow = Window & { runParity?: typeof runParity; runTuning?: typeof runTuning };
(window as ParityWindow).runParity = runParity;
(window as ParityWindow).runTuning = runTuning;
