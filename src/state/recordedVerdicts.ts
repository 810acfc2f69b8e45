// The verdicts of the recorded study (public/study/verdicts.json), checked before anything is shown of them.
import * as v from 'valibot';
import type { Family } from '../core/config';
import type { ClaimVerdict } from '../core/study/experiment';

const VERDICTS = ['reproduced', 'not reproduced', 'too close to call', 'not measured'] as const;
const text = v.pipe(v.string(), v.maxLength(4000));
const judgement = v.object({ verdict: v.picklist(VERDICTS), sentence: text });
const schema = v.pipe(
  v.array(
    v.object({
      experiment: v.pipe(v.number(), v.integer()),
      id: text,
      text,
      families: v.object({ math: judgement, qa: judgement, instruct: judgement } satisfies Record<Family, unknown>),
    }),
  ),
  v.maxLength(500),
);

/** Checked verdicts, null when the data is none. */
export function parseVerdicts(data: unknown): readonly ClaimVerdict[] | null {
  const result = v.safeParse(schema, data);
  return result.success ? result.output : null;
}
