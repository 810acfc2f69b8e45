// Where a word's note goes: under it, above it where there is more room, and never out of sight at the sides.

interface Size {
  width: number;
  height: number;
}

const GAP = 6;
const EDGE = 8;

/** Left and top of a note of a size, in CSS pixels of the window, for a word at `word`. */
export function notePlace(
  word: { left: number; top: number; bottom: number },
  note: Size,
  sight: Size,
): { left: number; top: number } {
  const left = Math.max(EDGE, Math.min(word.left, sight.width - note.width - EDGE));
  const below = word.bottom + GAP;
  const above = word.top - GAP - note.height;
  const fitsBelow = below + note.height <= sight.height - EDGE;
  return { left, top: fitsBelow || above < EDGE ? below : above };
}

/**
 * Where in the page it stands: inside its word's landmark, since what is outside of all is lost to those who go from one to the next; but
 * inside what fills the screen, where nothing else can be seen.
 */
export function noteHome(word: Element, full: Element | null): Element | null {
  const landmark = word.closest('main, aside, header, dialog');
  if (!full?.contains(word)) return landmark;
  return landmark && full.contains(landmark) ? landmark : full;
}
