// The inspect session's passes that count more of the change, beside the atlas session's answers on the same numbers.
import { describe, expect, it } from 'vitest';
import { agreementFrom, matrixFrom } from '../core/masks/agreement';
import { writeMask, writePackedMask } from '../core/masks/maskFile';
import { headWidthOf } from '../core/model/config';
import { fakeEvents } from '../testing/fakeRun';
import { AFTER_FILE, atlas, exact, lab, OPTIONS, opened, Q, SPECS, setup } from '../testing/inspectRig';
import type { MaskRef } from './atlasProtocol';
import { INSPECT_RUN, type InspectOptions, maskFileRef, maskOptions } from './inspectProtocol';

/** Of the model that the twin takes for its own. */
function twinHeadWidth(): number {
  const started = [...fakeEvents('started', { preset: 'tiny' })].find(({ type }) => type === 'run.started');
  if (started?.type !== 'run.started') throw new Error('no start');
  return headWidthOf(started.model);
}

describe('groups', () => {
  it.each<[Partial<InspectOptions>, number, number]>([
    [{}, 3, 1],
    [{ upper: 33 }, 3, 1],
    [{ scope: { embeddings: false, norms: true, head: true } }, 3, 1],
    // Neither is a selection of the most changed from the first on: that takes one more pass.
    [{ lower: 2, upper: 20 }, 4, 2],
    [{ rule: 'least', upper: 20 }, 4, 2],
  ])('of %j are the atlas’s, and so is the concentration', async (change, withHeads, without) => {
    const options = { ...OPTIONS, ...change };
    const inspect = await opened();
    await inspect.select(options);
    const twin = atlas();
    const found = await inspect.job('inspect.groups', { headWidth: twinHeadWidth() });
    const question = { runId: INSPECT_RUN, options: maskOptions(options) };
    expect(found.rows).toEqual(twin({ type: 'groups', ...question }));
    expect(found.concentration).toEqual(
      twin({ type: 'concentration', ...question, options: { ...question.options, rule: 'most' } }),
    );
    expect([found.options, found.passes]).toEqual([options, withHeads]);
    const plain = await inspect.job('inspect.groups', { headWidth: null });
    expect(plain.rows).toEqual(found.rows.slice(0, 2));
    expect(plain.passes).toBe(without);
  });

  it('tells how far it is over all its passes, and stops when told', async () => {
    const inspect = await opened();
    await expect(inspect.job('inspect.groups', { headWidth: null })).rejects.toMatchObject({
      failure: { kind: 'order' },
    });
    await inspect.select();
    const told = inspect.messages.length;
    await inspect.job('inspect.groups', { headWidth: 3 });
    const progress = inspect.messages.slice(told).flatMap((message) => {
      return message.type === 'inspect.progress' ? [message.progress] : [];
    });
    const shares = progress.map(({ done }) => done);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ job: 'groups', pass: 3, passes: 3, done: 1 });
    const counting = inspect.session.handle({ type: 'inspect.groups', requestId: 'one', headWidth: null });
    await inspect.session.handle({ type: 'inspect.cancel', requestId: 'one' });
    await counting;
    expect(inspect.messages.at(-1)).toMatchObject({ failure: { kind: 'cancelled' } });
    expect((await inspect.job('inspect.groups', { headWidth: null })).rows).toHaveLength(2);
  });
});

describe('agreement', () => {
  it('of selections and two mask files is the atlas’s', async () => {
    const inspect = await opened();
    const shares = [OPTIONS, { ...OPTIONS, upper: 20 }, { ...OPTIONS, rule: 'least' as const, lower: 5, upper: 40 }];
    for (const options of shares) await inspect.select(options);
    const changed = new Map([...exact(OPTIONS).mask].map(([name, bits]) => [name, bits.slice()]));
    changed.get(Q)![5]! ^= 1;
    const files = [writeMask(SPECS, changed), writePackedMask(SPECS, exact({ ...OPTIONS, upper: 30 }).mask)];
    await inspect.open('mask', new File([files[0]!], 'one.safetensors'));
    await inspect.open('second', new File([files[1]!], 'two.safetensors'));
    const masks = [...shares.map(lab), maskFileRef('mask'), maskFileRef('second')];
    const { tensors, pace } = await inspect.job('inspect.agreement', { masks });
    expect(pace.bytes).toBeGreaterThan(2 * AFTER_FILE.size * 0.99);

    const twin = atlas();
    const imported = files.map((bytes, i): MaskRef => {
      const { fileId } = twin({ type: 'import', runId: INSPECT_RUN, fileName: `${i}`, file: bytes.slice().buffer });
      return { from: 'file', fileId: fileId! };
    });
    const twins = [...shares.map(lab), ...imported];
    for (const [i, a] of twins.entries()) {
      for (const [j, b] of twins.entries())
        expect(agreementFrom(tensors, i, j)).toEqual(twin({ type: 'agreement', a, b }));
    }
    const labels = twins.map((_, i) => `${i}`);
    expect(matrixFrom(labels, tensors)).toEqual(
      twin({ type: 'matrix', masks: twins.map((mask, i) => ({ label: labels[i]!, mask })) }),
    );
    // One over the other, as the large picture has them.
    const layer = { kind: 'overlay' as const, a: lab(shares[1]!), b: maskFileRef('second') };
    const tile = { type: 'tile' as const, tensor: Q, statistic: 'commonest' as const, level: 0, row: 0, column: 0 };
    expect(await inspect.ask({ ...tile, layer })).toEqual(twin({ ...tile, layer: { ...layer, b: imported[1]! } }));
  });

  it('needs no checkpoints for two mask files, and says what is not there', async () => {
    const inspect = setup();
    const { mask } = exact(OPTIONS);
    await inspect.open('mask', new File([writeMask(SPECS, mask)], 'one.safetensors'));
    await inspect.open('second', new File([writePackedMask(SPECS.slice(1), mask)], 'two.safetensors'));
    const masks = [maskFileRef('mask'), maskFileRef('second')];
    const found = agreementFrom((await inspect.job('inspect.agreement', { masks })).tensors, 0, 1);
    expect(found.overall.iou).toBe(1);
    expect(found.mismatches).toEqual([{ name: SPECS[0].name, shapes: [SPECS[0].shape, null] }]);
    expect((await inspect.job('inspect.count', { role: 'second' })).total).toBe(17 * 33 + 29);
    const layer = { kind: 'mask' as const, mask: maskFileRef('second') };
    const tile = { type: 'tile' as const, layer, tensor: Q, statistic: 'any' as const, level: 0, row: 0, column: 0 };
    expect(await inspect.ask(tile)).toEqual(mask.get(Q));
    await expect(inspect.job('inspect.agreement', { masks: [lab(OPTIONS)] })).rejects.toMatchObject({
      failure: { kind: 'refused', message: /no longer kept/ },
    });
  });
});
