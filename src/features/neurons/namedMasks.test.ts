import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../core/masks/tensorKinds';
import type { HeldRun, Holdings } from '../../worker/atlasProtocol';
import type { LabMask } from './layers';
import { namedMasks, pairOf } from './namedMasks';
import { notThere } from './notThere';

const run = (runId: string, name: string): HeldRun => ({
  runId,
  name,
  family: 'math',
  seed: 7,
  moments: ['sft'],
  masks: ['forgetting', 'improving'],
  hasUpdate: true,
  hasGradient: false,
  hasSecondMoment: false,
  updateSteps: [],
});
const otter = run('1', 'quiet-otter');
const heron = run('2', 'grey-heron');
const file = (fileId: string, fileName: string) => ({ fileId, fileName, selected: 1, total: 2 });
const holdings: Holdings = { runs: [otter, heron], dropped: [], files: [file('f', 'a.safetensors'), file('g', 'lab')] };
const lab: LabMask = {
  from: 'lab',
  runId: '1',
  options: { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING, seed: 0 },
};
const masks = namedMasks({ ...holdings, files: [...holdings.files, file('h', 'a.safetensors')] }, otter, lab, []);

describe('masks by name', () => {
  it('are called by what outlives a reload, each by a name of its own', () => {
    expect(masks.map(({ id }) => id)).toEqual([
      'forgetting',
      'improving',
      'lab',
      'grey-heron (math, seed 7): forgetting',
      'grey-heron (math, seed 7): improving',
      'a.safetensors',
      'lab (2)',
      'a.safetensors (2)',
    ]);
    expect(masks[0]).toMatchObject({
      label: 'quiet-otter (math, seed 7): forgetting',
      mask: { from: 'run', runId: '1' },
    });
    expect(masks[7]!.mask).toEqual({ from: 'file', fileId: 'h' });
  });

  it('keep masks of the lab beside the one it shows', () => {
    const kept = [{ rule: 'random', lower: 0, upper: 10, scope: { ...EVERYTHING, norms: false } } as const];
    const [, , , one] = namedMasks(holdings, otter, lab, kept);
    expect(one).toMatchObject({ id: 'random 0-10 norms', label: 'lab: random 0-10 norms' });
    expect(one!.mask).toEqual({ ...lab, options: { ...kept[0], seed: 0 } });
  });

  it('make the pair that was chosen, else the first that are free', () => {
    const ids = (a: string | null, b: string | null) => {
      const pair = pairOf(masks, { a, b });
      return [pair.a?.id, pair.b?.id, pair.missing];
    };
    expect(ids(null, null)).toEqual(['forgetting', 'improving', []]);
    expect(ids(null, 'forgetting')).toEqual(['improving', 'forgetting', []]);
    expect(ids('lab', 'grey-heron (math, seed 7): improving')).toEqual([
      'lab',
      'grey-heron (math, seed 7): improving',
      [],
    ]);
    expect(ids('quiet-otter (math, seed 7): improving', 'lab')).toEqual(['improving', 'lab', []]);
    expect(ids('lab', 'red-fox: forgetting')).toEqual(['lab', 'forgetting', ['red-fox: forgetting']]);
    expect(pairOf([], { a: null, b: 'x' })).toEqual({ a: null, b: null, missing: ['x'] });
  });

  it('that are not there are said once each, and so are tensor and cell', () => {
    const norm = { name: 'model.norm.weight', shape: [8] };
    expect(notThere({ tensor: norm.name, cell: { row: 0, column: 7 } }, norm, [])).toEqual([]);
    expect(notThere({ tensor: null, cell: { row: 1, column: 0 } }, norm, ['x', 'x'])).toEqual([
      'model.norm.weight has 1 × 8 weights and none in row 1, column 0.',
      'There is no mask “x” here; another one is compared. Other runs and mask files do not travel with a link.',
    ]);
    expect(notThere({ tensor: 'lm_head.weight', cell: { row: 9, column: 9 } }, norm, [])).toEqual([
      'This model has no tensor “lm_head.weight”; model.norm.weight is shown.',
    ]);
  });
});
