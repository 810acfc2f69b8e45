// The sampled answers for people and scripts: one line an answer, tokens as text, with rewards and weights where the run has them.
import type { PromptRecord, RewardRecord, RunEvent } from '../events';

/** Lines in the order of sampling. */
export function samplesJsonl(events: readonly RunEvent[], vocabulary: readonly string[]): string {
  const prompts = new Map<number, PromptRecord>();
  const rewards = new Map<number, RewardRecord>();
  for (const event of events) {
    if (event.type === 'samples') for (const prompt of event.prompts) prompts.set(prompt.id, prompt);
    if (event.type === 'rewards') for (const record of event.records) rewards.set(record.responseId, record);
  }
  const lines: string[] = [];
  for (const event of events) {
    if (event.type !== 'samples') continue;
    for (const { id, promptId, tokens, correct, ended, copies } of event.responses) {
      const prompt = prompts.get(promptId);
      const record = rewards.get(id);
      const line = {
        ...{ id, prompt: prompt?.text ?? null, tokens: tokens.map((token) => vocabulary[token] ?? null) },
        ...{ correct, ended, copies },
        ...(record && { rewards: rounded(record.rewards), weights: rounded(record.weights) }),
        ...(record?.wrong && { wrong: [...record.wrong] }),
      };
      lines.push(`${JSON.stringify(line)}\n`);
    }
  }
  return lines.join('');
}

/** As many digits as float32 has. */
const rounded = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toPrecision(7)));
