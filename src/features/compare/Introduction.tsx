// Under the comparison's title: what is compared, and what its numbers mean.
import { Term } from '../../components/glossary/Term';
import { type ArmRow, seedsOf } from './rows';
import type { Table } from './table';

interface IntroductionProps {
  rows: readonly ArmRow[];
  table: Table | null;
  unknown: number;
  preset: string;
}

export function Introduction({ rows, table, unknown, preset }: IntroductionProps) {
  const seeds = seedsOf(rows);
  return (
    <p className="caption">
      {rows.length === 1 ? '1 ' : `${rows.length} `}
      <Term name="arm">{rows.length === 1 ? 'arm' : 'arms'}</Term> of the {preset} preset on{' '}
      <Term name="held-out">held-out</Term> prompts, {seeds.length}{' '}
      <Term name="seed">{seeds.length === 1 ? 'seed' : 'seeds'}</Term> ({seeds.join(', ')}). Mean ±{' '}
      <Term name="sd">standard deviation</Term> over seeds; bold only where the 95 %{' '}
      <Term name="bootstrap">interval</Term> of the best against the runner-up leaves out zero.
      {unknown > 0 && ` ${unknown} of an arm that this version does not know are left out.`}
      {table && table.left > 0 && ` Computing intervals… ${table.total - table.left} of ${table.total}.`}
    </p>
  );
}
