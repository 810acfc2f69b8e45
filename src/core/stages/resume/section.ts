// A line of the pipeline: it begins; or it is past, and what it found is put back; or the run goes on within it.

import type { RunEvent } from '../../events';
import type { Events, RunContext } from '../context';
import { policyOf } from '../context';
import { withDifferences } from '../entries';
import type { SectionName } from './facts';
import { restoreGradientSums, restoreScores, takeFindings } from './findings';
import { damaged } from './point';
import type { Return } from './progress';
import { adoptStates } from './states';

/** What a line tells. */
type Work = AsyncIterable<RunEvent> | Iterable<RunEvent>;

/** Runs a line. A run that goes on from a point tells nothing until it is there. */
export async function* section(context: RunContext, name: SectionName, work: (context: RunContext) => Work): Events {
  const { progress } = context;
  const place = progress.enter(context, name);
  const { returning } = progress;
  try {
    if (returning && place === 'past') {
      const { facts, arrays } = returning;
      const found = facts.levels[progress.depth]?.findings;
      if (!found) throw damaged('what was found before is missing');
      await takeFindings(context, name, { found, arrays }, () => work(context));
      return;
    }
    if (returning && place === 'here') {
      const { facts, arrays } = returning;
      if (facts.inside?.kind === 'scored') restoreScores(context, facts.levels[progress.depth]!.findings, arrays);
      if (name === 'warm-up') restoreGradientSums(context, arrays);
      enterAgain(progress.root ?? context, returning);
    }
    if (place === 'new') {
      progress.entryState = context.model?.state ?? null;
      progress.begin(null);
    }
    yield* work(context);
  } finally {
    progress.leave();
  }
}

/** The section of the point: its weights are there, those of its beginning where it goes on in its middle. */
function enterAgain(context: RunContext, { facts, arrays }: Return): void {
  const { model, progress, controls, sft } = context;
  const { now, entry } = adoptStates(context, facts, arrays);
  progress.nowState = now;
  progress.entryState = facts.inside ? entry : now;
  controls.restore(facts.controls);
  if (model && facts.inside) {
    const stage = facts.path.at(-1);
    const kept = [...context.entries].find(([name]) => name === stage)?.[1].differences;
    const differences = kept ?? arrays.differences('before', sft);
    if (differences.size > 0) policyOf(context).load(withDifferences(sft, differences));
    if (entry) model.state = entry;
  } else if (model && now && now !== sft) {
    model.load(arrays.weightsFrom('now', sft));
    model.state = now;
  }
  if (!facts.inside) progress.arrive(null);
}
