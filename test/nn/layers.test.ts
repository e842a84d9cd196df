import test from 'ava';
import { CiphernetError } from '../../lib/errors.js';
import {
  add,
  affine,
  averagePool2d,
  batchNorm,
  concat,
  conv2d,
  dense,
  evaluate,
  flatten,
  globalAveragePool,
  graph,
  pad,
  product,
  reshape,
  sequential,
  transpose,
} from '../../lib/nn/index.js';
import type { Conv2dOptions, Layer, Shape } from '../../lib/nn/index.js';
import { SeededRandom } from '../../examples/support/random.js';

const random = new SeededRandom(31);
const one = (layer: Layer, inputShape: Shape, values: Float64Array): number[] => [
  ...evaluate(sequential([layer], { inputShape }), values),
];
const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) < 1e-12);

/** A convolution by its definition, place by place. */
function convolve(
  options: Required<Omit<Conv2dOptions, 'kernel' | 'stride' | 'dilation' | 'padding'>> & {
    kernel: [number, number];
    stride: [number, number];
    dilation: [number, number];
    padding: [number, number, number, number];
  },
  [height, width]: [number, number],
  picture: Float64Array,
): number[] {
  const { channels, filters, kernel, stride, dilation, padding, groups, weights, bias } = options;
  const at = (c: number, y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : picture[(c * height + y) * width + x]!;
  const result: number[] = [];
  const span = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1] as const;
  const perGroup = channels / groups;
  for (let f = 0; f < filters; ++f) {
    for (let y = -padding[0]; y + span[0] <= height + padding[2]; y += stride[0]) {
      for (let x = -padding[1]; x + span[1] <= width + padding[3]; x += stride[1]) {
        let sum = bias[f]!;
        for (let c = 0; c < perGroup; ++c)
          for (let ky = 0; ky < kernel[0]; ++ky)
            for (let kx = 0; kx < kernel[1]; ++kx)
              sum +=
                weights[((f * perGroup + c) * kernel[0] + ky) * kernel[1] + kx]! *
                at(
                  Math.floor(f / (filters / groups)) * perGroup + c,
                  y + ky * dilation[0],
                  x + kx * dilation[1],
                );
        result.push(sum);
      }
    }
  }
  return result;
}

for (const [title, stride, dilation, padding, groups] of [
  ['plain', [1, 1], [1, 1], [0, 0, 0, 0], 1],
  ['strided', [2, 3], [1, 1], [0, 0, 0, 0], 1],
  ['padded unevenly', [2, 1], [1, 1], [1, 2, 0, 1], 1],
  ['dilated', [1, 2], [2, 1], [1, 1, 1, 1], 1],
  ['grouped', [1, 1], [1, 1], [1, 1, 1, 1], 2],
] as const) {
  test(`a convolution is its definition: ${title}`, (t) => {
    const options = {
      channels: 4,
      filters: 6,
      kernel: [3, 2] as [number, number],
      stride: [...stride] as [number, number],
      dilation: [...dilation] as [number, number],
      padding: [...padding] as [number, number, number, number],
      groups,
      weights: random.vector((6 * 4 * 6) / groups),
      bias: random.vector(6),
    };
    const picture = random.vector(4 * 7 * 8);
    t.true(near(one(conv2d(options), [4, 7, 8], picture), convolve(options, [7, 8], picture)));
  });
}

test('pooling takes means, with or without what lies beyond the edges', (t) => {
  const picture = Float64Array.of(1, 2, 3, 4);
  t.deepEqual(one(averagePool2d({ kernel: 2 }), [1, 2, 2], picture), [2.5]);
  t.deepEqual(
    one(averagePool2d({ kernel: 2, stride: 1, padding: [1, 1, 0, 0] }), [1, 2, 2], picture),
    [1, 1.5, 2, 2.5],
  );
  t.deepEqual(
    one(
      averagePool2d({ kernel: 2, stride: 1, padding: [1, 1, 0, 0], countPadding: true }),
      [1, 2, 2],
      picture,
    ),
    [0.25, 0.75, 1, 2.5],
  );
  t.deepEqual(one(globalAveragePool(), [2, 1, 2], picture), [1.5, 3.5]);
});

test('layers that move numbers about put them where they say', (t) => {
  const values = Float64Array.of(1, 2, 3, 4, 5, 6);
  t.deepEqual(one(transpose([1, 0]), [2, 3], values), [1, 4, 2, 5, 3, 6]);
  t.deepEqual(
    one(pad({ before: [0, 1], after: [1, 0] }), [2, 3], values),
    [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0],
  );
  t.deepEqual(one(reshape([3, 2]), [2, 3], values), [...values]);
  const joined = graph([2, 3], (x) => x.apply(concat(1), x.apply(affine({ scale: Float64Array.of(-1) }))));
  t.deepEqual([...evaluate(joined, values)], [1, 2, 3, -1, -2, -3, 4, 5, 6, -4, -5, -6]);
});

test('sums, products and batch normalisation go element by element', (t) => {
  const values = Float64Array.of(1, 2, 3, 4);
  const difference = graph([4], (x) => x.apply(add([1, -2]), x.apply(product(), x)));
  t.deepEqual([...evaluate(difference, values)], [-1, -6, -15, -28]);
  const normalised = batchNorm({
    mean: Float64Array.of(1, 2),
    variance: Float64Array.of(3, 8),
    gamma: Float64Array.of(2, 3),
    beta: Float64Array.of(0, 1),
    epsilon: 1,
  });
  t.deepEqual(one(normalised, [2, 1, 2], values), [0, 1, 2, 3]);
});

test('what the output does not depend on is left out of a network', (t) => {
  const model = graph([2], (x) => {
    x.apply(dense({ inputs: 2, units: 5, weights: random.vector(10) }));
    return x.apply(affine({ offset: Float64Array.of(1) }));
  });
  t.is(model.nodes.length, 1);
});

test('shapes that do not fit are refused with the remedy', (t) => {
  const refused = (build: () => unknown, message: RegExp): void => {
    t.throws(build, { instanceOf: CiphernetError, message });
  };
  const weights = random.vector(9);
  refused(
    () => sequential([dense({ inputs: 8, units: 1, weights: random.vector(8) })], { inputShape: [2, 2, 2] }),
    /flatten/,
  );
  refused(
    () => sequential([conv2d({ channels: 1, filters: 1, kernel: 3, weights })], { inputShape: [1, 2, 2] }),
    /at least the kernel's 3 × 3/,
  );
  refused(
    () => sequential([conv2d({ channels: 1, filters: 1, kernel: 3, weights })], { inputShape: [3, 8, 8] }),
    /1 channels/,
  );
  refused(() => sequential([conv2d({ channels: 1, filters: 1, kernel: 3, weights })]), /option inputShape/);
  refused(() => sequential([reshape([5])], { inputShape: [6] }), /5 elements/);
  refused(() => transpose([0, 0]), /every axis once/);
  refused(() => conv2d({ channels: 3, filters: 4, kernel: 1, groups: 2, weights }), /divisor/);
  refused(() => graph([2], (x) => x.apply(add([1, 1, 1]), x)), /3 operands/);
  refused(() => graph([2], (x) => x.apply(flatten(), x)), /1 operands/);
  refused(() => graph([2, 2], (x) => x.apply(concat(1), x.apply(flatten()))), /differ along axis 1/);
  refused(() => graph([2], () => graph as never), /Tensor/);
  refused(() => batchNorm({ mean: random.vector(2), variance: Float64Array.of(1, -2) }), /channel 1/);
});
