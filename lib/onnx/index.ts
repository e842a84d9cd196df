/** Networks from ONNX files. */
export { onnxOperators } from './operators/index.js';
export { readOnnx } from './read.js';
export type { ReadOnnxOptions } from './read.js';
