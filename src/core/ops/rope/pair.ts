// RoPE of queries and keys together as its parts: cpu and wasm.
import { registerFromParts } from '../parts';

registerFromParts<'q' | 'k' | 'positions' | 'table'>('AlloRopePair', ({ q, k, positions, table }, parts, attributes) =>
  [q, k].flatMap((x) => parts.run('AlloRope', { x, positions, table }, attributes)),
);
