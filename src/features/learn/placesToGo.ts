// What Lab and Compare look at when one comes from a guided experiment. Pure.
import type { Scope } from '../../core/study/experiment';
import { findExperiment, jobsOf } from '../../core/study/experiments';
import type { GuidedExperiment, GuidedVerdict } from '../../core/study/guided';
import { armLabel } from '../../core/study/variants';
import type { LabChoice } from '../../state/labState';

export const labChoice = ({ lab }: Pick<GuidedExperiment, 'lab'>, scope: Scope): Partial<LabChoice> => ({
  experiment: lab,
  scope,
  hidden: [],
});

/** The experiment's arms without those that are not compared, against the one that the question compares with. */
export function comparedChoice(
  { lab }: Pick<GuidedExperiment, 'lab'>,
  { sides }: Pick<GuidedVerdict, 'sides'>,
  scope: Scope,
): Partial<LabChoice> {
  const compared = new Set(sides.map(({ label }) => label));
  const labels = jobsOf(findExperiment(lab), scope).flatMap(({ kind, config }) =>
    kind === 'arm' ? [armLabel(config)] : [],
  );
  const hidden = [...new Set(labels)].filter((label) => !compared.has(label));
  return { experiment: lab, scope, baseline: sides[1]!.label, hidden };
}
