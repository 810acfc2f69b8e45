// Golden kinds of the built-in tasks: h01, the vocabulary, and questions with solution, slips, checker and oracle.
import * as v from 'valibot';
import { taskFromRecord, taskTokenizer } from '../../data/families';
import { h01, type KeyPart } from '../../data/h01';
import { oracleRewrite } from '../../data/oracle';
import { splitOf } from '../../data/split';
import type { Task } from '../../data/task';
import { GoldenFormatError } from '../format';
import type { Kind } from './kind';

const KeySchema: v.GenericSchema<unknown, KeyPart> = v.lazy(() =>
  v.union([v.string(), v.number(), v.array(KeySchema)]),
);

export const h01Kind: Kind = ({ inputs }) => ({
  got: { values: inputs.read('keys', v.array(v.array(KeySchema))).map((key) => h01(...key)) },
});

export const vocabularyKind: Kind = () => ({ got: { tokens: taskTokenizer.vocabulary } });

const SPLITS = { 'held-out': 'heldout', validation: 'validation', train: 'train' } as const;
const StyleSchema = v.pipe(v.array(v.union([v.string(), v.number(), v.boolean()])), v.minLength(2));
const SlipsSchema = v.array(v.picklist(['op', 'carry', 'fact', 'letter', 'fmt', 'drop']));

function styleOf(task: Task, [opener, link, swap]: readonly (string | number | boolean)[]): Task['styles'][number] {
  const style = task.styles.find(
    (candidate) => candidate.opener === opener && candidate.link === link && candidate.swapped === Boolean(swap),
  );
  if (!style) throw new GoldenFormatError(`the family has no style "${opener}", "${link}", ${swap}`);
  return style;
}

export const taskKind: Kind = ({ inputs, vector }) => {
  const task = taskFromRecord(inputs.read('question', v.unknown()));
  const style = styleOf(task, inputs.read('style', StyleSchema));
  const response = task.solve(style, inputs.read('slips', SlipsSchema));
  const got: Record<string, unknown> = {
    prompt: task.prompt,
    split: SPLITS[splitOf(task.prompt.join(' '))],
    solution: task.solve(style),
    response,
    responseIsCorrect: task.check(response),
  };
  if (Object.hasOwn(vector.expected, 'oracleWrong')) {
    const rewrite = oracleRewrite(task, response);
    got.oracleWrong = rewrite.wrong;
    got.oracleRewriteIsCorrect = task.check(rewrite.words);
  }
  return { got };
};
