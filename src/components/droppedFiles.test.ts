import { describe, expect, it } from 'vitest';
import { dataBeside, isModelFiles, isWeightsAlone } from './droppedFiles';

describe('what a drop is', () => {
  it('is a model with its configuration, and weights to look at without', () => {
    const kinds = (...names: string[]) => [isModelFiles(names), isWeightsAlone(names)];
    expect(kinds('config.json', 'model.safetensors')).toEqual([true, false]);
    expect(kinds('model-00001-of-00002.safetensors', 'model.safetensors.index.json')).toEqual([true, true]);
    expect(kinds('lper0_rper5.bin', 'a.PT')).toEqual([false, true]);
    expect(kinds('pairs.jsonl')).toEqual([false, false]);
    expect(kinds('pairs.jsonl', 'model.bin')).toEqual([false, false]);
  });

  it('may have data beside a model, but not inside its folder', () => {
    const at = (path: string) => ({ path, file: new File([], path) });
    expect(dataBeside([at('model/config.json'), at('pairs.JSONL')])?.name).toBe('pairs.JSONL');
    expect(dataBeside([at('model/train.csv'), at('vocab.json')])).toBeNull();
  });
});
