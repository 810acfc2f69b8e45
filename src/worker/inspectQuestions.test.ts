// The inspect session's answers beside the atlas session's on the same numbers: tile for tile, cell for cell; files out and in.
import { describe, expect, it } from 'vitest';
import { matrixLevels } from '../components/matrix/matrixSource';
import { writeMask, writePackedMask } from '../core/masks/maskFile';
import { matrixShape } from '../core/masks/tensorKinds';
import { openSafetensors } from '../core/safetensors';
import {
  atlas,
  EMBED,
  exact,
  lab,
  NORM,
  OPTIONS,
  opened,
  Q,
  rng,
  SPECS,
  setup,
  update,
  VALUES,
} from '../testing/inspectRig';
import type { AtlasQuestion, LayerRef, MaskRef } from './atlasProtocol';
import { BEFORE, INSPECT_RUN, maskFileRef, maskOptions } from './inspectProtocol';

describe('questions', () => {
  it('gives the atlas’s tiles at every level', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    const layers = [...VALUES, { kind: 'mask' as const, mask: lab(OPTIONS) }];
    for (const layer of layers) {
      for (const spec of SPECS) {
        const { rows, columns } = matrixShape(spec);
        for (const [level, size] of matrixLevels(rows, columns).entries()) {
          for (const statistic of layer.kind === 'mask' ? (['any', 'mean'] as const) : (['mean', 'peak'] as const)) {
            for (let row = 0; row * 256 < size.rows; row++) {
              for (let column = 0; column * 256 < size.columns; column++) {
                const question = { type: 'tile' as const, layer, tensor: spec.name, statistic, level, row, column };
                const [ours, theirs] = [await inspect.ask(question), twin(question)];
                expect(ours.constructor).toBe(theirs.constructor);
                expect(Buffer.from(ours.buffer).equals(Buffer.from(theirs.slice().buffer))).toBe(true);
              }
            }
          }
        }
      }
    }
  });

  it('gives the atlas’s histograms, profiles, curves and neighbours', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    const mask = lab(OPTIONS);
    for (const layer of [...VALUES, { kind: 'mask' as const, mask }]) {
      for (const tensor of [EMBED, null]) {
        const question = { type: 'histogram' as const, layer, tensor };
        expect(await inspect.ask(question)).toEqual(twin(question));
      }
    }
    const questions: AtlasQuestion[] = [
      ...SPECS.map(({ name }) => ({ type: 'profile' as const, mask, tensor: name })),
      { type: 'concentration', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'reference', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'next', mask, tensor: Q, from: null, direction: 1 },
      { type: 'next', mask, tensor: Q, from: null, direction: -1 },
      { type: 'next', mask, tensor: EMBED, from: { row: 120, column: 7 }, direction: 1 },
      { type: 'next', mask, tensor: EMBED, from: { row: 120, column: 7 }, direction: -1 },
      { type: 'next', mask, tensor: NORM, from: { row: 0, column: 28 }, direction: 1 },
      { type: 'next', mask, tensor: NORM, from: { row: 0, column: 0 }, direction: -1 },
    ];
    for (const question of questions) expect(await inspect.ask(question)).toEqual(twin(question));
  });

  it('counts the changes of a tensor as the selection has them', async () => {
    const inspect = await opened();
    await inspect.select();
    const found = await inspect.ask({ type: 'magnitudes', runId: INSPECT_RUN, mask: lab(OPTIONS), tensor: Q });
    const { mask } = exact(OPTIONS);
    const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
    const selected = mask.get(Q)!.reduce((total, bit) => total + bit, 0);
    expect(sum(found.selected) + found.zeros.selected).toBe(selected);
    expect(sum(found.selected) + sum(found.others) + found.zeros.selected + found.zeros.others).toBe(17 * 33);
    expect(found.zeros.others).toBe(update[1]!.filter((value) => value === 0).length);
  });

  it('counts the changes of a tensor out of scope too, none of them selected', async () => {
    const inspect = await opened();
    const options = { ...OPTIONS, scope: { ...OPTIONS.scope, norms: false } };
    await inspect.select();
    const ranked = await inspect.ask({ type: 'magnitudes', runId: INSPECT_RUN, mask: lab(OPTIONS), tensor: NORM });
    await inspect.select(options);
    const found = await inspect.ask({ type: 'magnitudes', runId: INSPECT_RUN, mask: lab(options), tensor: NORM });
    expect(found.edges).toEqual(ranked.edges);
    expect(found.others).toEqual(ranked.others.map((count, i) => count + ranked.selected[i]!));
    expect(found.selected.every((count) => count === 0)).toBe(true);
    expect(found.zeros).toEqual({ selected: 0, others: ranked.zeros.selected + ranked.zeros.others });
  });

  it('reads cells as the atlas does; a rank is exact or lies in the range told', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    let exactRanks = 0;
    for (const layer of VALUES) {
      for (let i = 0; i < 150; i++) {
        const [row, column] = [rng.int(301), rng.int(290)];
        const question: AtlasQuestion = {
          ...{ type: 'cell', layer, mask: lab(OPTIONS), tensor: EMBED, row, column, block: 1 },
        };
        const [ours, theirs] = [await inspect.ask(question), twin(question)];
        const { facts, rankWithin, ...rest } = ours;
        const { facts: known, ...expected } = theirs;
        expect(rest).toEqual(expected);
        expect({ ...facts, rank: 0, ties: 0 }).toEqual({ ...known, rank: 0, ties: 0 });
        if (facts?.ties !== null) expect(facts?.ties).toBe(known?.ties);
        if (rankWithin) {
          expect(facts?.rank).toBeNull();
          expect(known!.rank).toBeGreaterThanOrEqual(rankWithin[0]);
          expect(known!.rank).toBeLessThanOrEqual(rankWithin[1]);
        } else {
          exactRanks++;
          expect(facts?.rank).toBe(known?.rank);
        }
      }
    }
    expect(exactRanks).toBeGreaterThan(0);
  });

  it('refuses in a sentence what files cannot tell', async () => {
    const inspect = await opened();
    await inspect.select();
    const refused: AtlasQuestion[] = [
      { type: 'groups', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'churn', runId: INSPECT_RUN, options: maskOptions(OPTIONS) },
      { type: 'agreement', a: lab(OPTIONS), b: lab(OPTIONS) },
      { type: 'matrix', masks: [] },
      { type: 'histogram', layer: { kind: 'gradient', runId: INSPECT_RUN }, tensor: Q },
      { type: 'export', what: 'weights', runId: INSPECT_RUN, moment: BEFORE },
      { type: 'select', mask: { from: 'run', runId: INSPECT_RUN, purpose: 'forgetting' } },
    ];
    for (const question of refused) {
      await expect(inspect.ask(question)).rejects.toMatchObject({ failure: { kind: 'refused', message: /\.$/ } });
    }
  });
});

describe('files out and mask files in', () => {
  it('writes the atlas’s files', async () => {
    const inspect = await opened();
    await inspect.select();
    const twin = atlas();
    for (const what of ['mask', 'packed', 'densities'] as const) {
      const question = { type: 'export' as const, what, mask: lab(OPTIONS) };
      expect(Buffer.from(await inspect.ask(question)).equals(Buffer.from(twin(question)))).toBe(true);
    }
    const change = openSafetensors(await inspect.ask({ type: 'export', what: 'update', runId: INSPECT_RUN }));
    for (const [i, { name }] of SPECS.entries()) expect(change.readFloats(name)).toEqual(update[i]);
  });

  it('looks at a mask file alone, packed or not', async () => {
    const { mask } = exact(OPTIONS);
    const ref: MaskRef = maskFileRef('mask');
    for (const bytes of [writeMask(SPECS, mask), writePackedMask(SPECS, mask)]) {
      const inspect = setup();
      const listed = await inspect.open('mask', new File([bytes], 'lper0_rper10.safetensors'));
      expect(listed.specs).toEqual(SPECS);
      expect(listed.band).toEqual({ lower: 0, upper: 10 });
      const counted = await inspect.job('inspect.count', { role: 'mask' });
      expect(counted.selected).toBe(exact(OPTIONS).selected);
      expect((await inspect.ask({ type: 'select', mask: ref })).selected).toBe(counted.selected);
      const tile = { type: 'tile' as const, layer: { kind: 'mask' as const, mask: ref }, statistic: 'any' as const };
      expect(await inspect.ask({ ...tile, tensor: Q, level: 0, row: 0, column: 0 })).toEqual(mask.get(Q));
      const bits = [...mask.get(EMBED)!];
      for (const [from, direction] of [
        [1003, 1],
        [1003, -1],
        [50_001, -1],
      ] as const) {
        const at = { row: Math.floor(from / 290), column: from % 290 };
        const next = await inspect.ask({ type: 'next', mask: ref, tensor: EMBED, from: at, direction });
        const expected = direction === 1 ? bits.indexOf(1, from + 1) : bits.lastIndexOf(1, from - 1);
        expect(next && next.row * 290 + next.column).toBe(expected);
      }
      const profile = await inspect.ask({ type: 'profile', mask: ref, tensor: Q });
      expect(profile.selected).toBe(mask.get(Q)!.reduce((sum, bit) => sum + bit, 0));
      const layer: LayerRef = { kind: 'size', runId: INSPECT_RUN };
      await expect(inspect.ask({ type: 'histogram', layer, tensor: Q })).rejects.toMatchObject({
        failure: { kind: 'order' },
      });
    }
  });

  it('compares a mask file with the selection, and overlays them', async () => {
    const { mask } = exact(OPTIONS);
    const changed = new Map([...mask].map(([name, bits]) => [name, bits.slice()]));
    changed.get(Q)![5]! ^= 1;
    const inspect = await opened();
    await inspect.open('mask', new File([writeMask(SPECS, changed)], 'mask.safetensors'));
    await expect(inspect.job('inspect.parity')).rejects.toMatchObject({ failure: { kind: 'order' } });
    await inspect.select();
    const { parity } = await inspect.job('inspect.parity');
    expect(parity).toMatchObject({ equal: false, differing: 1, places: [{ tensor: Q, index: 5 }] });
    const layer: LayerRef = { kind: 'overlay', a: lab(OPTIONS), b: maskFileRef('mask') };
    const question = { type: 'tile' as const, layer, tensor: Q, statistic: 'commonest' as const };
    const codes = mask.get(Q)!.map((bit, i) => bit | (changed.get(Q)![i]! << 1));
    expect(await inspect.ask({ ...question, level: 0, row: 0, column: 0 })).toEqual(codes);
    // The mask that differs is replaced by ours.
    await inspect.open('mask', new File([writeMask(SPECS, mask)], 'mask.safetensors'));
    expect((await inspect.job('inspect.parity')).parity.equal).toBe(true);
  });
});
