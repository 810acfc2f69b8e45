// Which tensors there are. An allocation may fail anywhere, in the middle of a kernel that is made of others too, and whoever was about to give a tensor
// back never gets there. After such a failure nothing on the backend is of use any more, so all of it is given back here.
import { tf } from '../tf';

/** What TensorFlow.js 4.22's engine keeps private. */
interface Tracker {
  state: { tensorInfo: WeakMap<object, { backend: object }> };
  trackTensor(tensor: tf.Tensor, backend: object): void;
  disposeTensor(tensor: tf.Tensor): void;
}
const tracker = () => tf.engine() as unknown as Tracker;

const ledgers: Set<tf.Tensor>[] = [];

export interface TensorLedger {
  /** Gives back every tensor that was made since the ledger is kept and lies on the present backend; says how many those were. */
  giveAllBack(): number;
}

/** Kept as long as the program runs. What was there before is nobody's business. */
export function keepLedger(): TensorLedger {
  if (ledgers.length === 0) listenToEngine();
  const alive = new Set<tf.Tensor>();
  ledgers.push(alive);
  return {
    giveAllBack() {
      const [present, { tensorInfo }] = [tf.backend() as object, tracker().state];
      const left = [...alive].filter(({ dataId }) => tensorInfo.get(dataId)?.backend === present);
      for (const tensor of left) tensor.dispose();
      return left.length;
    },
  };
}

function listenToEngine(): void {
  const engine = tracker();
  const track = engine.trackTensor.bind(engine);
  const dispose = engine.disposeTensor.bind(engine);
  engine.trackTensor = (tensor, backend) => {
    for (const alive of ledgers) alive.add(tensor);
    track(tensor, backend);
  };
  engine.disposeTensor = (tensor) => {
    for (const alive of ledgers) alive.delete(tensor);
    dispose(tensor);
  };
}
