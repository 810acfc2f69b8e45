// Arrow keys in a strip of tokens that wraps over several lines. Pure; the boxes come from the layout.

export interface TokenBox {
  left: number;
  top: number;
  width: number;
}

/** The token a key leads to; null when the key does not move. Up and down take the nearest token of the next line. */
export function nextToken(key: string, at: number, boxes: readonly TokenBox[]): number | null {
  const last = boxes.length - 1;
  if (last < 0) return null;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, at - 1);
    case 'ArrowRight':
      return Math.min(last, at + 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowUp':
      return nearestOnLine(at, boxes, -1);
    case 'ArrowDown':
      return nearestOnLine(at, boxes, 1);
    default:
      return null;
  }
}

function nearestOnLine(at: number, boxes: readonly TokenBox[], direction: 1 | -1): number {
  const from = boxes[at];
  if (!from) return 0;
  const beyond = boxes.map((box) => (box.top - from.top) * direction).filter((distance) => distance > 1);
  if (beyond.length === 0) return at;
  const line = from.top + Math.min(...beyond) * direction;
  const middle = from.left + from.width / 2;
  let best = at;
  let least = Number.POSITIVE_INFINITY;
  boxes.forEach((box, i) => {
    const distance = Math.abs(box.left + box.width / 2 - middle);
    if (Math.abs(box.top - line) <= 1 && distance < least) [best, least] = [i, distance];
  });
  return best;
}
