// TensorFlow.js as it comes: its own ops and tf.train.adam, none of our kernels. On WASM operands are transposed before a
// product, which XNNPACK is several times faster with; elsewhere a product reads them in place.

import { tensorSpecs } from '../../../../src/core/model/config';
import { tf, wasm } from '../../../../src/core/tf';
import { wasmPaths } from '../../../../src/worker/wasmPaths';
import type { Backend, BenchModel, MatmulSize } from '../../protocol';
import { ADAM, type Batch, inputsAndTargets, modelConfigOf, weightsOf } from '../data';
import type { Products, Trainer } from './engine';
import { readLast, tensorProducts } from './tensors';

async function startBackend(backend: Backend): Promise<void> {
  if (backend === 'wasm') {
    wasm.setWasmPaths(wasmPaths);
    wasm.setThreadsCount(navigator.hardwareConcurrency);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no working “${backend}” here.`);
  await tf.ready();
}

/** The last two dimensions swapped. */
const turned = (x: tf.Tensor): tf.Tensor => {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
};

/** a · b with either side transposed. */
function multiply(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? turned(a) : a, transposeB ? turned(b) : b);
}

/** a · b or a · bᵀ; its gradient goes through `multiply` too, which tf.matMul's own would not. */
function product(a: tf.Tensor, b: tf.Tensor, transposeB = false): tf.Tensor {
  const run = tf.customGrad((left, right, save) => {
    const [x, y] = [left as tf.Tensor, right as tf.Tensor];
    (save as (tensors: tf.Tensor[]) => void)([x, y]);
    return {
      value: multiply(x, y, false, transposeB),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        multiply(dy, saved[1]!, false, !transposeB),
        transposeB ? multiply(dy, saved[0]!, true) : multiply(saved[0]!, dy, true),
      ],
    };
  });
  return run(a, b);
}

type Parameters = ReadonlyMap<string, tf.Variable>;

class PlainModel {
  readonly parameters: Parameters;
  private readonly future: tf.Tensor;

  constructor(private readonly model: BenchModel) {
    const weights = weightsOf(model);
    this.parameters = new Map(
      tensorSpecs(modelConfigOf(model)).map(({ name, shape }) => [
        name,
        tf.variable(tf.tensor(weights.get(name)!, [...shape])),
      ]),
    );
    // −1e9 above the diagonal: added to the scores, no token sees a later one.
    const { length } = model;
    this.future = tf.tensor2d(
      Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
      [length, length],
    );
  }

  private get(name: string): tf.Tensor {
    return this.parameters.get(`transformer.${name}`)!;
  }

  private project(x: tf.Tensor, name: string): tf.Tensor {
    return product(x, this.get(`${name}.weight`)).add(this.get(`${name}.bias`));
  }

  private norm(x: tf.Tensor, name: string): tf.Tensor {
    const centred = x.sub(x.mean(-1, true));
    const variance = centred.square().mean(-1, true);
    return centred
      .mul(variance.add(1e-5).rsqrt())
      .mul(this.get(`${name}.weight`))
      .add(this.get(`${name}.bias`));
  }

  private embed(table: tf.Tensor, ids: tf.Tensor1D): tf.Tensor {
    // The gradient of a gather does not exist on WASM.
    if (tf.getBackend() !== 'wasm') return tf.gather(table, ids);
    return product(tf.oneHot(ids, table.shape[0]!).toFloat(), table);
  }

  private attend(qkv: tf.Tensor): tf.Tensor {
    const { batch, length, heads, width } = this.model;
    const [q, k, v] = tf
      .split(qkv, 3, 1)
      .map((part) => part.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ]; // [B, H, T, D]
    const scores = product(q, k, true)
      .mul(1 / Math.sqrt(width / heads))
      .add(this.future); // [B, H, T, T]
    return product(tf.softmax(scores), v)
      .transpose([0, 2, 1, 3])
      .reshape([batch * length, width]);
  }

  loss(batch: Batch): tf.Scalar {
    const { model } = this;
    const { inputs, targets } = inputsAndTargets(batch);
    const table = this.get('wte.weight');
    const tokens = this.embed(table, tf.tensor1d(inputs, 'int32')).reshape([model.batch, model.length, model.width]);
    let x = tokens.add(this.get('wpe.weight')).reshape([model.batch * model.length, model.width]); // [N, C]
    for (let layer = 0; layer < model.layers; layer++) {
      const at = `h.${layer}`;
      const attended = this.attend(this.project(this.norm(x, `${at}.ln_1`), `${at}.attn.c_attn`));
      x = x.add(this.project(attended, `${at}.attn.c_proj`));
      const hidden = gelu(this.project(this.norm(x, `${at}.ln_2`), `${at}.mlp.c_fc`));
      x = x.add(this.project(hidden, `${at}.mlp.c_proj`));
    }
    const logits = product(this.norm(x, 'ln_f'), table, true); // [N, V]
    const wanted = tf.oneHot(tf.tensor1d(targets, 'int32'), model.vocabularySize).toFloat();
    return tf.losses.softmaxCrossEntropy(wanted, logits) as tf.Scalar;
  }
}

const gelu = (x: tf.Tensor): tf.Tensor => {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1));
};

export async function createTrainer(backend: Backend, model: BenchModel): Promise<Trainer> {
  await startBackend(backend);
  const plain = new PlainModel(model);
  const variables = [...plain.parameters.values()];
  const optimiser = tf.train.adam(ADAM.learningRate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const read = async (value: tf.Scalar): Promise<number> => {
    const [loss] = await value.data();
    value.dispose();
    return loss!;
  };
  return {
    adapter: null,
    // Textures are counted by TensorFlow.js alone.
    peakBytes:
      backend === 'webgl'
        ? () => (tf.memory() as { numBytesInGPUAllocated?: number }).numBytesInGPUAllocated ?? 0
        : null,
    step: (batch) => read(optimiser.minimize(() => plain.loss(batch), true, variables) as tf.Scalar),
    settle: () => readLast(variables.at(-1)!),
    loss: (batch) => read(tf.tidy(() => plain.loss(batch))),
  };
}

export async function createProducts(backend: Backend, size: MatmulSize): Promise<Products> {
  await startBackend(backend);
  return tensorProducts(size, (a, b) => tf.matMul(a, b));
}
