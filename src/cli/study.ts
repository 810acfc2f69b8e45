// `npm run study -- [--preset default|tiny] [--family math] [--seeds 1,2,3] [--arms allo,dpo-top10,…] [--style-bias] [--validation] [--set name=value,…]`:
// the same starter, data and seeds for several arms; prints mean and spread of what the README states, and one JSON line a run. With
// `--validation` the validation split takes the held-out one's place: settings are chosen on that one only.
import type { Family } from '../core/config';
import { createBuiltinDataset } from '../core/data/builtin';
import type { Dataset } from '../core/data/dataset';
import type { RunEvent, RunSummary } from '../core/events';
import { parseConfig } from '../core/parseConfig';
import { createRun } from '../core/run';
import { headlessBackend } from './backend';
import { runCommand } from './fail';
import { readOptions, readSettings } from './options';
import { meanAndSpread } from './spread';
import { loadStarterFile } from './starterFiles';

interface Row {
  summary: RunSummary;
  sampled: number | null;
  style: number | null;
}

const onValidation = (dataset: Dataset): Dataset => ({
  ...dataset,
  evaluationQuestions: (family, _split, count) => dataset.evaluationQuestions(family, 'validation', count),
});

async function runOnce(
  settings: Record<string, string>,
  isValidation: boolean,
  backend: Awaited<ReturnType<typeof headlessBackend>>,
): Promise<Row> {
  const { config, problems } = parseConfig(settings);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));
  const builtin = createBuiltinDataset(config.family, config);
  const dataset = isValidation ? onValidation(builtin) : builtin;
  const datasetFor = (family: Family) => createBuiltinDataset(family, config);
  const run = createRun({ config, dataset, datasetFor, backend, loadStarter: loadStarterFile });
  let after: Extract<RunEvent, { type: 'evaluation' }>['result'] | null = null;
  let summary: RunSummary | null = null;
  for await (const event of run.events()) {
    if (event.type === 'evaluation' && event.moment === 'after') after = event.result;
    if (event.type === 'run.done') summary = event.summary;
  }
  run.dispose();
  return { summary: summary!, sampled: after!.families[config.family]?.sampled ?? null, style: after!.stylePercent };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), {
    ...{ preset: 'default', family: 'math', seeds: '1,2,3', arms: 'allo,dpo-full,dpo-top10,dpo-random10,dpo-last10' },
    ...{ backend: 'wasm', styleBias: '', validation: '', set: null as string | null },
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
        Boolean(options.validation),
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
