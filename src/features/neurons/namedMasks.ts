// The masks that can be compared, by names that outlive a reload as far as the masks do, and the pair that was chosen. Pure.
import { labText } from '../../state/neuronsAddress';
import type { LabChoice, NeuronsChoice } from '../../state/neuronsChoice';
import type { HeldRun, Holdings, MaskRef } from '../../worker/atlasProtocol';
import type { LabMask } from './layers';

export interface NamedMask {
  /** What the address calls it: the purpose of a mask of this run, "lab", the text of a kept one, or the label. */
  id: string;
  label: string;
  mask: MaskRef;
}

/** This run's masks, the lab's and those kept of it, other runs', files'. Labels that stand twice are numbered. */
export function namedMasks(
  { runs, files }: Holdings,
  held: HeldRun,
  lab: LabMask,
  kept: readonly LabChoice[],
): NamedMask[] {
  const ofRun = (run: HeldRun) =>
    run.masks.map((purpose) => ({
      purpose,
      label: `${run.name} (${run.family}, seed ${run.seed}): ${purpose}`,
      mask: { from: 'run', runId: run.runId, purpose } as const,
    }));
  const named: NamedMask[] = ofRun(held).map(({ purpose, label, mask }) => ({ id: purpose, label, mask }));
  if (held.hasUpdate) {
    named.push({ id: 'lab', label: 'lab', mask: lab });
    for (const one of kept) {
      const mask = { ...lab, options: { ...lab.options, ...one } };
      named.push({ id: labText(one), label: `lab: ${labText(one)}`, mask });
    }
  }
  const others = [
    ...runs.filter(({ runId }) => runId !== held.runId).flatMap(ofRun),
    ...files.map(({ fileId, fileName }) => ({ label: fileName, mask: { from: 'file', fileId } as const })),
  ];
  const taken = new Set(named.flatMap(({ id, label }) => [id, label]));
  for (const { label, mask } of others) {
    let unique = label;
    for (let n = 2; taken.has(unique); n++) unique = `${label} (${n})`;
    taken.add(unique);
    named.push({ id: unique, label: unique, mask });
  }
  return named;
}

/** What was chosen as far as it is there, else the first masks that are free; `missing`: names that are not there. */
export function pairOf(masks: readonly NamedMask[], pair: NeuronsChoice['pair']) {
  // A run that has become the shown one still goes by its label.
  const find = (name: string | null) =>
    masks.find(({ id }) => id === name) ?? masks.find(({ label }) => label === name);
  const chosenB = find(pair.b);
  const a = find(pair.a) ?? masks.find((one) => one !== chosenB) ?? masks[0] ?? null;
  const b = chosenB ?? masks.find((one) => one !== a) ?? null;
  const missing = [pair.a, pair.b].filter((name) => name !== null && !find(name));
  return { a, b, missing };
}
