import type { Plan } from '../../lib/nn/index.js';

/** A plan as compile() makes them, written down: tests of formats need no keys. */
export const examplePlan: Plan = {
  format: 'ciphernet-plan',
  version: 1,
  packing: 'samples',
  samplesPerBatch: 4096,
  inputs: 64,
  outputs: 10,
  bounds: { input: 1, output: 64, hiddenNorm: 64, outputNorm: 1024 },
  steps: [
    { kind: 'dense', inputs: 64, units: 32, level: 3 },
    { kind: 'square', units: 32, level: 2 },
    { kind: 'dense', inputs: 32, units: 10, level: 1 },
  ],
  parameters: {
    logN: 13,
    logQ: [47, 38, 38, 38],
    logP: [47],
    logScale: 38,
    magnitude: 1,
    security: 'classical-128',
  },
  reasons: ['because'],
  keys: { relinearization: 2, rotations: [] },
  predicted: {
    levels: 3,
    error: 0.001,
    bytes: { evaluationKeys: 1e6, evaluationKeysInMemory: 3e6, upload: 1e7, download: 1e6 },
    seconds: { batch: 0.2, cpuLevel: 'avx512ifma', threads: 1 },
  },
};
