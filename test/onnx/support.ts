import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ExecutionContext } from 'ava';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { evaluate } from '../../lib/nn/index.js';
import type { Model } from '../../lib/nn/index.js';
import { readOnnx } from '../../lib/onnx/index.js';
import type { ReadOnnxOptions } from '../../lib/onnx/index.js';
import { modelSchema } from '../../lib/onnx/schema.js';
import type { MessageSchema, ScalarKind } from '../../lib/onnx/schema.js';
import { SeededRandom } from '../../examples/support/random.js';

// ONNX files are written here with the library that reads them, by the same tables; that onnxruntime takes them shows that
// the tables are right.

export type Fields = Readonly<Record<string, unknown>>;

const wireTypes: Readonly<Record<ScalarKind, WireType>> = {
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

export function encodeMessage(
  schema: MessageSchema,
  fields: Fields,
  writer = new BinaryWriter(),
): Uint8Array {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const { number, holds, list } = schema[name]!;
    for (const entry of list ? (value as readonly unknown[]) : [value]) {
      if (typeof holds === 'object') {
        writer.tag(number, WireType.LengthDelimited).bytes(encodeMessage(holds, entry as Fields));
      } else writer.tag(number, wireTypes[holds])[holds](entry as never);
    }
  }
  return writer.finish();
}

/** A tensor of floats. */
export const floats = (name: string, dims: readonly number[], values: ArrayLike<number>): Fields => ({
  name,
  dims,
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

/** A list of integers (or a single one), as shapes and axes are. */
export const integers = (name: string, values: readonly number[], dims = [values.length]): Fields => ({
  name,
  dims,
  dataType: 7,
  int64Data: values,
});

type Attribute =
  number | string | readonly number[] | { readonly float: number } | { readonly tensor: Fields };

function attribute(name: string, value: Attribute): Fields {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: value, type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  if ('tensor' in value) return { name, t: value.tensor, type: 4 };
  return { name, ints: value, type: 7 };
}

export const node = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Fields => ({
  operator,
  name: `${operator.toLowerCase()}_${outputs[0] ?? ''}`,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
});

/** A dimension: a size, or the name of one that is open. */
export const valueInfo = (name: string, dims?: readonly (number | string)[], elementType = 1): Fields => ({
  name,
  type: {
    tensor: {
      elementType,
      ...(dims && {
        shape: {
          dimension: dims.map((size) => (typeof size === 'number' ? { value: size } : { parameter: size })),
        },
      }),
    },
  },
});

export interface File {
  readonly nodes: readonly Fields[];
  /** Of the input x. */
  readonly input: readonly (number | string)[];
  readonly weights?: readonly Fields[];
  /** The tensor y if absent. */
  readonly output?: string;
  readonly opset?: number;
  /** Fields of the graph in place of those made from the others. */
  readonly graph?: Fields;
  readonly model?: Fields;
}

export const onnxFile = ({
  nodes,
  input,
  weights = [],
  output = 'y',
  opset = 17,
  graph,
  model,
}: File): Uint8Array =>
  encodeMessage(modelSchema, {
    irVersion: 8,
    graph: {
      name: 'network',
      node: nodes,
      initializer: weights,
      input: [valueInfo('x', input)],
      output: [valueInfo(output)],
      ...graph,
    },
    opsetImport: [{ domain: '', version: opset }],
    ...model,
  });

export const random = (seed: number): ((length: number, size?: number) => Float64Array) => {
  const source = new SeededRandom(seed);
  return (length, size = 1) => source.vector(length, size).map(Math.fround);
};

/** What onnxruntime gives for these rows, in batches of `dims[0]`. */
export async function runOnnx(
  bytes: Uint8Array,
  rows: Float64Array,
  dims: readonly number[],
  output?: string,
): Promise<Float64Array> {
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  try {
    const size = dims.reduce((product, dimension) => product * dimension, 1);
    const results: number[] = [];
    for (let at = 0; at < rows.length; at += size) {
      const input = new Tensor('float32', Float32Array.from(rows.subarray(at, at + size)), dims);
      const outputs = await session.run({ [session.inputNames[0]!]: input });
      results.push(...(outputs[output ?? session.outputNames[0]!]!.data as Float32Array));
    }
    return Float64Array.from(results);
  } finally {
    await session.release();
  }
}

export const largest = (values: Float64Array): number => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);

/**
 * Holds the model in the clear to onnxruntime on the same file, to the precision of its floats: 2^-19 of the largest result.
 *
 * @param sample - the dimensions of one sample.
 * @param batch - how many samples onnxruntime takes at once; 1 where the file says so.
 */
export async function agrees(
  t: ExecutionContext,
  bytes: Uint8Array,
  sample: readonly number[],
  options: ReadOnnxOptions & { batch?: number; rows?: Float64Array; unbatched?: boolean } = {},
): Promise<Model> {
  const { batch = 3, rows: given, unbatched = false, ...reading } = options;
  const size = sample.reduce((product, dimension) => product * dimension, 1);
  const rows = given ?? random(size)(3 * size, 2);
  const model = readOnnx(bytes, reading);
  const ours = evaluate(model, rows);
  const theirs = await runOnnx(bytes, rows, unbatched ? sample : [batch, ...sample], reading.output);
  t.is(ours.length, theirs.length);
  const bound = Math.max(largest(theirs), 1) * 2 ** -19;
  const worst = ours.findIndex((value, i) => !(Math.abs(value - theirs[i]!) <= bound));
  t.is(worst, -1, `result ${worst}: ${ours[worst]} instead of ${theirs[worst]}`);
  return model;
}
