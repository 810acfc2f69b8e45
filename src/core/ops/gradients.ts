// Reverse-mode gradients over TensorFlow.js' own tape. Its `variableGrads` keeps every saved activation and every gradient between
// layers until the end; here each is given back as soon as the walk has passed it, which is half of a step's memory.
import { tf } from '../tf';

interface TapeNode {
  kernelName: string;
  inputs: Readonly<Record<string, tf.Tensor>>;
  outputs: readonly tf.Tensor[];
  saved?: readonly tf.Tensor[];
  gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
}

/** What TensorFlow.js 4.22's engine keeps private and its own `gradients` uses. */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

const giveBack = (nodes: readonly TapeNode[]): void => {
  for (const { saved = [] } of nodes) tf.dispose([...saved]);
};

/** Runs `f` and takes down what it computed. Throws Error inside another recording. */
function record<Y extends tf.Tensor>(f: () => Y): { y: Y; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0) throw new Error('Gradients cannot be taken while others are being recorded.');
  engine.startTape();
  const tape = engine.state.activeTape!;
  try {
    return { y: tf.tidy(f), tape };
  } catch (error) {
    giveBack(tape);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/**
 * The value of `f` and its gradient with respect to each of `xs`, in their order: of Σ y · dy, or of y itself, a scalar, without `dy`.
 * The caller owns all that comes back. Throws Error when `f` does not depend on one of `xs`, or an op has no gradient.
 */
export function valueAndGradients<Y extends tf.Tensor>(
  f: () => Y,
  xs: readonly tf.Tensor[],
  dy?: Y,
): { value: Y; gradients: tf.Tensor[] } {
  const { y, tape } = record(f);
  /** By tensor id. */
  const found = new Map<number, tf.Tensor>();
  const depends = new Set(xs.map(({ id }) => id));
  const nodes = tape.filter(({ inputs, outputs }) => {
    const isOnTheWay = Object.values(inputs).some(({ id }) => depends.has(id));
    if (isOnTheWay) for (const { id } of outputs) depends.add(id);
    return isOnTheWay;
  });
  const onTheWay = new Set(nodes);
  giveBack(tape.filter((node) => !onTheWay.has(node)));
  found.set(y.id, dy ? dy.clone() : tf.onesLike(y));
  try {
    for (let node = nodes.pop(); node; node = nodes.pop()) {
      passThrough(node, found, depends);
      giveBack([node]);
    }
    const gradients = xs.map((x, i) => {
      const gradient = found.get(x.id);
      if (!gradient) throw new Error(`The value does not depend on tensor ${i} of ${xs.length}.`);
      return gradient;
    });
    return { value: y, gradients };
  } catch (error) {
    giveBack(nodes);
    tf.dispose([y, ...found.values()]);
    throw error;
  }
}

/** Takes the gradients of a node's outputs out of `found` and adds those of its inputs that matter. */
function passThrough(node: TapeNode, found: Map<number, tf.Tensor>, depends: ReadonlySet<number>): void {
  const dys = node.outputs.map(({ id }) => found.get(id) ?? null);
  if (dys.every((dy) => dy === null)) return;
  if (!node.gradient) throw new Error(`“${node.kernelName}” has no gradient.`);
  const wanted = Object.entries(node.inputs).filter(([, { id }]) => depends.has(id));
  const dxs = tf.tidy(() => {
    const made = node.gradient!(dys);
    // A gradient that is handed on as it is must outlive the one it came from.
    return wanted.map(([name]) => {
      const dx = made[name]!();
      return dys.includes(dx) ? dx.clone() : dx;
    });
  });
  for (const { id } of node.outputs) {
    found.get(id)?.dispose();
    found.delete(id);
  }
  wanted.forEach(([, { id }], i) => {
    const before = found.get(id);
    const dx = dxs[i]!;
    found.set(id, before ? tf.add(before, dx) : dx);
    if (before) tf.dispose([before, dx]);
  });
}
