import type { AffineLayer, AveragePool2dLayer, Conv2dLayer, Layer, Window } from './layers.js';
import { resultShape } from './result-shape.js';
import { sizeOf, stridesOf } from './shape.js';
import type { Shape } from './shape.js';
import { identityMatrix, scaledMatrix, selection, sparseFromDense, sparseFromRows } from './sparse.js';
import type { SparseMatrix } from './sparse.js';

/** y = Σ matrices[k] · (input k, row by row) + bias: what every layer does but activations and products. */
export interface LinearMap {
  readonly matrices: readonly SparseMatrix[];
  readonly bias: Float64Array;
}

export type LinearLayer = Exclude<Layer, { readonly kind: 'activation' | 'product' }>;

export const isLinear = (layer: Layer): layer is LinearLayer =>
  layer.kind !== 'activation' && layer.kind !== 'product';

/**
 * A layer as matrices with structural entries: this is where each kind of layer is defined. Networks in the clear, folding
 * and planning all start from here.
 */
export function linearMap(layer: LinearLayer, inputs: readonly Shape[]): LinearMap {
  const [first] = inputs as [Shape];
  const columns = sizeOf(first);
  const shape = resultShape(layer, inputs, `a layer of kind ${layer.kind}`);
  const rows = sizeOf(shape);
  const alone = (matrix: SparseMatrix, bias: Float64Array = new Float64Array(rows)): LinearMap => ({
    matrices: [matrix],
    bias,
  });
  switch (layer.kind) {
    case 'dense':
      return alone(sparseFromDense(layer.units, layer.inputs, layer.weights), layer.bias);
    case 'conv2d':
      return alone(convolution(layer, first, shape), spread(layer.bias, shape));
    case 'averagePool2d':
      return alone(averagePool(layer, first, shape));
    case 'globalAveragePool': {
      const area = first[1]! * first[2]!;
      return alone(
        sparseFromRows(rows, columns, (row) =>
          Array.from({ length: area }, (_, i) => [row * area + i, 1 / area] as const),
        ),
      );
    }
    case 'affine':
      return alone(diagonal(layer, first), spread(layer.offset, first));
    case 'reshape':
      return alone(identityMatrix(columns));
    case 'transpose': {
      const strides = stridesOf(first);
      return alone(
        selection(
          columns,
          gather(shape, (index) =>
            index.reduce((sum, i, axis) => sum + i * strides[layer.permutation[axis]!]!, 0),
          ),
        ),
      );
    }
    case 'pad': {
      const strides = stridesOf(first);
      return alone(
        selection(
          columns,
          gather(shape, (index) => {
            const inside = index.map((i, axis) => i - layer.before[axis]!);
            if (inside.some((i, axis) => i < 0 || i >= first[axis]!)) return -1;
            return inside.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
          }),
        ),
      );
    }
    case 'add':
      return {
        matrices: layer.coefficients.map((factor) => scaledMatrix(identityMatrix(columns), factor)),
        bias: new Float64Array(rows),
      };
    case 'concat': {
      let begin = 0;
      const matrices = inputs.map((input) => {
        const strides = stridesOf(input);
        const from = begin;
        begin += input[layer.axis]!;
        return selection(
          sizeOf(input),
          gather(shape, (index) => {
            const at = index[layer.axis]! - from;
            if (at < 0 || at >= input[layer.axis]!) return -1;
            return index.reduce((sum, i, axis) => sum + (axis === layer.axis ? at : i) * strides[axis]!, 0);
          }),
        );
      });
      return { matrices, bias: new Float64Array(rows) };
    }
  }
}

/** For every element of a tensor, row by row, what `source` says of its index. */
function gather(shape: Shape, source: (index: readonly number[]) => number): Int32Array {
  const strides = stridesOf(shape);
  return Int32Array.from({ length: sizeOf(shape) }, (_, element) =>
    source(shape.map((size, axis) => Math.floor(element / strides[axis]!) % size)),
  );
}

/** One value for all, one a channel or one an element, as one an element. */
function spread(values: Float64Array, shape: Shape): Float64Array {
  const size = sizeOf(shape);
  const each = size / values.length;
  return Float64Array.from({ length: size }, (_, i) => values[Math.floor(i / each)]!);
}

function diagonal(layer: AffineLayer, shape: Shape): SparseMatrix {
  const factors = spread(layer.scale, shape);
  return sparseFromRows(factors.length, factors.length, (row) => [[row, factors[row]!]]);
}

/** The places of a picture that the window of one result covers: its place in the kernel, and the element of a channel. */
function covered(
  window: Window,
  [dilateY, dilateX]: readonly [number, number],
  [height, width]: readonly [number, number],
  [y, x]: readonly [number, number],
): { readonly tap: number; readonly element: number }[] {
  const { kernel, stride, padding } = window;
  const places: { tap: number; element: number }[] = [];
  for (let ky = 0; ky < kernel[0]; ++ky) {
    const inY = y * stride[0] + ky * dilateY - padding[0];
    if (inY < 0 || inY >= height) continue;
    for (let kx = 0; kx < kernel[1]; ++kx) {
      const inX = x * stride[1] + kx * dilateX - padding[1];
      if (inX >= 0 && inX < width) places.push({ tap: ky * kernel[1] + kx, element: inY * width + inX });
    }
  }
  return places;
}

function convolution(layer: Conv2dLayer, input: Shape, output: Shape): SparseMatrix {
  const [channels, height, width] = input as readonly [number, number, number];
  const [filters, down, across] = output as readonly [number, number, number];
  const perGroup = channels / layer.groups;
  const taps = layer.kernel[0] * layer.kernel[1];
  return sparseFromRows(filters * down * across, channels * height * width, (row) => {
    const filter = Math.floor(row / (down * across));
    const y = Math.floor(row / across) % down;
    const group = Math.floor((filter * layer.groups) / filters);
    const places = covered(layer, layer.dilation, [height, width], [y, row % across]);
    return Array.from({ length: perGroup }, (_, channel) =>
      places.map(
        ({ tap, element }) =>
          [
            (group * perGroup + channel) * height * width + element,
            layer.weights[(filter * perGroup + channel) * taps + tap]!,
          ] as const,
      ),
    ).flat();
  });
}

function averagePool(layer: AveragePool2dLayer, input: Shape, output: Shape): SparseMatrix {
  const [channels, height, width] = input as readonly [number, number, number];
  const [, down, across] = output as readonly [number, number, number];
  return sparseFromRows(channels * down * across, channels * height * width, (row) => {
    const channel = Math.floor(row / (down * across));
    const places = covered(layer, [1, 1], [height, width], [Math.floor(row / across) % down, row % across]);
    const count = layer.countPadding ? layer.kernel[0] * layer.kernel[1] : places.length;
    return places.map(({ element }) => [channel * height * width + element, 1 / count] as const);
  });
}
