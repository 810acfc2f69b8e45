// Heads taken apart and put together again (turned back: the gradient) as loops: cpu and wasm.
import { type HostArray, registerHostKernel, type Shape } from '../host';

interface Turn {
  table: HostArray;
  /** Where the position's cosines begin. */
  angles: number;
  rotaryWidth: number;
  /** −1 turns back. */
  sign: number;
}

/** One head's query or key from `from` to `to`, its first numbers turned. */
function turnHead(
  from: HostArray,
  fromAt: number,
  to: Float32Array,
  toAt: number,
  headWidth: number,
  { table, angles, rotaryWidth, sign }: Turn,
): void {
  const half = rotaryWidth / 2;
  for (let i = 0; i < half; i++) {
    const c = table[angles + i]!;
    const s = sign * table[angles + half + i]!;
    const first = from[fromAt + i]!;
    const second = from[fromAt + half + i]!;
    to[toAt + i] = first * c - second * s;
    to[toAt + half + i] = second * c + first * s;
  }
  for (let i = rotaryWidth; i < headWidth; i++) to[toAt + i] = from[fromAt + i]!;
}

function turnOf(table: HostArray, [, rotaryWidth]: Shape, position: number, sign: number): Turn {
  return { table, angles: position * rotaryWidth!, rotaryWidth: rotaryWidth!, sign };
}

registerHostKernel({
  name: 'AlloSplitHeads',
  outputs: ({ qkv }) => Array.from({ length: 3 }, () => [qkv![0]!, qkv![1]! / 3]),
  run({ qkv, positions, table }, [q, k, v], attributes, shapes) {
    const heads = attributes.heads as number;
    const [rows, width] = shapes.qkv as [number, number];
    const headWidth = width / (3 * heads);
    for (let n = 0; n < rows; n++) {
      const turn = turnOf(table!, shapes.table!, positions![n]!, 1);
      for (let h = 0; h < heads; h++) {
        const at = n * width + 3 * h * headWidth;
        const to = (n * heads + h) * headWidth;
        turnHead(qkv!, at, q!, to, headWidth, turn);
        turnHead(qkv!, at + headWidth, k!, to, headWidth, turn);
        for (let i = 0; i < headWidth; i++) v![to + i] = qkv![at + 2 * headWidth + i]!;
      }
    }
  },
});

registerHostKernel({
  name: 'AlloJoinHeads',
  outputs: ({ q }) => [[q![0]!, 3 * q![1]!]],
  run({ q, k, v, positions, table }, [qkv], attributes, shapes) {
    const heads = attributes.heads as number;
    const [rows, width] = shapes.q as [number, number];
    const headWidth = width / heads;
    for (let n = 0; n < rows; n++) {
      const turn = turnOf(table!, shapes.table!, positions![n]!, -1);
      for (let h = 0; h < heads; h++) {
        const at = (n * heads + h) * headWidth;
        const to = 3 * at;
        turnHead(q!, at, qkv!, to, headWidth, turn);
        turnHead(k!, at, qkv!, to + headWidth, headWidth, turn);
        for (let i = 0; i < headWidth; i++) qkv![to + 2 * headWidth + i] = v![at + i]!;
      }
    }
  },
});
