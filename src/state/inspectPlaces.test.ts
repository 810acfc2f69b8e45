import { describe, expect, it } from 'vitest';
import type { CheckpointRole } from '../worker/inspectProtocol';
import { arrange } from './inspectPlaces';

const found = (name: string, isMask = false) => ({ name, isMask, files: [{ file: new File([], name) }] });
/** Names by place, and what is said; `open`: places that hold files. */
const arranged = (
  given: ReturnType<typeof found>[],
  onto: CheckpointRole | null = null,
  open: CheckpointRole[] = [],
) => {
  const { places, note } = arrange(given, onto, (role) => open.includes(role));
  const names = Object.entries(places).map(([role, [file]]) => `${role}: ${file?.name}`);
  return [names.join(', '), note];
};

describe('files given together', () => {
  it('puts a single one where it was given, else where there is room', () => {
    expect(arranged([found('a.bin')])).toEqual(['before: a.bin', null]);
    expect(arranged([found('a.bin')], null, ['before'])).toEqual(['after: a.bin', null]);
    expect(arranged([found('m.bin', true)], null, ['mask'])).toEqual(['second: m.bin', null]);
    expect(arranged([found('m.bin', true)], 'before')).toEqual(['before: m.bin', null]);
    expect(arranged([])).toEqual(['', null]);
  });

  it('takes two checkpoints as before and after, by their names, and masks as masks', () => {
    const [sft, dpo, mask] = [found('sft.bin'), found('dpo.bin'), found('m.bin', true)];
    expect(arranged([dpo, mask, sft], 'after')).toEqual([
      'before: sft.bin, after: dpo.bin, mask: m.bin',
      'Taken as sft.bin (before), dpo.bin (after) and m.bin (mask), by their names.',
    ]);
    expect(arranged([found('step-50.bin'), found('step-100.bin')])[0]).toBe('before: step-50.bin, after: step-100.bin');
    expect(arranged([found('a.bin'), mask], null, ['before', 'mask'])).toEqual([
      'after: a.bin, second: m.bin',
      'Taken as a.bin (after) and m.bin (second mask).',
    ]);
    expect(arranged([found('m.bin', true), found('n.bin', true)], 'second')[0]).toBe('mask: m.bin, second: n.bin');
  });

  it('says what to do with more than there are places for', () => {
    expect(arranged(['1.bin', '2.bin', '3.bin'].map((name) => found(name)))).toEqual([
      '',
      'These are 3 checkpoints: 1.bin, 2.bin and 3.bin. Give the one from before training and the one from after it.',
    ]);
  });
});
