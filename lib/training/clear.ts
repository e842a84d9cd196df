import { seriesAt } from './activation.js';
import { maskValues } from './mask.js';
import type { Mask } from './mask.js';
import { sourcesOf } from './program.js';
import type { Program, ProgramNode } from './program.js';
import type { SimulatedErrors } from './simulated-errors.js';

// The program in double precision: the same operations on the same slots, in the same order.

/** The slots of one ciphertext. */
type Slots = Float64Array;

/** What a program is run on. */
export interface ClearInputs {
  readonly state: readonly Slots[];
  readonly features: (step: number) => readonly Slots[];
  readonly labels: (step: number) => readonly Slots[];
  /** The learning rate of a step of the program. */
  readonly rate: (step: number) => number;
  /** Puts in what encryption would; none if absent. */
  readonly errors?: SimulatedErrors | undefined;
}

/** For each node: after which one nobody reads it any more. Results stay. */
export function lastReaders({ nodes, results }: Pick<Program, 'nodes' | 'results'>): number[] {
  const last = nodes.map((_, i) => i);
  for (const [i, node] of nodes.entries()) for (const source of sourcesOf(node)) last[source] = i;
  for (const result of results) last[result] = nodes.length;
  return last;
}

const rotated = (x: Slots, steps: number): Slots => {
  const n = x.length;
  const by = ((steps % n) + n) % n;
  const result = new Float64Array(n);
  result.set(x.subarray(by));
  result.set(x.subarray(0, by), n - by);
  return result;
};

function addTo(into: Slots, x: Slots, factor = 1): void {
  for (let i = 0; i < into.length; ++i) into[i]! += factor * x[i]!;
}

function addProduct(into: Slots, a: Slots, b: Slots): void {
  for (let i = 0; i < into.length; ++i) into[i]! += a[i]! * b[i]!;
}

function perform(
  node: ProgramNode,
  source: (index: number) => readonly Slots[],
  inputs: ClearInputs,
  slots: number,
): readonly Slots[] {
  const { errors } = inputs;
  const vector = (masks: readonly Mask[]): Slots => {
    const values = maskValues(masks, slots);
    return errors?.encoded(values) ?? values;
  };
  const rounded = (x: Slots): Slots => errors?.rounded(x) ?? x;
  const encrypted = (list: readonly Slots[]): readonly Slots[] =>
    errors === undefined ? list : list.map((x) => errors.encrypted(Float64Array.from(x)));
  switch (node.kind) {
    case 'features':
      return encrypted(inputs.features(node.step));
    case 'labels':
      return encrypted(inputs.labels(node.step));
    case 'state':
      return inputs.state;
    case 'slice':
      return source(node.source).slice(node.first, node.first + node.count);
    case 'concat':
      return node.sources.flatMap((index) => [...source(index)]);
    case 'sum': {
      const lists = node.sources.map(source);
      const length = Math.max(...lists.map((list) => list.length));
      return Array.from({ length }, (_, i) => {
        const sum = new Float64Array(slots);
        for (const [k, list] of lists.entries()) addTo(sum, list[list.length === 1 ? 0 : i]!, node.signs[k]);
        return sum;
      });
    }
    case 'offset':
      return source(node.source).map((x, i) => {
        const sum = vector(node.constants[i]!);
        addTo(sum, x);
        return sum;
      });
    case 'product': {
      const [left, right] = [source(node.left), source(node.right)];
      return node.terms.map((terms) => {
        const sum = new Float64Array(slots);
        for (const [i, k] of terms) addProduct(sum, left[i]!, right[k]!);
        return rounded(sum);
      });
    }
    case 'masked': {
      const factor = node.rate === undefined ? 1 : inputs.rate(node.rate);
      const vectors = node.masks.map((mask) => vector([{ ...mask, factor: mask.factor * factor }]));
      const list = source(node.source);
      return node.terms.map((terms) => {
        const sum = new Float64Array(slots);
        for (const [i, m] of terms) addProduct(sum, list[i]!, vectors[m]!);
        return rounded(sum);
      });
    }
    case 'fold':
      return source(node.source).map((given, i) => {
        const sum = Float64Array.from(given);
        for (const stage of node.stages) {
          const turned = rotated(sum, stage.length === 1 ? stage[0]! : stage[i]!);
          addTo(sum, errors?.turned(turned) ?? turned);
        }
        return sum;
      });
    case 'scale': {
      const factor = node.factor * (node.rate === undefined ? 1 : inputs.rate(node.rate));
      return source(node.source).map((x) => rounded(x.map((value) => factor * value)));
    }
    case 'polynomial':
      return source(node.source).map((x) => {
        const values = x.map((t) => seriesAt(node.chebyshev, t));
        return errors?.evaluated(values, node.chebyshev) ?? values;
      });
    case 'bootstrap': {
      const factor = node.joined ? 2 : 1;
      return source(node.source).map((x) => {
        const fresh = errors?.bootstrapped(Float64Array.from(x)) ?? x;
        return factor === 1 ? fresh : fresh.map((value) => factor * value);
      });
    }
  }
}

/** The largest magnitude at every watched node; then what each step of the program leaves. */
export interface ClearRun {
  readonly results: readonly (readonly Slots[])[];
  /** By the program's watched points, in units of a slot. */
  readonly largest: readonly number[];
}

const largestOf = (list: readonly Slots[]): number =>
  list.reduce((most, x) => x.reduce((m, value) => Math.max(m, Math.abs(value)), most), 0);

/** Runs a program. */
export function runInClear(program: Program, inputs: ClearInputs): ClearRun {
  const values: (readonly Slots[] | undefined)[] = [];
  const last = lastReaders(program);
  const largest = program.watched.map(() => 0);
  for (const [i, node] of program.nodes.entries()) {
    const list = perform(node, (index) => values[index]!, inputs, program.slots);
    values.push(list);
    for (const [w, point] of program.watched.entries()) if (point.node === i) largest[w] = largestOf(list);
    for (const source of sourcesOf(node)) if (last[source] === i) values[source] = undefined;
  }
  return { results: program.results.map((node) => values[node]!), largest };
}
