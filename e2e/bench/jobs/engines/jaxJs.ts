// @jax-js/jax as its authors advise: one jitted training step that owns parameters and moments, their attention, activations
// and one-hot helpers, arrays handed over by reference count, `blockUntilReady` at the end of a step.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { tensorSpecs } from '../../../../src/core/model/config';
import type { Backend, BenchModel, MatmulSize } from '../../protocol';
import { ADAM, type Batch, inputsAndTargets, modelConfigOf, weightsOf } from '../data';
import type { Products, Trainer } from './engine';

type Arrays = { [name: string]: np.Array };

async function startBackend(backend: Backend): Promise<void> {
  if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no working “${backend}” here.`);
  defaultDevice(backend);
}

/** Mean next-token loss. Takes `p`, `inputs` and `targets` over, as every function here does with its arguments. */
function lossOf(model: BenchModel) {
  const { batch, length, heads, width, vocabularySize } = model;
  return (p: Arrays, inputs: np.Array, targets: np.Array): np.Array => {
    const get = (name: string): np.Array => p[`transformer.${name}`]!;
    const project = (x: np.Array, name: string) => np.dot(x, get(`${name}.weight`)).add(get(`${name}.bias`));
    const norm = (x: np.Array, name: string) =>
      nn
        .standardize(x, -1, { epsilon: 1e-5 })
        .mul(get(`${name}.weight`))
        .add(get(`${name}.bias`));
    const attend = (qkv: np.Array): np.Array => {
      const [q, k, v] = np.split(qkv, 3, 1).map((part) => part.reshape([batch, length, heads, width / heads])) as [
        np.Array,
        np.Array,
        np.Array,
      ];
      return nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch * length, width]);
    };
    const table = get('wte.weight');
    let x = np.take(table.ref, inputs, 0).add(np.tile(get('wpe.weight'), [batch, 1])); // [N, C]
    for (let layer = 0; layer < model.layers; layer++) {
      const at = `h.${layer}`;
      const attended = attend(project(norm(x.ref, `${at}.ln_1`), `${at}.attn.c_attn`));
      x = x.add(project(attended, `${at}.attn.c_proj`));
      const hidden = nn.gelu(project(norm(x.ref, `${at}.ln_2`), `${at}.mlp.c_fc`), { approximate: true });
      x = x.add(project(hidden, `${at}.mlp.c_proj`));
    }
    const logits = np.dot(norm(x, 'ln_f'), np.transpose(table)); // [N, V]
    const wanted = nn.oneHot(targets, vocabularySize);
    return nn
      .logSoftmax(logits, -1)
      .mul(wanted)
      .sum()
      .mul(-1 / (batch * length));
  };
}

interface State {
  parameters: Arrays;
  first: Arrays;
  second: Arrays;
}

/** Adam with its bias corrections given: they change from step to step, the compiled step does not. */
function stepOf(model: BenchModel) {
  const gradient = valueAndGrad(lossOf(model));
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  return (
    parameters: Arrays,
    first: Arrays,
    second: Arrays,
    inputs: np.Array,
    targets: np.Array,
    corrections: np.Array,
  ): { parameters: Arrays; first: Arrays; second: Arrays; loss: np.Array } => {
    const [loss, gradients] = gradient(tree.ref(parameters), inputs, targets) as [np.Array, Arrays];
    const correction1 = corrections.ref.slice(0);
    const correction2 = corrections.slice(1);
    const next: State = { parameters: {}, first: {}, second: {} };
    for (const name of Object.keys(parameters)) {
      const g = gradients[name]!;
      const m = first[name]!.mul(beta1).add(g.ref.mul(1 - beta1));
      const v = second[name]!.mul(beta2).add(np.square(g).mul(1 - beta2));
      const size = np.sqrt(v.ref.div(correction2.ref)).add(epsilon);
      next.parameters[name] = parameters[name]!.sub(m.ref.div(correction1.ref).div(size).mul(learningRate));
      next.first[name] = m;
      next.second[name] = v;
    }
    correction1.dispose();
    correction2.dispose();
    return { ...next, loss };
  };
}

const batchArrays = (batch: Batch): [inputs: np.Array, targets: np.Array] => {
  const { inputs, targets } = inputsAndTargets(batch);
  return [np.array(inputs, { dtype: np.int32 }), np.array(targets, { dtype: np.int32 })];
};

export async function createTrainer(backend: Backend, model: BenchModel): Promise<Trainer> {
  await startBackend(backend);
  const weights = weightsOf(model);
  const arrays = (values: (name: string, shape: number[]) => np.Array): Arrays =>
    Object.fromEntries(tensorSpecs(modelConfigOf(model)).map(({ name, shape }) => [name, values(name, [...shape])]));
  const zeros = () => arrays((_, shape) => np.zeros(shape));
  let state: State = {
    parameters: arrays((name, shape) => np.array(weights.get(name)!, { shape })),
    first: zeros(),
    second: zeros(),
  };
  const jittedStep = jit(stepOf(model));
  const jittedLoss = jit(lossOf(model));
  let updates = 0;
  const number = async (scalar: np.Array): Promise<number> => (await scalar.data())[0]!;
  return {
    adapter: null,
    peakBytes: null,
    async step(batch) {
      updates++;
      const corrections = np.array(new Float32Array([1 - ADAM.beta1 ** updates, 1 - ADAM.beta2 ** updates]));
      const { parameters, first, second } = state;
      const { loss, ...next } = jittedStep(parameters, first, second, ...batchArrays(batch), corrections);
      state = next;
      return number(loss);
    },
    async settle() {
      await blockUntilReady(state);
    },
    async loss(batch) {
      return number(jittedLoss(tree.ref(state.parameters), ...batchArrays(batch)));
    },
  };
}

export async function createProducts(backend: Backend, { rows, inner, columns }: MatmulSize): Promise<Products> {
  await startBackend(backend);
  const a = np.ones([rows, inner]);
  const b = np.ones([inner, columns]);
  await blockUntilReady([a, b]);
  const multiply = jit((x: np.Array, y: np.Array) => np.dot(x, y));
  let made: np.Array[] = [];
  return {
    run() {
      made.push(multiply(a.ref, b.ref));
    },
    async settle() {
      await blockUntilReady(made);
      tree.dispose(made);
      made = [];
    },
  };
}
