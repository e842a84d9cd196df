import type { SeededRandom } from './random.js';

/** How far training images are varied. All of it is drawn anew for every image of every epoch. */
export interface Augmentation {
  /** Tangent of half the largest angle of rotation. */
  readonly rotation: number;
  /** Largest shear, as a slope. */
  readonly shear: number;
  /** Largest relative stretch of each axis. */
  readonly stretch: number;
  /** Largest shift along each axis, in pixels. */
  readonly shift: number;
  /** Deviation of the displacements at the knots of the elastic field, in pixels. */
  readonly elastic: number;
  /** Largest change of the strokes' darkness: v → v + c·v(1 − v). */
  readonly contrast: number;
  /** Deviation of the noise on each pixel (pixels are in [0, 1]). */
  readonly noise: number;
}

/**
 * Writes one varied copy of the image at `images[from …]` to `target[to …]`, both row by row with pixels in [0, 1]: an affine
 * map and an elastic field about the centre, then contrast and noise.
 */
export type Augment = (
  images: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  random: SeededRandom,
  options: Augmentation,
) => void;

/** The pixel of an image, 0 outside of it. */
function pixelAt(image: Float64Array, offset: number, side: number, row: number, column: number): number {
  return row < 0 || row >= side || column < 0 || column >= side ? 0 : image[offset + row * side + column]!;
}

/** The image between its pixels, by bilinear interpolation. */
function interpolate(image: Float64Array, offset: number, side: number, y: number, x: number): number {
  const row = Math.floor(y);
  const column = Math.floor(x);
  const fy = y - row;
  const fx = x - column;
  const upper =
    pixelAt(image, offset, side, row, column) * (1 - fx) + pixelAt(image, offset, side, row, column + 1) * fx;
  const lower =
    pixelAt(image, offset, side, row + 1, column) * (1 - fx) +
    pixelAt(image, offset, side, row + 1, column + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}

/**
 * Variations of square images of `side` × `side` pixels, their elastic field bilinear between `knots` × `knots` random
 * displacements. Only + − × ÷ and √ of doubles, so that it gives the same bits on every machine.
 */
export function augmenter(side: number, knots: number): Augment {
  const centre = (side - 1) / 2;
  // Each pixel lies between two neighbouring knots along an axis: the first of them, and the weights of both.
  const position = Float64Array.from({ length: side }, (_, pixel) => (pixel / (side - 1)) * (knots - 1));
  const firstKnot = Int32Array.from(position, (value) => Math.min(knots - 2, Math.floor(value)));
  const knotWeights = Float64Array.from({ length: 2 * side }, (_, index) => {
    const pixel = Math.floor(index / 2);
    return 1 - Math.abs(position[pixel]! - (firstKnot[pixel]! + (index % 2)));
  });

  /** The elastic field along one axis. */
  const elasticField = (random: SeededRandom, deviation: number): Float64Array => {
    const displacements = Float64Array.from({ length: knots * knots }, () => random.bell(deviation));
    const field = new Float64Array(side * side);
    for (let row = 0; row < side; ++row) {
      const first = firstKnot[row]! * knots;
      const upper = knotWeights[2 * row]!;
      const lower = knotWeights[2 * row + 1]!;
      for (let column = 0; column < side; ++column) {
        const knot = first + firstKnot[column]!;
        const left = knotWeights[2 * column]!;
        const right = knotWeights[2 * column + 1]!;
        field[row * side + column] =
          upper * displacements[knot]! * left +
          upper * displacements[knot + 1]! * right +
          lower * displacements[knot + knots]! * left +
          lower * displacements[knot + knots + 1]! * right;
      }
    }
    return field;
  };

  return (images, from, target, to, random, options) => {
    // cos and sin of an angle from the tangent of its half.
    const half = random.symmetric(options.rotation);
    const cosine = (1 - half * half) / (1 + half * half);
    const sine = (2 * half) / (1 + half * half);
    const stretchX = 1 + random.symmetric(options.stretch);
    const stretchY = 1 + random.symmetric(options.stretch);
    const shear = random.symmetric(options.shear);
    const shiftX = random.symmetric(options.shift);
    const shiftY = random.symmetric(options.shift);
    const contrast = random.symmetric(options.contrast);
    const elasticX = elasticField(random, options.elastic);
    const elasticY = elasticField(random, options.elastic);
    for (let row = 0; row < side; ++row) {
      for (let column = 0; column < side; ++column) {
        const pixel = row * side + column;
        const u = column - centre - shiftX;
        const v = row - centre - shiftY;
        const x = (cosine * u + sine * v) * stretchX + shear * v + elasticX[pixel]! + centre;
        const y = (cosine * v - sine * u) * stretchY + elasticY[pixel]! + centre;
        const value = interpolate(images, from, side, y, x);
        const noise = options.noise === 0 ? 0 : random.bell(options.noise);
        target[to + pixel] = Math.min(1, Math.max(0, value + contrast * value * (1 - value) + noise));
      }
    }
  };
}
