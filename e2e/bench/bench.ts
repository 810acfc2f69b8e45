// `npm run bench`: the engine against its peers in one run of a real Chromium.
//   --quick  under three minutes on two cores   --json  one JSON object, the last line of stdout
//   --gpu    WebGPU on the machine's own adapter instead of the software one
// Exits with 1 when a job fails or losses disagree; an unmet target is reported only.
import { parseArgs } from 'node:util';
import { LAB_PRESETS } from '../harness/largeChanges';
import { type Attempt, attempts, runAll } from './attempts';
import { type Host, startHost } from './host';
import { describeMachine, versionsOf } from './machine';
import { type NeuronsRun, runNeurons } from './neuronsRun';
import { type Plan, planOf, THREADS } from './plan';
import { STANDARD_MODEL, WIDE_MODEL } from './protocol';
import {
  bestMatmul,
  lossProblems,
  maskRow,
  matmulRow,
  type Report,
  type ScalingRow,
  samplingRow,
  scalingRow,
  stepRow,
} from './results';
import { median } from './stats';
import { runStudio, type StudioRun } from './studioRun';
import { targetsOf } from './targets';
import { reportText } from './text';

const PACKAGES = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  '@jax-js/jax',
  '@playwright/test',
];

async function measureScaling(host: Host, attempt: Attempt, plan: Plan): Promise<ScalingRow[]> {
  const rows: ScalingRow[] = [];
  for (const { dimension, backend, jobs } of plan.scaling) {
    const scaled = await runAll(
      host,
      attempt,
      jobs.map(({ job }) => job),
    );
    if (scaled.length < jobs.length) continue;
    const points = scaled.map(([, { stepMs, peakBytes }], i) => ({
      value: jobs[i]!.value,
      msPerStep: median(stepMs),
      peakBytes: peakBytes ?? 0,
    }));
    rows.push(scalingRow({ dimension, backend }, points));
  }
  return rows;
}

async function measure(host: Host, mode: Report['mode']): Promise<Report> {
  const started = performance.now();
  const plan = planOf(mode);
  const problems: string[] = [];
  const attempt = attempts(problems);
  const browser = await host.launch();
  const machine = { ...describeMachine(), browser: browser.version() };
  await browser.close();
  const matmul = (await runAll(host, attempt, plan.matmuls)).map(([job, result]) => matmulRow(job, result));
  const steps = await runAll(host, attempt, plan.steps);
  const rows = steps.map(([job, result]) => stepRow(job, result, bestMatmul(matmul, job.backend)));
  const sampling = (await runAll(host, attempt, plan.samplings)).map(([job, result]) => samplingRow(job, result));
  const masks = (await runAll(host, attempt, plan.masks)).map(([job, result]) => maskRow(job, result));
  const neurons: NeuronsRun[] = [];
  for (const preset of LAB_PRESETS) {
    const run = await attempt(`mask lab on ${preset}`, () => runNeurons(host.launch, preset, plan.labChanges));
    if (run) neurons.push(run);
  }
  const runs: StudioRun[] = [];
  for (const preset of plan.presets) {
    const run = await attempt(`whole ${preset} run`, () => runStudio(() => host.launch(), preset));
    if (run) runs.push(run);
  }
  const scaling = await measureScaling(host, attempt, plan);
  problems.push(...lossProblems(rows));
  for (const { entries, matchesSort } of masks)
    if (matchesSort === false) problems.push(`The mask over ${entries} values is not the one that sorting gives.`);
  return {
    mode,
    date: new Date().toISOString(),
    seconds: (performance.now() - started) / 1000,
    machine,
    adapter: steps.find(([, { adapter }]) => adapter !== null)?.[1].adapter ?? null,
    threads: THREADS,
    versions: versionsOf(PACKAGES),
    models: [STANDARD_MODEL, ...(mode === 'full' ? [WIDE_MODEL] : [])],
    rows,
    matmul,
    sampling,
    masks,
    neurons,
    runs,
    scaling,
    problems,
  };
}

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
  },
});
const host = await startHost({ gpu: flags.gpu });
const report = await measure(host, flags.quick ? 'quick' : 'full').finally(host.close);
const targets = targetsOf(report);
console.log(flags.json ? JSON.stringify({ ...report, targets }) : `\n${reportText(report, targets)}`);
for (const problem of flags.json ? report.problems : []) console.error(`FAILED: ${problem}`);
process.exitCode = report.problems.length > 0 ? 1 : 0;
