import type { Plan } from '../../lib/nn/index.js';

/** A plan as compile() makes them, written down: tests of formats need no keys. */
export const examplePlan: Plan = {
  format: 'ciphernet-plan',
  version: 2,
  packing: { kind: 'samples', pairs: false },
  samplesPerBatch: 4096,
  inputs: 64,
  outputs: 10,
  bounds: { input: 1, output: 64, hiddenNorm: 4, outputNorm: 64, slope: 4 },
  steps: [
    { kind: 'linear', sources: [0], units: 32, entries: [2048], level: 3 },
    { kind: 'square', sources: [1], units: 32, level: 2 },
    { kind: 'linear', sources: [2], units: 10, entries: [320], level: 1 },
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
  keys: { relinearization: 2, conjugation: null, rotations: [] },
  sharing: null,
  predicted: {
    levels: 3,
    error: 0.001,
    sharedError: 0.001,
    bytes: { evaluationKeys: 1e6, evaluationKeysInMemory: 3e6, upload: 1e7, download: 1e6 },
    seconds: { batch: 0.2, steps: [0.1, 0.05, 0.05], cpuLevel: 'avx512ifma', threads: 1 },
  },
};
