// `npm run study -- [--preset default|tiny] [--family math] [--seeds 1,2,3] [--arms allo,dpo-top10,…] [--style-bias] [--set name=value,…]`:
// the same starter, data and seeds for several arms; prints mean and spread of what the README states, and one JSON line a run.
import { createBuiltinDataset } from '../core/data/builtin';
import type { RunEvent, RunSummary } from '../core/events';
import { parseConfig } from '../core/parseConfig';
import { createRun } from '../core/run';
import { headlessBackend } from './backend';
import { runCommand } from './fail';
import { readOptions, readSettings } from './options';
import { loadStarterFile } from './starterFiles';

interface Row {
  summary: RunSummary;
  sampled: number | null;
  style: number | null;
}

async function runOnce(
  settings: Record<string, string>,
  backend: Awaited<ReturnType<typeof headlessBackend>>,
): Promise<Row> {
  const { config, problems } = parseConfig(settings);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));
  const dataset = createBuiltinDataset(config.family, { styleBias: config.styleBias });
  const run = createRun({ config, dataset, backend, loadStarter: loadStarterFile });
  let after: Extract<RunEvent, { type: 'evaluation' }>['result'] | null = null;
  let summary: RunSummary | null = null;
  for await (const event of run.events()) {
    if (event.type === 'evaluation' && event.moment === 'after') after = event.result;
    if (event.type === 'run.done') summary = event.summary;
  }
  run.dispose();
  return { summary: summary!, sampled: after!.families[config.family]?.sampled ?? null, style: after!.stylePercent };
}

/** "94.9 ± 1.2" with the sample standard deviation; "–" without values. */
export function meanAndSpread(values: readonly (number | null)[], digits: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '–';
  const mean = known.reduce((sum, x) => sum + x, 0) / known.length;
  const variance = known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, known.length - 1);
  return `${mean.toFixed(digits)} ± ${Math.sqrt(variance).toFixed(digits)}`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), {
    ...{ preset: 'default', family: 'math', seeds: '1,2,3', arms: 'allo,dpo-full,dpo-top10,dpo-random10,dpo-last10' },
    ...{ backend: 'wasm', styleBias: '', set: null as string | null },
  });
  const { preset, family, backend: backendName } = options;
  const backend = await headlessBackend(backendName);
  const lines = [
    ['arm', `${family} before`, `${family} after`, 'T = 1', 'KL to SFT', 'AUROC', 'moved %', 'style %', 's'].join(
      ' | ',
    ),
  ];
  for (const arm of options.arms.split(',')) {
    const rows: Row[] = [];
    for (const seed of options.seeds.split(',')) {
      const styleBias = options.styleBias || '0';
      const row = await runOnce(
        { preset, family, arm, seed, styleBias, backend: backendName, ...readSettings(options.set) },
        backend,
      );
      process.stderr.write(`${JSON.stringify(row)}\n`);
      rows.push(row);
    }
    const all = (value: (row: Row) => number | null, digits = 1) => meanAndSpread(rows.map(value), digits);
    lines.push(
      [
        arm,
        all(({ summary }) => summary.evaluation.before[family] ?? null),
        all(({ summary }) => summary.evaluation.after[family] ?? null),
        all(({ sampled }) => sampled),
        all(({ summary }) => summary.klToSft, 3),
        all(({ summary }) => summary.tokenRewardAuroc, 3),
        all(({ summary }) => summary.movedPercent),
        all(({ style }) => style),
        all(({ summary }) => summary.seconds, 0),
      ].join(' | '),
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

await runCommand(main);
