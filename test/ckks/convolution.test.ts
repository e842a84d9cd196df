import test from 'ava';

import { Evaluator, LinearTransform } from '../../lib/ckks/index.js';
import type { Convolution } from '../../lib/ckks/index.js';
import { makeContext, sequence, smallLiteral } from './support.js';

const literal = { ...smallLiteral, logSlots: 7 };
const slots = 128;

/** The convolution in the clear, of any strides. */
function convolve(c: Convolution, image: Float64Array): Float64Array {
  const [kh, kw] = c.kernel;
  const [down, right] = typeof c.stride === 'object' ? c.stride : [c.stride ?? 1, c.stride ?? 1];
  const p = c.padding ?? 0;
  const [top, left, bottom, end] = typeof p === 'object' ? p : [p, p, p, p];
  const groups = c.groups ?? 1;
  const depth = c.channels / groups;
  const height = Math.floor((c.height + top + bottom - kh) / down) + 1;
  const width = Math.floor((c.width + left + end - kw) / right) + 1;
  const from = c.input ?? { channel: c.height * c.width, row: c.width, column: 1 };
  const to = c.result ?? { channel: height * width, row: width, column: 1 };
  const result = new Float64Array(slots);
  for (let f = 0; f < c.filters; ++f)
    for (let y = 0; y < height; ++y)
      for (let x = 0; x < width; ++x) {
        let sum = 0;
        for (let d = 0; d < depth; ++d)
          for (let ky = 0; ky < kh; ++ky)
            for (let kx = 0; kx < kw; ++kx) {
              const row = y * down + ky - top;
              const column = x * right + kx - left;
              if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
              const channel = Math.floor((f * groups) / c.filters) * depth + d;
              sum +=
                c.weights[((f * depth + d) * kh + ky) * kw + kx]! *
                image[channel * from.channel + row * from.row + column * from.column]!;
            }
        result[f * to.channel + y * to.row + x * to.column] = sum;
      }
  return result;
}

const draw = sequence(21);
const base = { channels: 1, height: 6, width: 6, filters: 1, kernel: [3, 3], weights: draw(9) } as const;
const cases: [string, Convolution][] = [
  ['without padding', base],
  ['of the same size', { ...base, padding: 1 }],
  ['with stride and uneven padding', { ...base, stride: [2, 1], padding: [1, 0, 0, 2] }],
  [
    'of several channels and filters',
    { ...base, channels: 2, filters: 3, height: 5, width: 7, kernel: [2, 3], stride: 2, weights: draw(36) },
  ],
  ['depthwise', { ...base, channels: 2, filters: 4, height: 4, groups: 2, padding: 1, weights: draw(36) }],
  [
    'that keeps the strides of its input',
    { ...base, kernel: [2, 2], stride: 2, weights: draw(4), result: { channel: 36, row: 12, column: 2 } },
  ],
  [
    'of an image with gaps',
    { ...base, height: 3, width: 3, padding: 1, input: { channel: 72, row: 12, column: 2 } },
  ],
  ['as large as the image', { ...base, kernel: [6, 6], weights: draw(36), filters: 1 }],
];

for (const [name, convolution] of cases)
  test(`a convolution ${name} is that of the clear image`, async (t) => {
    const { parameters, generator, secretKey, encryptor, decryptor } = await makeContext(literal, {});
    const transform = await LinearTransform.fromConvolution(parameters, convolution, { level: 2 });
    t.is(transform.level, 2);
    const keys = await generator.evaluationKeys(secretKey, { rotations: [...transform.rotations] });
    const image = sequence(5)(slots);
    const result = await new Evaluator(parameters, keys).transform(await encryptor.encrypt(image), transform);
    const { maxError } = await decryptor.measuredError(result, convolve(convolution, image));
    t.true(maxError <= result.noise.errorBound, `measured ${maxError}, predicted ${result.noise.errorBound}`);
    t.true(result.noise.errorBound < 1e-3);
  });

test('the rotations of a convolution follow from its shape, and gaps that keep the strides need the fewest', async (t) => {
  const { parameters } = await makeContext(literal, {});
  const zeros = await LinearTransform.fromConvolution(parameters, { ...base, weights: new Float64Array(9) });
  const dense = await LinearTransform.fromConvolution(parameters, base);
  t.deepEqual(zeros.rotations, dense.rotations);
  t.is(zeros.diagonals, dense.diagonals);
  const result = { channel: 36, row: 6, column: 1 };
  const raster = await LinearTransform.fromConvolution(parameters, { ...base, result });
  t.is(raster.diagonals, 9);
  t.true(dense.diagonals > raster.diagonals);
});

test('what is no convolution is refused with what is wrong', async (t) => {
  const { parameters } = await makeContext(literal, {});
  const refused = async (change: object, message: RegExp): Promise<void> => {
    await t.throwsAsync(LinearTransform.fromConvolution(parameters, { ...base, ...change }), {
      code: 'INVALID_ARGUMENT',
      message,
    });
  };
  await refused({ channels: 0 }, /for convolution\.channels/);
  await refused({ kernel: [3] }, /2 of them for convolution\.kernel/);
  await refused({ kernel: [3, 0] }, /for convolution\.kernel\[1\]/);
  await refused({ stride: 0 }, /for convolution\.stride/);
  await refused({ padding: [1, 1] }, /4 of them for convolution\.padding/);
  await refused({ groups: 2 }, /groups to divide 1 channels and 1 filters but received 2/);
  await refused({ weights: draw(8) }, /length 9 for convolution\.weights/);
  await refused(
    { kernel: [7, 1], weights: draw(7) },
    /kernel of 7 × 1 does not fit into the padded image of 6 × 6/,
  );
  await refused({ channels: 4, weights: draw(36) }, /input of 4 × 6 × 6 numbers spans 144 slots/);
  await refused({ result: { channel: 36, row: 3, column: 1 } }, /result strides put two numbers into slot 3/);
  await refused({ padings: 1 }, /Did you mean padding/);
  await t.throwsAsync(LinearTransform.fromConvolution(parameters, null as never), {
    code: 'INVALID_ARGUMENT',
  });
});
