import { argmaxRows, evaluate } from '../../lib/nn/evaluate.js';
import type { Model } from '../../lib/nn/model.js';
import { sliceMnist, unitPixels } from './data.js';
import type { MnistImages } from './data.js';

/** Images that are evaluated at once. */
const kChunk = 500;

/** The smallest and the largest of many numbers. */
class Extent {
  #lower = Infinity;
  #upper = -Infinity;

  add(values: Float64Array): void {
    for (const value of values) {
      if (value < this.#lower) this.#lower = value;
      if (value > this.#upper) this.#upper = value;
    }
  }

  toString(): string {
    return `[${this.#lower.toFixed(2)}, ${this.#upper.toFixed(2)}]`;
  }
}

/** Accuracy of a network on images, and the intervals of what enters its activations and of its outputs, in one line. */
export function measure(model: Model, images: MnistImages): string {
  const before = new Map<number, Extent>();
  model.nodes.forEach(({ layer }, index) => {
    if (layer.kind === 'activation') before.set(index, new Extent());
  });
  const outputs = new Extent();
  let correct = 0;
  for (let from = 0; from < images.rows; from += kChunk) {
    const chunk = sliceMnist(images, from, Math.min(from + kChunk, images.rows));
    const logits = evaluate(model, unitPixels(chunk.pixels), (node, operands) => {
      before.get(node)?.add(operands[0]!);
    });
    outputs.add(logits);
    const answers = argmaxRows(logits, model.outputs);
    correct += answers.filter((answer, row) => answer === chunk.labels[row]).length;
  }
  const intervals = [...before.values()].map(String).join(', ');
  return (
    `${((100 * correct) / images.rows).toFixed(2)} % (${correct} of ${images.rows}); ` +
    `activations of ${intervals}; outputs in ${String(outputs)}`
  );
}

/** One line for each layer with weights: its parameters and its largest row norms. */
export function rowNorms(model: Model): string[] {
  return model.nodes.flatMap(({ layer }) => {
    if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return [];
    const { weights, bias } = layer;
    const length = weights.length / bias.length;
    const rows = Array.from(bias, (_, row) => weights.subarray(row * length, (row + 1) * length));
    const sums = rows.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0));
    const squares = rows.map((row) => row.reduce((sum, value) => sum + value * value, 0));
    const norms = `Σ|w| ≤ ${Math.max(...sums).toFixed(2)}, √Σw² ≤ ${Math.sqrt(Math.max(...squares)).toFixed(2)} in a row`;
    return [
      `${layer.kind}: ${weights.length + bias.length} parameters, ${bias.length} rows of ${length}, ${norms}`,
    ];
  });
}
