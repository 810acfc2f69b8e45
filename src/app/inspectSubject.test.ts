import { describe, expect, it } from 'vitest';
import { FIRST_INSPECT, type InspectState, inspectMasks, type OpenedSlot } from '../state/inspectState';
import type { CheckpointRole, CountedMask, InspectSelection } from '../worker/inspectProtocol';
import { inspectLayers, inspectSubject } from './inspectSubject';

const specs = [{ name: 'w', shape: [2, 2] }];
const held = (role: CheckpointRole, name: string): OpenedSlot => ({
  opened: { role, name, format: 'safetensors', files: [], tensors: [], entries: 4, specs, band: null },
  files: [],
  labels: { model: null, why: null, vocabulary: role === 'after' ? ['<pad>'] : [] },
});
const slot = (role: CheckpointRole, name: string) => ({ ...FIRST_INSPECT.slots.mask, held: held(role, name) });
const scope = { embeddings: true, norms: true, head: true };
const summary = {
  ...{ selected: 1, total: 4, requestedShare: 0.25, achievedShare: 0.25, tensors: [], milliseconds: 1 },
  edges: { lower: null, upper: null },
};
const pace = { milliseconds: 5, bytes: 8, megabytesPerSecond: 1 };
const selection: InspectSelection = {
  options: { rule: 'most', lower: 0, upper: 25, scope },
  ...{ summary, threshold: 0.5, tiesAtThreshold: 1, passes: 2, pace },
};
const row = { name: 'w', kind: 'other', layer: null, rows: 2, columns: 2, density: 0.5, rank: 1 } as const;
const counted: CountedMask = {
  ...{ selected: 2, total: 4, tied: [], pace },
  tensors: [
    { ...row, entries: 4, selected: 2 },
    { ...row, name: 'empty', entries: 0, selected: 0 },
  ],
};
const PAIR: InspectState = {
  ...FIRST_INSPECT,
  slots: {
    before: slot('before', 'a.safetensors'),
    after: slot('after', 'pytorch_model-00001-of-00002.bin and 1 more'),
    mask: slot('mask', 'm.bin'),
    second: FIRST_INSPECT.slots.second,
  },
  pairing: { pairs: [], tied: [], problems: [], specs, entries: 4, bytes: 32 },
};
/** With the first two masks that there are as A and B. */
const layersOf = (state: InspectState) => {
  const [a, b] = inspectMasks(state);
  return inspectLayers(state, a && b ? { a, b } : null);
};
const namesOf = (state: InspectState) => layersOf(state).map(({ info }) => info.name);

describe('inspectSubject', () => {
  it('is the pair, or the mask file alone once it is counted', () => {
    expect(inspectSubject(FIRST_INSPECT)).toBeNull();
    expect(inspectSubject(PAIR)).toMatchObject({
      ...{ id: 'inspect', name: 'pytorch_model-00001-of-00002', specs, vocabulary: ['<pad>'] },
      title: 'a.safetensors → pytorch_model-00001-of-00002.bin and 1 more',
    });
    const alone = { ...PAIR, pairing: null };
    expect(inspectSubject(alone)).toBeNull();
    expect(inspectSubject({ ...alone, counted })).toMatchObject({ name: 'm', title: 'm.bin', specs });
  });
});

describe('inspectLayers', () => {
  it('offers what is there', () => {
    expect(namesOf(PAIR)).toEqual(['size', 'change', 'before', 'after']);
    expect(namesOf({ ...PAIR, selection, made: [selection] })).toEqual([
      'mask',
      'overlay',
      'size',
      'change',
      'before',
      'after',
    ]);
    expect(namesOf({ ...PAIR, selection, counted })).toContain('file');
    expect(namesOf({ ...PAIR, pairing: null, counted })).toEqual(['file']);
    const two = { ...PAIR.slots, second: slot('second', 'm.bin') };
    const alone = { ...PAIR, pairing: null, slots: two, counted, secondCounted: counted };
    expect(namesOf(alone)).toEqual(['file', 'second', 'overlay']);
    expect(layersOf(alone).at(-1)).toMatchObject({
      layer: { kind: 'overlay', a: { fileId: 'inspect-mask' }, b: { fileId: 'inspect-second' } },
      selection: { selected: 2 },
    });
    // Of A's numbers, which need not be the present selection's.
    const earlier = { ...selection, options: { ...selection.options, upper: 5 }, summary: { ...summary, selected: 3 } };
    const state = { ...PAIR, selection, made: [earlier, selection], counted };
    const [ours, file, before] = inspectMasks(state);
    const overlay = inspectLayers(state, { a: before!, b: ours! }).find(({ info }) => info.name === 'overlay');
    expect(overlay).toMatchObject({ mask: before!.mask, selection: { selected: 3 } });
    expect(inspectLayers(state, { a: file!, b: ours! })[2]).toMatchObject({
      mask: file!.mask,
      selection: { selected: 2 },
    });
  });

  it('names masks as the inspect worker does, and tells a file’s own densities', () => {
    const layers = layersOf({ ...PAIR, selection, counted });
    const mask = { from: 'lab', runId: 'inspect', options: { rule: 'most', lower: 0, upper: 25, scope } };
    expect(layers[0]).toMatchObject({ layer: { kind: 'mask', mask }, mask });
    const file = { from: 'file', fileId: 'inspect-mask' };
    const ofFile = layers.find(({ info }) => info.name === 'file');
    expect(ofFile).toMatchObject({ layer: { kind: 'mask', mask: file }, selection: { achievedShare: 0.5 } });
    // A tensor without entries is not drawn.
    expect(ofFile?.selection?.tensors.map(({ name }) => name)).toEqual(['w']);
    expect(layers.find(({ info }) => info.name === 'after')?.layer).toEqual({
      ...{ kind: 'weight', runId: 'inspect', moment: 'improved' },
    });
  });
});

describe('inspectMasks', () => {
  it('has the latest selection first, then the files, then the selections before it', () => {
    const earlier = { ...selection, options: { ...selection.options, upper: 5 } };
    const slots = { ...PAIR.slots, second: slot('second', 'm.bin') };
    expect(inspectMasks({ made: [earlier, selection], slots }).map(({ id, label }) => [id, label])).toEqual([
      ['most 0-25', 'ours: most 0-25'],
      ['mask', 'm.bin'],
      ['second', 'm.bin (2)'],
      ['most 0-5', 'ours: most 0-5'],
    ]);
  });
});
