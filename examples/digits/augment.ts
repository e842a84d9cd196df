import { kPixels, kSide } from './data.js';
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
  /** Deviation of the displacements at the 3×3 knots of the elastic field, in pixels. */
  readonly elastic: number;
  /** Largest change of the strokes' darkness: v → v + c·v(1 − v). */
  readonly contrast: number;
  /** Deviation of the noise on each pixel (pixels are in [0, 1]). */
  readonly noise: number;
}

const kKnots = 3;
const kCentre = (kSide - 1) / 2;

/** Bilinear weights of the knots along one axis: row i holds those of pixel i. */
const knotWeights = Float64Array.from({ length: kSide * kKnots }, (_, index) => {
  const position = (Math.floor(index / kKnots) / (kSide - 1)) * (kKnots - 1);
  return Math.max(0, 1 - Math.abs(position - (index % kKnots)));
});

/** The pixel of an image, 0 outside of it. */
function pixelAt(image: Float64Array, offset: number, row: number, column: number): number {
  return row < 0 || row >= kSide || column < 0 || column >= kSide ? 0 : image[offset + row * kSide + column]!;
}

/** The image between its pixels, by bilinear interpolation. */
function interpolate(image: Float64Array, offset: number, y: number, x: number): number {
  const row = Math.floor(y);
  const column = Math.floor(x);
  const fy = y - row;
  const fx = x - column;
  const upper = pixelAt(image, offset, row, column) * (1 - fx) + pixelAt(image, offset, row, column + 1) * fx;
  const lower =
    pixelAt(image, offset, row + 1, column) * (1 - fx) + pixelAt(image, offset, row + 1, column + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}

/** The elastic field along one axis: random displacements at the knots, bilinear between them. */
function elasticField(random: SeededRandom, deviation: number): Float64Array {
  const knots = Float64Array.from({ length: kKnots * kKnots }, () => random.bell(deviation));
  const field = new Float64Array(kPixels);
  for (let row = 0; row < kSide; ++row) {
    for (let column = 0; column < kSide; ++column) {
      let sum = 0;
      for (let a = 0; a < kKnots; ++a) {
        const alongRow = knotWeights[row * kKnots + a]!;
        if (alongRow === 0) continue;
        for (let b = 0; b < kKnots; ++b)
          sum += alongRow * knots[a * kKnots + b]! * knotWeights[column * kKnots + b]!;
      }
      field[row * kSide + column] = sum;
    }
  }
  return field;
}

/**
 * Writes one varied copy of the image at `images[from …]` to `target[to …]`: an affine map and an elastic field about the
 * centre, then contrast and noise. Only + − × ÷ and √ of doubles, so that it gives the same bits on every machine.
 */
export function augment(
  images: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  random: SeededRandom,
  options: Augmentation,
): void {
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
  for (let row = 0; row < kSide; ++row) {
    for (let column = 0; column < kSide; ++column) {
      const pixel = row * kSide + column;
      const u = column - kCentre - shiftX;
      const v = row - kCentre - shiftY;
      const x = (cosine * u + sine * v) * stretchX + shear * v + elasticX[pixel]! + kCentre;
      const y = (cosine * v - sine * u) * stretchY + elasticY[pixel]! + kCentre;
      const value = interpolate(images, from, y, x);
      const varied = value + contrast * value * (1 - value) + random.bell(options.noise);
      target[to + pixel] = Math.min(1, Math.max(0, varied));
    }
  }
}
