import { describe, expect, it } from 'vitest';
import { FIRST_INSPECT } from '../../state/inspectState';
import type { InspectProgress, PairAnswer } from '../../worker/inspectProtocol';
import {
  bandText,
  openedText,
  paceText,
  pairingText,
  progressText,
  readingText,
  tensorBytes,
  titleText,
  unchangedText,
} from './inspectText';
import { pairRows } from './TensorLists';

const PAIRING: PairAnswer = {
  pairs: [{ name: 'a', shape: [3, 2], size: 6, before: 'BF16', after: 'F32' }],
  tied: [{ name: 'head', sameAs: 'a' }],
  problems: [
    { name: 'b', problem: 'missing', before: [4], after: null, detail: 'is not in the second checkpoint' },
    { name: 'c', problem: 'shape', before: [4], after: [5], detail: 'is [4] before and [5] after' },
    { name: 'd', problem: 'type', before: [], after: [], detail: 'holds I64; only F32 … are compared' },
  ],
  ...{ specs: [], entries: 6, bytes: 13.5e9 },
};

describe('words of the view', () => {
  it('tells how tensors pair up, problems first', () => {
    expect(pairingText(PAIRING)).toBe(
      '1 tensor pairs up, 6 weights; 1 tied and counted once; 1 missing after; 1 of another shape; 1 of a type that is not compared.',
    );
    expect(pairRows(PAIRING).map(({ name, what, before, after }) => [name, what, before, after])).toEqual([
      ['b', 'missing after', '4', '–'],
      ['c', 'other shape', '4', '5'],
      ['d', 'unsupported type: holds I64; only F32 … are compared', 'scalar', 'scalar'],
      ['head', 'tied to a', '–', '–'],
      ['a', 'paired', 'BF16 3 × 2', 'F32 3 × 2'],
    ]);
  });

  it('counts the bytes of the files that hold tensors', () => {
    const tensor = { name: 'a', dtype: 'F32' as const, shape: [2], size: 2, file: 'model.safetensors', sameAs: null };
    const files = [
      { name: 'config.json', bytes: 500 },
      { name: 'model.safetensors', bytes: 96 },
      { name: 'pytorch_model.bin', bytes: 4000 },
    ];
    const opened = { role: 'before', name: 'm', format: 'safetensors', tensors: [tensor], entries: 2 } as const;
    expect(openedText({ ...opened, files, specs: [], band: null })).toBe(
      'safetensors: 1 tensor of F32, 2 weights, 96.0\u202fB',
    );
  });

  it('says what will be read, and about how long that takes', () => {
    // 27 GB at 250 MB/s: 108 s; at a measured 500 MB/s 54 s.
    expect(readingText(PAIRING, 2, null)).toContain('27.0\u202fGB: about 2 minutes');
    const fast = { milliseconds: 1000, bytes: 500e6, megabytesPerSecond: 500 };
    expect(readingText(PAIRING, 2, fast)).toContain('about 50 seconds');
    expect(readingText({ bytes: 1000 }, 1, null)).toBe('One pass reads 1.00\u202fkB: a moment.');
  });

  it('tells progress with its pace', () => {
    const progress: InspectProgress = {
      ...{ job: 'select', doing: 'counting magnitudes', pass: 1, passes: 2 },
      ...{ bytes: 1.2e9, totalBytes: 2.1e9, done: 0.29, secondsLeft: 41.2, megabytesPerSecond: 312.4 },
    };
    expect(progressText(progress)).toBe('Pass 1 of 2, counting magnitudes: 1.20\u202fGB of 2.10\u202fGB');
    expect(paceText(progress)).toBe('312\u202fMB/s, 41 s left');
    expect(paceText({ ...progress, secondsLeft: null, megabytesPerSecond: null })).toBe('');
    expect(progressText({ ...progress, passes: 1 })).toMatch(/^Counting magnitudes: /);
  });

  it('names the band and the tensor’s bytes', () => {
    const scope = { embeddings: true, norms: true, head: true };
    expect(bandText({ rule: 'most', lower: 0, upper: 5, scope })).toBe('the 5\u202f% that changed most');
    expect(bandText({ rule: 'least', lower: 5, upper: 15, scope })).toBe(
      'the 10\u202f% after the first 5\u202f% that changed least',
    );
    expect(tensorBytes({ dtype: 'BF16', size: 10 })).toBe(20);
    expect(titleText(FIRST_INSPECT)).toBe('What changed between two checkpoints');
  });

  it('says where the selection is filled up with weights that did not change', () => {
    const scope = { embeddings: true, norms: true, head: true };
    const options = { rule: 'most', lower: 0, upper: 5, scope } as const;
    const found = { options, summary: { total: 1000 }, threshold: 0, tiesAtThreshold: 1000 };
    expect(unchangedText(found)).toMatch(/^Nothing changed: all 1\u202f?000 weights are the same in both/);
    expect(unchangedText({ ...found, tiesAtThreshold: 960 })).toMatch(/^Only 40 of 1\u202f?000 weights changed at all/);
    expect(unchangedText({ ...found, threshold: 0.5 })).toBe(null);
    expect(unchangedText({ ...found, threshold: null })).toBe(null);
    // The least changed are the unchanged ones: that is what was asked for.
    expect(unchangedText({ ...found, options: { ...options, rule: 'least' } })).toBe(null);
  });
});
