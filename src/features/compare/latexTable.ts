// The table as LaTeX with booktabs: mean ± standard deviation, intervals in brackets, the same bold rule as on the page.
import { NOTHING, numberText, originText } from './cellText';
import { type Column, headOf } from './columns';
import { fixed, signed } from './numberText';
import { GROUPS } from './rows';
import type { Table, TableRow } from './table';
import { tableNote } from './tableFiles';

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  '|': '$|$',
  '×': '$\\times$',
  '±': '$\\pm$',
  '−': '$-$',
  '–': '--',
  '…': '\\ldots{}',
  '’': "'",
  '‘': '`',
  '“': '``',
  '”': "''",
  '·': '$\\cdot$',
  '≈': '$\\approx$',
  '≤': '$\\le$',
  '≥': '$\\ge$',
  '²': '$^2$',
  '\u202f': '\\,',
  '\u00a0': '~',
};
const GREEK: Readonly<Record<string, string>> = {
  ...{ α: 'alpha', β: 'beta', γ: 'gamma', δ: 'delta', ε: 'varepsilon', θ: 'theta', λ: 'lambda', σ: 'sigma', τ: 'tau' },
};

/** Text as LaTeX prints it; letters that LaTeX reads as they are stay. Line ends become spaces. */
export const latexText = (text: string): string =>
  Array.from(text.replace(/\s*[\r\n]+\s*/g, ' '), (letter) => {
    const greek = GREEK[letter];
    return greek ? `$\\${greek}$` : (SPECIAL[letter] ?? letter);
  }).join('');

/** Numbers go into one formula: a minus there is a minus. */
const formula = (text: string, isBold: boolean): string => {
  const inside = text
    .replaceAll('−', '-')
    .replaceAll('±', '\\pm')
    .replaceAll('…', ',')
    .replaceAll('\u202f', '\\,')
    .replaceAll('%', '\\%');
  return isBold ? `$\\mathbf{${inside}}$` : `$${inside}$`;
};

function cell(table: Table, one: TableRow, column: Column): string {
  switch (column.kind) {
    case 'number': {
      const found = one.cells.get(column.id);
      return found ? formula(numberText(found, column), table.best.get(column.id) === one.row.id) : '--';
    }
    case 'difference': {
      const { difference } = one;
      if (!difference) return one.row.id === one.against?.id ? 'baseline' : '--';
      const { mean, interval } = difference;
      const span = interval ? ` \\; [${signed(interval.low, 1)}, ${signed(interval.high, 1)}]` : '';
      return formula(`${signed(mean, 1)}${span}`, false);
    }
    case 'paper':
      return one.paper === null ? '--' : formula(fixed(one.paper, 2), false);
    case 'paper difference':
      return one.paperDifference === null ? '--' : formula(signed(one.paperDifference, 2), false);
    case 'verdict': {
      const first = one.verdicts?.[0];
      return first ? latexText(`${first.short}: ${first.judgement.verdict}`) : latexText(NOTHING);
    }
    case 'origin':
      return latexText(originText(one.row));
  }
}

const isText = ({ kind }: Column): boolean => kind === 'verdict' || kind === 'origin';

/** Rows in their order; groups are headed where rows of one stand together. `place`: family and preset in words. */
export function latexTable(table: Table, rows: readonly TableRow[], columns: readonly Column[], place: string): string {
  const isGrouped = isInGroups(rows);
  const lines = rows.flatMap((one, i) => {
    const { group, label } = one.row;
    const begins = isGrouped && group !== rows[i - 1]?.row.group;
    const failed = one.row.known.some(({ result }) => result.failure !== null) ? ' (failed)' : '';
    const cells = [latexText(label + failed), ...columns.map((column) => cell(table, one, column))];
    return [
      ...(begins && i > 0 ? ['\\addlinespace'] : []),
      ...(begins ? [`\\multicolumn{${columns.length + 1}}{l}{\\emph{${latexText(group)}}} \\\\`] : []),
      `${cells.join(' & ')} \\\\`,
    ];
  });
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    '\\centering',
    `\\caption{${latexText(tableNote(table, rows, place))}}`,
    `\\begin{tabular}{l${columns.map((column) => (isText(column) ? 'l' : 'r')).join('')}}`,
    '\\toprule',
    `${['Arm', ...columns.map((column) => latexText(headOf(column)))].join(' & ')} \\\\`,
    '\\midrule',
    ...lines,
    '\\bottomrule',
    '\\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** Does every group stand in one piece, and is there more than one? */
export function isInGroups(rows: readonly TableRow[]): boolean {
  const runs = rows.map(({ row }) => row.group).filter((group, i, all) => group !== all[i - 1]);
  return runs.length > 1 && new Set(runs).size === runs.length && runs.every((group) => GROUPS.includes(group));
}
