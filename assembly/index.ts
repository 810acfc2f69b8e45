// The wasm backend's hot loops, on TensorFlow.js's own heap: every export takes byte offsets and sizes, then a scratch area of its
// worker, then the stretch first…last−1 of the work to do. No allocation, no static data, no imports but the memory.

export { attention, attentionGrad, decodeAttention } from './attention';
export { addRows, putRows, takeRows } from './copies';
export { matmul } from './matmul';
export { gelu, geluErf, geluErfGrad, geluGrad, swiglu, swigluGrad } from './pointwise';
export { addBias, columnSum, layerNorm, layerNormGrad, rmsNorm, rmsNormGrad, rope, tokenLogps, tokenLogpsGrad } from './rows';
export { adamw, adamwMasked } from './adamw';
