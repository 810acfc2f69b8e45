// Damaged copies of JSON values: still JSON, with one to three values replaced, removed, renamed or repeated. Finds what damaged bytes (mutate.ts)
// rarely reach, since most of those are no JSON any more.
import type { Rng } from '../core/rng';

/** A place in the value: the container and the key in it. */
interface Place {
  readonly container: Record<string, unknown> | unknown[];
  readonly key: string;
}

const isContainer = (value: unknown): value is Place['container'] => typeof value === 'object' && value !== null;

/** Walks down at random, so that small parts are met as often as large lists. */
function pickPlace(rng: Rng, root: Place['container']): Place | null {
  let container = root;
  for (;;) {
    const keys = Object.keys(container);
    if (keys.length === 0) return container === root ? null : { container: root, key: Object.keys(root)[0]! };
    const key = rng.pick(keys);
    const inner: unknown = Reflect.get(container, key);
    if (!isContainer(inner) || rng.int(5) === 0) return { container, key };
    container = inner;
  }
}

/** Keys that objects have by birth, and the usual ends of numbers. */
const ODD: readonly (() => unknown)[] = [
  ...[null, true, false, '', '__proto__', 'constructor', 'a'.repeat(5000), '\ud800', '\u0000'].map(
    (value) => () => value,
  ),
  ...[0, -1, 0.5, 1e308, 2 ** 31, 2 ** 53, 65_536].map((value) => () => value),
  () => [],
  () => ({}),
  () => [[[[null]]]],
  () => ({ type: 'Sequence' }),
  () => JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown,
];

/** A damaged copy. `odd` are further values for texts. */
export function mutateJson(rng: Rng, value: object, odd: readonly string[] = []): object {
  const copy = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  for (let times = 1 + rng.int(3); times > 0; times--) {
    const place = pickPlace(rng, copy);
    if (!place) break;
    change(rng, place, odd);
  }
  return copy;
}

function change(rng: Rng, { container, key }: Place, odd: readonly string[]): void {
  const old: unknown = Reflect.get(container, key);
  const put = (at: string, value: unknown): void => {
    Object.defineProperty(container, at, { value, enumerable: true, configurable: true, writable: true });
  };
  const kind = rng.int(6);
  if (kind === 0) Reflect.deleteProperty(container, key);
  else if (kind === 1) put(rng.pick(['type', 'x', '__proto__', '0']), old);
  else if (kind === 2) {
    const keys = Object.keys(container);
    put(key, Reflect.get(container, rng.pick(keys)));
  } else if (kind === 3 && typeof old === 'number') put(key, old + rng.pick([-1, 1, 1000]));
  else if (kind === 3 && typeof old === 'string') {
    const at = rng.int(old.length + 1);
    put(key, old.slice(0, at) + rng.pick(['(', '*', '+', '{9}', ' ', '▁', '<', '%}', '{{', ...odd]) + old.slice(at));
  } else if (kind === 4 && odd.length > 0) put(key, rng.pick(odd));
  else put(key, rng.pick(ODD)());
}
