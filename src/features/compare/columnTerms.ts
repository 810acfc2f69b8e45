// Which word of the glossary explains a column's head.
import type { TermName } from '../../components/glossary/terms';
import type { Column } from './columns';

const TERMS: Readonly<Record<string, TermName>> = {
  accuracy: 'accuracy',
  sampled: 'accuracy',
  difference: 'paired',
  verdict: 'verdict',
  kl: 'kl',
  gold: 'gold',
  moved: 'moved',
  mask: 'mask',
  updates: 'updates',
  style: 'style',
};

/** null: the head says all. */
export const termOf = ({ id }: Pick<Column, 'id'>): TermName | null =>
  id.startsWith('tax ') ? 'tax' : (TERMS[id] ?? null);
