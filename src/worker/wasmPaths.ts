// Where the browser finds the three WASM binaries of TensorFlow.js: the build copies them beside the scripts.
// Absolute, since the backend's own thread workers load from a blob: address, to which a relative path means nothing.
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';

const absolute = (url: string): string => new URL(url, import.meta.url).href;

/** What `setWasmPaths` takes. */
export const wasmPaths = {
  'tfjs-backend-wasm.wasm': absolute(plain),
  'tfjs-backend-wasm-simd.wasm': absolute(simd),
  'tfjs-backend-wasm-threaded-simd.wasm': absolute(threadedSimd),
};
