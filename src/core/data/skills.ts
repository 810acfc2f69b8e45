// Half of a family's skills: what is aligned, and the other half as a family of its own, so that an alignment tax between relatives can
// be measured. A skill is the operation (math, instruct) or the relation (qa) that a question asks for.
import type { RunConfig } from '../config';
import { FAMILY_NAMES, type FamilyName } from './families';
import type { Task } from './task';

interface Half {
  /** Skills that are aligned. */
  skills: readonly string[];
  /** What the other half is called as a family. */
  others: string;
}

export const HALVES: Readonly<Record<FamilyName, Half>> = {
  math: { skills: ['+'], others: 'math: subtractions' },
  qa: { skills: ['cover'], others: 'qa: the other relations' },
  instruct: { skills: ['copy', 'sort', 'first'], others: 'instruct: the other operations' },
};

/** A family as it is aligned and measured: all questions of a task family, or those of some of its skills. */
export interface MeasuredFamily {
  readonly name: string;
  readonly family: FamilyName;
  has(task: Pick<Task, 'skill'>): boolean;
}

const whole = (family: FamilyName): MeasuredFamily => ({ name: family, family, has: () => true });

/** The aligned half keeps its family's name; the other half follows it. */
export function measuredFamilies(aligned: FamilyName, skills: RunConfig['skills']): MeasuredFamily[] {
  return FAMILY_NAMES.flatMap((family) => {
    if (skills === 'all' || family !== aligned) return [whole(family)];
    const half = HALVES[family];
    const isAligned = ({ skill }: Pick<Task, 'skill'>): boolean => half.skills.includes(skill);
    return [
      { name: family, family, has: isAligned },
      { name: half.others, family, has: (task) => !isAligned(task) },
    ];
  });
}
