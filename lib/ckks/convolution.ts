import { checkOptions, refuse, requireInteger, requireVector } from '../check.js';
import { ArgumentError } from '../errors.js';
import { DiagonalBuilder } from './diagonals.js';

/** Where the pixels of an image lie: channel c, row y, column x in slot c · channel + y · row + x · column. */
export interface ImageStrides {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** A two-dimensional convolution (cross-correlation, as networks have it) of one image, without its bias. */
export interface Convolution {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly kernel: readonly [height: number, width: number];
  /** 1 if absent. */
  readonly stride?: number | readonly [vertical: number, horizontal: number];
  /** Zeros around the image; none if absent. */
  readonly padding?: number | readonly [top: number, left: number, bottom: number, right: number];
  /** Filters of one group see the channels of that group only; 1 if absent, `channels` for a depthwise convolution. */
  readonly groups?: number;
  /** Filter after filter, each `channels / groups` × kernel height × kernel width, row after row. */
  readonly weights: Float64Array;
  /** Where the image lies; channel after channel, row after row without gaps if absent. */
  readonly input?: ImageStrides;
  /** Where the result lies, likewise. Gaps that keep the input's strides times `stride` need the fewest diagonals. */
  readonly result?: ImageStrides;
}

const names = [
  'channels',
  'height',
  'width',
  'filters',
  'kernel',
  'stride',
  'padding',
  'groups',
  'weights',
  'input',
  'result',
] as const;

/** One number for all, or `count` of them. */
function numbers(value: unknown, count: number, subject: string, least: number, most: number): number[] {
  const list: unknown[] = Array.isArray(value) ? value : Array<unknown>(count).fill(value);
  if (list.length !== count) refuse(`a number or ${count} of them`, subject, value);
  return list.map((entry, i) => {
    requireInteger(entry, Array.isArray(value) ? `${subject}[${i}]` : subject, least, most);
    return entry;
  });
}

/** The strides, checked: all pixels in slots of their own. Also how many slots they span. */
function placement(
  given: ImageStrides | undefined,
  channels: number,
  height: number,
  width: number,
  slots: number,
  subject: string,
): { at: (channel: number, y: number, x: number) => number; span: number } {
  const { channel, row, column } = checkOptions(
    given ?? { channel: height * width, row: width, column: 1 },
    ['channel', 'row', 'column'],
    subject,
  );
  for (const [name, stride] of Object.entries({ channel, row, column }))
    requireInteger(stride, `${subject}.${name}`, 0, slots);
  const at = (c: number, y: number, x: number): number => c * channel + y * row + x * column;
  const span = at(channels - 1, height - 1, width - 1) + 1;
  if (span > slots)
    throw new ArgumentError(
      `The ${subject} of ${channels} × ${height} × ${width} numbers spans ${span} slots, but there are ${slots}. Split it over several ciphertexts.`,
      { span, slots },
    );
  const taken = new Uint8Array(span);
  for (let c = 0; c < channels; ++c)
    for (let y = 0; y < height; ++y)
      for (let x = 0; x < width; ++x) {
        const slot = at(c, y, x);
        if (taken[slot]) {
          throw new ArgumentError(`The ${subject} strides put two numbers into slot ${slot}.`, { slot });
        }
        taken[slot] = 1;
      }
  return { at, span };
}

/**
 * A convolution as the diagonals of a matrix of slots × slots. They follow from the shape alone: weights of 0 count like
 * others.
 *
 * @internal
 */
export function convolutionDiagonals(convolution: Convolution, slots: number): Map<number, Float64Array> {
  const subject = 'the convolution';
  if (typeof convolution !== 'object' || (convolution as unknown) === null)
    refuse('an object', subject, convolution);
  const {
    channels,
    height,
    width,
    filters,
    kernel,
    weights,
    groups = 1,
  } = checkOptions(convolution, names, subject);
  for (const [name, value] of Object.entries({ channels, height, width, filters, groups }))
    requireInteger(value, `convolution.${name}`, 1, slots);
  const most = Math.max(height, width) + slots;
  const [kernelHeight, kernelWidth] = numbers(kernel, 2, 'convolution.kernel', 1, most) as [number, number];
  const [down, right] = numbers(convolution.stride ?? 1, 2, 'convolution.stride', 1, most) as [
    number,
    number,
  ];
  const padding = convolution.padding ?? 0;
  const [top, left, bottom, end] = numbers(padding, 4, 'convolution.padding', 0, most) as [
    number,
    number,
    number,
    number,
  ];
  if (channels % groups !== 0 || filters % groups !== 0)
    throw new ArgumentError(
      `Expected the groups to divide ${channels} channels and ${filters} filters but received ${groups}.`,
      { channels, filters, groups },
    );
  const depth = channels / groups;
  requireVector(weights, 'convolution.weights', filters * depth * kernelHeight * kernelWidth);
  const shape = {
    height: Math.floor((height + top + bottom - kernelHeight) / down) + 1,
    width: Math.floor((width + left + end - kernelWidth) / right) + 1,
  };
  if (shape.height < 1 || shape.width < 1)
    throw new ArgumentError(
      `A kernel of ${kernelHeight} × ${kernelWidth} does not fit into the padded image of ${height + top + bottom} × ${width + left + end}.`,
      { kernelHeight, kernelWidth },
    );
  const input = placement(convolution.input, channels, height, width, slots, 'input');
  const result = placement(convolution.result, filters, shape.height, shape.width, slots, 'result');

  const builder = new DiagonalBuilder(slots, result.span);
  for (let f = 0; f < filters; ++f) {
    const first = Math.floor(f / (filters / groups)) * depth;
    for (let c = 0; c < depth; ++c)
      for (let ky = 0; ky < kernelHeight; ++ky)
        for (let kx = 0; kx < kernelWidth; ++kx) {
          const weight = weights[((f * depth + c) * kernelHeight + ky) * kernelWidth + kx]!;
          for (let y = 0; y < shape.height; ++y) {
            const from = y * down + ky - top;
            if (from < 0 || from >= height) continue;
            for (let x = 0; x < shape.width; ++x) {
              const column = x * right + kx - left;
              if (column < 0 || column >= width) continue;
              builder.add(result.at(f, y, x), input.at(first + c, from, column), weight);
            }
          }
        }
  }
  return builder.diagonals;
}
