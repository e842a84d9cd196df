import type { Samples, Split } from './data.js';

// Histograms of the directions of edges (Dalal and Triggs, "Histograms of oriented gradients", 2005): what strokes look like, and
// much less than pixels who drew them.

const kOrientations = 4;
/** Cells along each side of an image. */
const kCells = 4;

/** Numbers that stand for an image. */
export const orientationCount = kOrientations * kCells * kCells;

/** The parts of a position that two neighbouring centres out of `count` have, by their distance; outside there is only one. */
function shares(position: number, count: number, cyclic: boolean): readonly (readonly [number, number])[] {
  const below = Math.floor(position);
  const above = position - below;
  const parts = [
    [below, 1 - above],
    [below + 1, above],
  ] as const;
  return cyclic
    ? parts.map(([at, part]) => [at % count, part] as const)
    : parts.filter(([at]) => at >= 0 && at < count);
}

function addHistogram(into: Float64Array, image: Float64Array, side: number): void {
  const pixel = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= side || y >= side ? 0 : image[y * side + x]!;
  const cellOf = (x: number): number => ((x + 0.5) * kCells) / side - 0.5;
  for (let y = 0; y < side; ++y)
    for (let x = 0; x < side; ++x) {
      const across = pixel(x + 1, y) - pixel(x - 1, y);
      const down = pixel(x, y + 1) - pixel(x, y - 1);
      const magnitude = Math.hypot(across, down);
      // A line has no beginning: directions that are opposite are one.
      const half = (Math.atan2(down, across) + 2 * Math.PI) % Math.PI;
      for (const [k, ofDirection] of shares((half / Math.PI) * kOrientations, kOrientations, true))
        for (const [row, ofRow] of shares(cellOf(y), kCells, false))
          for (const [column, ofColumn] of shares(cellOf(x), kCells, false))
            into[(k * kCells + row) * kCells + column]! += magnitude * ofDirection * ofRow * ofColumn;
    }
}

/** Square images as histograms of orientations, each entry to a power: ½ makes loud edges less so. */
export function orientations({ training, test }: Split, side: number, power: number): Split {
  const histograms = ({ rows, features, labels }: Samples): Samples => {
    const result = new Float64Array(rows * orientationCount);
    for (let row = 0; row < rows; ++row)
      addHistogram(
        result.subarray(row * orientationCount, (row + 1) * orientationCount),
        features.subarray(row * side * side, (row + 1) * side * side),
        side,
      );
    return { rows, features: result.map((x) => x ** power), labels };
  };
  return { training: histograms(training), test: histograms(test) };
}
