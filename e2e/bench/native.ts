// `npm run bench:native`: the engine's WebGPU kernels in Node, on Dawn and whatever GPU the machine has, against what the adapter can
// do at most; and what a model of 135 M parameters would cost, on paper.
//   --quick  the standard model only, few steps   --steps N  measured steps a model   --json  one JSON object on stdout
// Exits with 2 where Dawn is not installed, with 1 when a job fails. On Linux, VK_ICD_FILENAMES chooses the Vulkan driver.
import { parseArgs } from 'node:util';
import { DAWN_ADVICE, findDawn } from '../../src/cli/backend';
import { attempts, runAll } from './attempts';
import type { Device } from './cost';
import { describeMachine, versionOfFile, versionsOf } from './machine';
import { nativeHost } from './nativeHost';
import { type NativeReport, nativeRow } from './nativeReport';
import { nativeText } from './nativeText';
import { estimatesFor, LAPTOP } from './paper';
import { MATMUL_SIZES } from './plan';
import { type BenchModel, type MatmulJob, type MatmulSize, STANDARD_MODEL, type StepJob, WIDE_MODEL } from './protocol';
import { bestMatmul, matmulRow, samplingRow, stepRow } from './results';

const PLACE = { engine: 'allo', backend: 'webgpu', threads: 1 } as const;

/** Sides of larger products, measured where one does not take too long. */
const LARGER = [1024, 2048];

const square = (n: number): MatmulSize => ({ rows: n, inner: n, columns: n });

interface Effort {
  warmUp: number;
  steps: number;
  repeats: number;
  models: readonly BenchModel[];
  /** Products that would take longer are left out. */
  mostProductMs: number;
}

async function measure(effort: Effort, dawn: string): Promise<NativeReport> {
  const started = performance.now();
  const problems: string[] = [];
  const attempt = attempts(problems);
  const machine = describeMachine();
  const { repeats, warmUp, steps, models, mostProductMs } = effort;
  const [measured] = await runAll(nativeHost, attempt, [{ kind: 'roofline', repeats }] as const);
  // No adapter, most likely: nothing else would run either.
  if (!measured) throw new Error(problems[0]!.split('\n')[0]);
  const [, roofline] = measured;

  const matmul: NativeReport['matmul'] = [];
  const multiply = async (sizes: readonly MatmulSize[]): Promise<void> => {
    const job: MatmulJob = { kind: 'matmul', ...PLACE, sizes, repeats };
    for (const [done, result] of await runAll(nativeHost, attempt, [job])) matmul.push(matmulRow(done, result));
  };
  await multiply(MATMUL_SIZES);
  const speed = bestMatmul(matmul, 'webgpu');
  const larger = LARGER.filter((n) => speed !== null && (2 * n ** 3) / speed / 1e6 <= mostProductMs);
  if (larger.length > 0) await multiply(larger.map(square));

  const best = bestMatmul(matmul, 'webgpu');
  const stepJobs = models.map((model): StepJob => ({ kind: 'step', ...PLACE, model, warmUp, steps }));
  const rows = (await runAll(nativeHost, attempt, stepJobs)).map(([job, result]) =>
    nativeRow(stepRow(job, result, best), roofline),
  );
  const samplings = [
    { kind: 'sampling', ...PLACE, model: STANDARD_MODEL, rows: 16, promptTokens: 16, newTokens: 48 },
  ] as const;
  const sampling = (await runAll(nativeHost, attempt, samplings)).map(([job, result]) => samplingRow(job, result));

  return {
    mode: models.length > 1 ? 'full' : 'quick',
    date: new Date().toISOString(),
    seconds: (performance.now() - started) / 1000,
    machine,
    adapter: roofline.adapter,
    versions: { ...versionsOf(['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu']), webgpu: versionOfFile(dawn) },
    models,
    roofline,
    matmul,
    rows,
    sampling,
    estimates: estimatesFor([...deviceOf({ roofline, rows }), LAPTOP]),
    problems,
  };
}

/** This adapter as the estimate wants it: the widest measured model is the nearest to a large one. */
function deviceOf({ roofline, rows }: Pick<NativeReport, 'roofline' | 'rows'>): Device[] {
  const widest = rows.at(-1);
  if (!widest) return [];
  const { adapter: name, fp32Gflops, copyGBs, triadGBs } = roofline;
  const source = `measured; its share of the peak is that of ${widest.model}, ${(100 * widest.shareOfPeak).toFixed(1)} %`;
  return [{ name, fp32Gflops, bandwidthGBs: Math.max(copyGBs, triadGBs), share: widest.shareOfPeak, source }];
}

function effortOf({ quick, steps }: { quick: boolean; steps: string | undefined }): Effort {
  const count = steps === undefined ? (quick ? 3 : 10) : Number(steps);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--steps takes a whole number from 1, got “${steps}”.`);
  const models = quick ? [STANDARD_MODEL] : [STANDARD_MODEL, WIDE_MODEL];
  return { warmUp: quick ? 1 : 3, steps: count, repeats: quick ? 3 : 7, models, mostProductMs: quick ? 1000 : 4000 };
}

/** The exit status. */
async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      steps: { type: 'string' },
    },
  });
  const effort = effortOf({ quick: flags.quick, steps: flags.steps });
  const dawn = findDawn();
  if (dawn === null) {
    console.error(DAWN_ADVICE);
    return 2;
  }
  const report = await measure(effort, dawn);
  console.log(flags.json ? JSON.stringify(report) : `\n${nativeText(report)}`);
  for (const problem of flags.json ? report.problems : []) console.error(`FAILED: ${problem}`);
  return report.problems.length > 0 ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
