// The only file that imports TensorFlow.js: everything else takes `tf` from here, so that the runtime is pinned in one place.
import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as webgpu from '@tensorflow/tfjs-backend-webgpu';

// Checks of every kernel for NaN and the console banner for Node are off; both are for development of TensorFlow.js itself.
tf.enableProdMode();

export { tf, wasm, webgpu };
