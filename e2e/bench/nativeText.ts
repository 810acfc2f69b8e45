// The native report as tables for people.
import { machineLine, versionsLine } from './machine';
import type { NativeReport } from './nativeReport';
import { estimateText } from './paper';
import type { RooflineResult } from './protocol';
import { fixed, megabytes, percent, table } from './table';

/** Operations a byte above which arithmetic, not memory, is what holds a program up. */
const ridge = ({ fp32Gflops, copyGBs, triadGBs }: RooflineResult): number => fp32Gflops / Math.max(copyGBs, triadGBs);

function sections({ roofline, matmul, rows, sampling, estimates }: NativeReport): [title: string, text: string][] {
  const { fp32Gflops, copyGBs, triadGBs } = roofline;
  const limits = [fp32Gflops.toFixed(0), copyGBs.toFixed(1), triadGBs.toFixed(1), ridge(roofline).toFixed(1)];
  const out: [string, string][] = [
    [
      'roofline of the adapter',
      table(['fp32 GFLOPS', 'copy GB/s', 'triad GB/s', 'memory-bound below FLOP/byte'], [limits], 0),
    ],
  ];
  const products = matmul.flatMap((row) => row.products);
  out.push([
    'matrix products (best)',
    table(
      ['rows × inner × columns', 'GFLOPS', 'of peak'],
      products.map(({ size, gflops }) => [size, gflops.toFixed(1), percent(gflops / fp32Gflops, 1)]),
    ),
  ]);
  out.push([
    'training step: median, half the spread',
    table(
      [
        'model',
        'ms/step',
        '± half',
        'n',
        'tokens/s',
        'GFLOPS',
        'of best product',
        'of peak',
        'dispatches',
        'JS ms',
        'peak MB',
        'loss',
      ],
      rows.map((row) => [
        row.model,
        row.msPerStep.toFixed(1),
        (row.spread / 2).toFixed(1),
        String(row.steps),
        row.tokensPerSecond.toFixed(0),
        row.gflops.toFixed(1),
        percent(row.shareOfBestMatmul),
        percent(row.shareOfPeak, 1),
        fixed(row.dispatches, 0),
        fixed(row.jsMs, 1),
        megabytes(row.peakBytes),
        `${row.losses[0]!.toFixed(4)} → ${row.losses.at(-1)!.toFixed(4)} after ${row.losses.length - 1}`,
      ]),
    ),
  ]);
  out.push([
    'sampling, tokens/s',
    table(
      ['rows', 'KV cache', 're-run prefix', 'faster', 'same tokens'],
      sampling.map((row) => [
        String(row.rows),
        row.tokensPerSecond.toFixed(0),
        row.rerunTokensPerSecond.toFixed(0),
        `${row.timesFaster.toFixed(1)} ×`,
        percent(row.agreement),
      ]),
    ),
  ]);
  out.push(['on paper: a training step of SmolLM2-135M', estimateText(estimates)]);
  return out;
}

export function nativeText(report: NativeReport): string {
  const { machine, adapter, versions } = report;
  const head = [
    machineLine(machine),
    `Dawn in Node ${machine.node}; WebGPU on ${adapter}`,
    versionsLine(versions),
  ].join('\n');
  const body = sections(report).map(([title, text]) => `── ${title} ──\n${text}`);
  const end = `${report.mode} native benchmark: ${report.seconds.toFixed(0)} s`;
  return [head, ...body, end, ...report.problems.map((problem) => `FAILED: ${problem}`)].join('\n\n');
}
