import { afterEach, describe, expect, it } from 'vitest';
import { tuneMatmul } from './measureTiles';
import { setTileChoice, TILE_CANDIDATES, tileChoice, tileFor } from './tuning';

const usual = tileChoice();
afterEach(() => setTileChoice(usual));

const rowsAndColumns = (M: number, N: number, transposeA = false): number[] => {
  const { rows, columns } = tileFor([{ M, N }], transposeA);
  return [rows, columns];
};

describe('tileFor', () => {
  it('gives short sides small tiles', () => {
    expect(usual).toMatchObject({ source: 'default', speeds: {} });
    expect(rowsAndColumns(1024, 512)).toEqual([8, 8]);
    expect(rowsAndColumns(16, 512)).toEqual([4, 8]);
    expect(rowsAndColumns(1, 4)).toEqual([1, 4]);
    expect(rowsAndColumns(1, 512, true)).toEqual([4, 8]);
  });

  it('takes workgroup tiles only for outputs that fill them', () => {
    const tile = TILE_CANDIDATES.find(({ shared }) => shared)!;
    setTileChoice({ tile, source: 'measured', speeds: {} });
    expect(tileFor([{ M: 64, N: 64 }], false)).toBe(tile);
    expect(tileFor([{ M: 63, N: 64 }], false).shared).toBe(false);
  });
});

describe('tuneMatmul', () => {
  it('takes what the store remembers of this adapter, and keeps it for the session', async () => {
    const name = TILE_CANDIDATES[3]!.name;
    const asked: string[] = [];
    const store = {
      get: async (key: string) => {
        asked.push(key);
        return name;
      },
      set: () => Promise.reject(new Error('nothing new to store')),
    };
    for (let i = 0; i < 2; i++) {
      expect(await tuneMatmul('vendor x', store)).toMatchObject({ source: 'remembered', tile: { name } });
    }
    expect(tileChoice().tile.name).toBe(name);
    expect(asked).toEqual(['matmul tile of vendor x']);
  });
});
