import type { Samples, Split } from './data.js';

// What the data's owner does before encryption. Every number comes from the training rows.

/** Each feature x of a row as the function says. */
function mapFeatures(samples: Samples, inputs: number, map: (x: number, column: number) => number): Samples {
  return { ...samples, features: samples.features.map((x, i) => map(x, i % inputs)) };
}

function means({ rows, features }: Samples, inputs: number): Float64Array {
  const sums = new Float64Array(inputs);
  features.forEach((x, i) => (sums[i % inputs]! += x / rows));
  return sums;
}

/** Mean 0 and standard deviation 1 over the training rows, then clipped to ±clip deviations. */
export function standardize({ training, test }: Split, inputs: number, clip: number): Split {
  const mean = means(training, inputs);
  const squares = { ...training, features: training.features.map((x, i) => (x - mean[i % inputs]!) ** 2) };
  // A column that never changes says nothing: it becomes 0.
  const deviations = means(squares, inputs).map((variance) => Math.sqrt(variance) || 1);
  const map = (x: number, j: number): number =>
    Math.min(clip, Math.max(-clip, (x - mean[j]!) / deviations[j]!));
  return { training: mapFeatures(training, inputs, map), test: mapFeatures(test, inputs, map) };
}

/** Less the mean of the training rows, times a factor. */
export function centre({ training, test }: Split, inputs: number, factor: number): Split {
  const mean = means(training, inputs);
  const map = (x: number, j: number): number => factor * (x - mean[j]!);
  return { training: mapFeatures(training, inputs, map), test: mapFeatures(test, inputs, map) };
}

/** Less one number for all features: where most pixels are background, those keep a value to learn from. */
export function shift({ training, test }: Split, by: number): Split {
  const shifted = (samples: Samples): Samples => ({
    ...samples,
    features: samples.features.map((x) => x - by),
  });
  return { training: shifted(training), test: shifted(test) };
}

/** Rows that all have this Euclidean length; rows of zeros stay. */
export function normalizeRows({ training, test }: Split, inputs: number, length: number): Split {
  const normalized = (samples: Samples): Samples => {
    const features = samples.features.slice();
    for (let start = 0; start < features.length; start += inputs) {
      const row = features.subarray(start, start + inputs);
      const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
      if (norm > 0) row.forEach((x, j) => (row[j] = (length / norm) * x));
    }
    return { ...samples, features };
  };
  return { training: normalized(training), test: normalized(test) };
}

/** Rows from … to − 1 of each range, one after another. */
export function sliceSamples(
  { rows, features, labels }: Samples,
  ...ranges: readonly (readonly [from: number, to: number])[]
): Samples {
  const part = (values: Float64Array): Float64Array => {
    const width = values.length / rows;
    return Float64Array.from(ranges.flatMap(([from, to]) => [...values.subarray(width * from, width * to)]));
  };
  return {
    rows: ranges.reduce((sum, [from, to]) => sum + to - from, 0),
    features: part(features),
    labels: part(labels),
  };
}
