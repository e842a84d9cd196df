import { malformed, quoted, tooLarge, unsupported } from './errors.js';
import type { TensorMessage } from './schema.js';

/** A tensor that does not depend on the input. */
export interface Constant {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  /** Row by row. */
  readonly values: Float64Array;
  /** Of an integer type (or boolean): division truncates. */
  readonly integer: boolean;
  /**
   * Element i stands for `values[i] + batch[i]` · (the size of the batch): shapes in a network whose batch is dynamic. Absent
   * where no element depends on it.
   */
  readonly batch?: Float64Array;
}

export const mostAxes = 8;
/** Elements of one tensor, of a sample or constant. */
export const mostElements = 2 ** 26;

export const elementsOf = (dims: readonly number[]): number =>
  dims.reduce((product, size) => product * size, 1);

export const constant = (
  dims: readonly number[],
  values: ArrayLike<number>,
  integer: boolean,
  batch?: Float64Array,
): Constant => ({
  kind: 'constant',
  dims,
  values: values instanceof Float64Array ? values : Float64Array.from(values),
  integer,
  ...(batch?.some((times) => times !== 0) ? { batch } : {}),
});

/** Refuses dimensions of a constant that are no sizes; gives the number of elements. */
export function checkDims(dims: readonly number[], subject: string): number {
  if (dims.length > mostAxes) throw tooLarge(subject, `has ${dims.length} axes; ${mostAxes} are read`);
  let elements = 1;
  for (const size of dims) {
    if (!Number.isSafeInteger(size) || size < 0) throw malformed(subject, `has a dimension of ${size}`);
    elements *= size;
    if (size > mostElements || elements > mostElements)
      throw tooLarge(subject, `has dimensions ${dims.join(' × ')}; ${mostElements} elements are read`);
  }
  return elements;
}

/** How elements of a type stand in `rawData`, and which list holds them otherwise. */
interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly integer: boolean;
  readonly list: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data';
  readonly raw: (view: DataView, at: number) => number;
  /** What a value of the list stands for, where it is not the value itself. */
  readonly fromList?: (value: number) => number;
}

/** IEEE half precision by its bits. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float's bits. */
export function bfloat16(bits: number): number {
  word.setUint32(0, (bits & 0xffff) * 0x10000);
  return word.getFloat32(0);
}

/** By TensorProto.DataType. */
const elementTypes: ReadonlyMap<number, ElementType> = new Map(
  (
    [
      [1, 'float', 4, false, 'floatData', (view, at) => view.getFloat32(at, true)],
      [2, 'uint8', 1, true, 'int32Data', (view, at) => view.getUint8(at)],
      [3, 'int8', 1, true, 'int32Data', (view, at) => view.getInt8(at)],
      [4, 'uint16', 2, true, 'int32Data', (view, at) => view.getUint16(at, true)],
      [5, 'int16', 2, true, 'int32Data', (view, at) => view.getInt16(at, true)],
      [6, 'int32', 4, true, 'int32Data', (view, at) => view.getInt32(at, true)],
      [7, 'int64', 8, true, 'int64Data', (view, at) => Number(view.getBigInt64(at, true))],
      [9, 'bool', 1, true, 'int32Data', (view, at) => view.getUint8(at)],
      [10, 'float16', 2, false, 'int32Data', (view, at) => float16(view.getUint16(at, true)), float16],
      [11, 'double', 8, false, 'doubleData', (view, at) => view.getFloat64(at, true)],
      [12, 'uint32', 4, true, 'uint64Data', (view, at) => view.getUint32(at, true)],
      [13, 'uint64', 8, true, 'uint64Data', (view, at) => Number(view.getBigUint64(at, true))],
      [16, 'bfloat16', 2, false, 'int32Data', (view, at) => bfloat16(view.getUint16(at, true)), bfloat16],
    ] as [
      number,
      string,
      number,
      boolean,
      ElementType['list'],
      ElementType['raw'],
      ((bits: number) => number)?,
    ][]
  ).map(([type, name, bytes, integer, list, raw, fromList]) => [
    type,
    { name, bytes, integer, list, raw, ...(fromList ? { fromList } : {}) },
  ]),
);

/** Whether numbers of a TensorProto.DataType are integers; undefined for types that are not read (text, complex, float8). */
export const isIntegerType = (type: number): boolean | undefined => elementTypes.get(type)?.integer;

/** Reads a tensor of the file; its length is compared with its dimensions before anything is allocated. */
export function readTensor(message: TensorMessage, subject: string): Constant {
  const elements = checkDims(message.dims, subject);
  if (message.dataLocation === 1 || message.externalData.length > 0) {
    const location = message.externalData.find(({ key }) => key === 'location')?.value ?? '';
    throw unsupported(
      subject,
      `has its data in another file, ${quoted(location)}`,
      'Save the model with its weights in one file: onnx.save(onnx.load(path), path, save_as_external_data=False).',
      { location },
    );
  }
  if (message.segment !== undefined)
    throw unsupported(subject, 'is a segment of a tensor', 'Save each tensor as a whole.');
  const type = elementTypes.get(message.dataType ?? 0);
  if (type === undefined) {
    throw unsupported(
      subject,
      `has elements of type ${message.dataType ?? 0} (TensorProto.DataType)`,
      'Use float, double, float16, bfloat16 or an integer type.',
    );
  }
  if (message.rawData !== undefined) {
    const { buffer, byteOffset, byteLength } = message.rawData;
    if (byteLength !== elements * type.bytes) {
      throw malformed(
        subject,
        `has ${byteLength} bytes of data where ${elements} elements of type ${type.name} have ${elements * type.bytes}`,
      );
    }
    const view = new DataView(buffer, byteOffset, byteLength);
    const values = new Float64Array(elements);
    for (let i = 0; i < elements; ++i) values[i] = type.raw(view, i * type.bytes);
    return constant(message.dims, values, type.integer);
  }
  const list = message[type.list];
  if (list.length !== elements)
    throw malformed(
      subject,
      `has ${list.length} elements of type ${type.name} where its dimensions say ${elements}`,
    );
  return constant(message.dims, type.fromList ? list.map(type.fromList) : list, type.integer);
}
