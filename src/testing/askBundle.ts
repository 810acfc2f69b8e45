// Asks the models of a bundle what the run's time line asked, and holds the answers against those that the run told: before and after it.
import { expect } from 'vitest';
import { answerBoth } from '../core/answer';
import { openBundle } from '../core/bundle/openBundle';
import { readRun } from '../core/bundle/readRun';
import type { ByteSource } from '../core/files/byteSource';
import { openBundledModel } from '../core/model/bundledModel';
import { Model } from '../core/model/model';

/** How many answers were compared. On the backend that is in use. */
export async function askBundle(source: ByteSource): Promise<number> {
  const { log, started } = await readRun(await openBundle(source));
  const events = log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  const { prompts } = events.find((event) => event.type === 'inspected')!;
  const moments = events.filter((event) => event.type === 'snapshot');
  const { config, before, after, data, maxNewTokens } = await openBundledModel(source);
  const models = [new Model(config, before), new Model(config, after)] as const;
  const expected = [moments[0]!, moments.at(-1)!].map(({ answers }) => answers);
  for (const [i, { text, tokens }] of prompts.entries()) {
    expect(data.encodePrompt(text)).toEqual(tokens);
    const { before: first, after: second } = await answerBoth(...models, data, text, {
      ...{ temperature: 0, seed: 1, maxNewTokens },
    });
    for (const [n, answer] of [first, second].entries()) {
      const told = expected[n]![i]!;
      expect(answer.tokens.map(({ id }) => id)).toEqual(told.tokens);
      expect(answer.correct).toBe(told.correct);
      expect(answer.tokens.map(({ text: shown }) => shown)).toEqual(told.tokens.map((id) => started.vocabulary[id]));
    }
  }
  for (const model of models) model.dispose();
  return prompts.length;
}
