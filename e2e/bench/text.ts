// The report as tables for people.
import { machineLine, versionsLine } from './machine';
import type { Report } from './results';
import { fixed, megabytes, NONE, percent, table } from './table';
import type { Target } from './targets';

const stepTable = ({ rows }: Report): string =>
  table(
    [
      'engine',
      'backend',
      'model',
      'ms/step',
      '± half',
      'n',
      'tokens/s',
      'GFLOPS',
      'of best',
      'dispatches',
      'JS ms',
      'peak MB',
      'loss',
    ],
    rows.map((row) => [
      row.engine,
      row.backend,
      row.model,
      row.msPerStep.toFixed(0),
      (row.spread / 2).toFixed(0),
      String(row.steps),
      row.tokensPerSecond.toFixed(0),
      row.gflops.toFixed(2),
      percent(row.shareOfBestMatmul),
      fixed(row.dispatches, 0),
      fixed(row.jsMs, 1),
      megabytes(row.peakBytes),
      `${row.losses.at(-1)!.toFixed(5)} after ${row.losses.length - 1}`,
    ]),
    3,
  );

/** The losses side by side: row n is the loss on batch n after n updates. */
function lossTable({ rows }: Report, model: string): string {
  const own = rows.filter((row) => row.model === model);
  const longest = Math.max(...own.map(({ losses }) => losses.length));
  return table(
    ['updates', ...own.map(({ engine, backend }) => `${engine} ${backend}`)],
    Array.from({ length: longest }, (_, n) => [String(n), ...own.map(({ losses }) => losses[n]?.toFixed(5) ?? '')]),
  );
}

function sections(report: Report, targets: readonly Target[]): [title: string, text: string][] {
  const { matmul, sampling, masks, neurons, runs, scaling } = report;
  const models = [...new Set(report.rows.map(({ model }) => model))];
  const out: [string, string][] = [['training step: median, half the spread', stepTable(report)]];
  for (const model of models) out.push([`losses, ${model}: equal weights, equal batches`, lossTable(report, model)]);
  out.push([
    'matrix products, GFLOPS (best)',
    table(
      ['engine', 'backend', ...(matmul[0]?.products.map(({ size }) => size) ?? [])],
      matmul.map(({ engine, backend, products }) => [engine, backend, ...products.map((one) => one.gflops.toFixed(1))]),
      2,
    ),
  ]);
  out.push([
    'sampling, tokens/s',
    table(
      ['backend', 'rows', 'KV cache', 're-run prefix', 'faster', 'same tokens'],
      sampling.map((row) => [
        row.backend,
        String(row.rows),
        row.tokensPerSecond.toFixed(0),
        row.rerunTokensPerSecond.toFixed(0),
        `${row.timesFaster.toFixed(1)} ×`,
        percent(row.agreement),
      ]),
    ),
  ]);
  out.push([
    'exact mask selection',
    table(
      ['values', 'seconds', '± half', 'peak MB', 'as by sorting'],
      masks.map((row) => [
        `${row.entries / 1e6} M`,
        row.seconds.toFixed(3),
        (row.spread / 2).toFixed(3),
        megabytes(row.peakBytes),
        row.matchesSort === null ? NONE : row.matchesSort ? 'yes' : 'NO',
      ]),
    ),
  ]);
  for (const { preset, workerBytes, changes } of neurons) {
    out.push([
      `mask lab on ${preset}, ms from the input; atlas worker ${megabytes(workerBytes)} MB`,
      table(
        ['change', 'mask', 'all pictures', 'all that is said', 'pictures', 'longest task over 50 ms'],
        changes.map((row) => [
          row.name,
          ...[row.maskMs, row.picturesMs, row.allMs].map((ms) => ms.toFixed(0)),
          `${row.drawn} of ${row.thumbs}`,
          row.longestTaskMs > 0 ? row.longestTaskMs.toFixed(0) : NONE,
        ]),
      ),
    ]);
  }
  for (const run of runs) {
    const stages = run.stages.map(({ name, steps, seconds }) => [name, steps ? String(steps) : '', seconds.toFixed(1)]);
    const accuracy = `greedy accuracy ${fixed(run.before, 1)} → ${fixed(run.after, 1)} %`;
    out.push([
      `whole ${run.preset} run in the page, wasm ×${report.threads}; ${accuracy}`,
      table(['stage', 'steps', 'seconds'], [...stages, ['all', '', run.seconds.toFixed(1)]]),
    ]);
  }
  if (scaling.length > 0) {
    out.push([
      'growth: time and memory ∝ value ^ exponent (ours)',
      table(
        ['backend', 'dimension', 'values', 'ms/step', 'peak MB', 'time ^', 'memory ^'],
        scaling.map(({ backend, dimension, points, timeExponent, memoryExponent }) => [
          backend,
          dimension,
          points.map(({ value }) => value).join(' '),
          points.map(({ msPerStep }) => msPerStep.toFixed(0)).join(' '),
          points.map(({ peakBytes }) => megabytes(peakBytes)).join(' '),
          timeExponent.toFixed(2),
          memoryExponent.toFixed(2),
        ]),
        2,
      ),
    ]);
  }
  out.push([
    'what must hold',
    table(
      ['', 'target', 'measured', ''],
      targets.map(({ name, target, measured, met }) => [
        name,
        target,
        measured,
        met === null ? '' : met ? 'met' : 'NOT MET',
      ]),
      2,
    ),
  ]);
  return out;
}

export function reportText(report: Report, targets: readonly Target[]): string {
  const { machine, adapter, threads, versions } = report;
  const head = [
    machineLine(machine),
    `Chromium ${machine.browser}, Node ${machine.node}; WebGPU on ${adapter ?? 'no adapter'}; WASM ×${threads}`,
    versionsLine(versions),
  ].join('\n');
  const body = sections(report, targets).map(([title, text]) => `── ${title} ──\n${text}`);
  const end = `${report.mode} benchmark: ${report.seconds.toFixed(0)} s`;
  return [head, ...body, end, ...report.problems.map((problem) => `FAILED: ${problem}`)].join('\n\n');
}
