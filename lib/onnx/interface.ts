import { ArgumentError } from '../errors.js';
import { requireShape, sameShape } from '../nn/shape.js';
import type { Shape } from '../nn/shape.js';
import { isIntegerType, mostAxes } from './constants.js';
import { malformed, quoted, tooLarge, unsupported } from './errors.js';
import type { OnnxGraph } from './graph.js';
import type { GraphMessage, ValueInfoMessage } from './schema.js';
import { checkSize } from './values.js';

// What a graph takes and gives: one tensor each.

/** The tensor that the model gives: the one that was asked for, or the only one. */
export function outputName({ message, producers }: OnnxGraph, asked: string | undefined): string {
  if (asked !== undefined) {
    if (!producers.has(asked)) {
      const names = message.output.map(({ name = '' }) => quoted(name)).join(', ');
      throw new ArgumentError(
        `Expected a tensor that a node of the graph makes for the option output but received ${quoted(asked)}. The graph's outputs are ${names}.`,
        { output: asked },
      );
    }
    return asked;
  }
  const names = message.output.map(({ name = '' }) => name);
  if (names.length === 0) throw malformed('The graph', 'has no output');
  if (names.length > 1) {
    throw unsupported(
      'The graph',
      `has ${names.length} outputs: ${names.slice(0, 8).map(quoted).join(', ')}`,
      `Name the one that is wanted: readOnnx(bytes, { output: ${quoted(names[0]!)} }).`,
      { outputs: names.slice(0, 8) },
    );
  }
  return names[0]!;
}

/** The one input. In old files weights are listed among the inputs too. */
export function soleInput(message: GraphMessage): ValueInfoMessage {
  const initialized = new Set(message.initializer.map(({ name = '' }) => name));
  const inputs = message.input.filter(({ name = '' }) => !initialized.has(name));
  if (inputs.length === 0) throw malformed('The graph', 'has no input');
  if (inputs.length > 1) {
    const names = inputs.slice(0, 8).map(({ name = '' }) => quoted(name));
    throw unsupported(
      'The graph',
      `has ${inputs.length} inputs: ${names.join(', ')}`,
      'Export a model of one input: join them into one tensor, or make the others constants.',
      { inputs: inputs.slice(0, 8).map(({ name = '' }) => name) },
    );
  }
  return inputs[0]!;
}

/** Whether the input has an axis for a batch of any size, and the shape of one sample (of a batch of one, with its axis). */
export function sampleShape(
  input: ValueInfoMessage,
  given: Shape | undefined,
): { readonly batch: boolean; readonly shape: readonly number[] } {
  const subject = `The input ${quoted(input.name ?? '')}`;
  const tensor = input.type?.tensor;
  if (tensor?.shape === undefined) throw malformed(subject, 'has no shape');
  if (isIntegerType(tensor.elementType ?? 0) !== false) {
    throw unsupported(
      subject,
      `has elements of type ${tensor.elementType ?? 0} (TensorProto.DataType)`,
      'Export the model with an input of floats: encrypted numbers are real.',
    );
  }
  const dims = tensor.shape.dimension.map(({ value }) => value ?? -1);
  if (dims.length > mostAxes) throw tooLarge(subject, `has ${dims.length} axes; ${mostAxes} are read`);
  if (dims.some((size) => !Number.isSafeInteger(size) || size === 0 || size < -1))
    throw malformed(subject, `has the dimensions [${dims.join(', ')}]`);
  const [first, ...rest] = dims;
  const batch = first === -1;
  if (first !== undefined && first > 1 && rest.length > 0) {
    throw unsupported(
      subject,
      `has the dimensions [${dims.join(', ')}], so a batch of ${first}`,
      'Export the model with an open first axis (dynamic_axes) or with a batch of one.',
    );
  }
  // A single axis of a size is one sample; otherwise the first is the batch.
  const leading = batch || first === undefined || rest.length === 0 ? [] : [first];
  const written = batch || leading.length > 0 ? rest : dims;
  const wanted = given === undefined ? undefined : requireShape(given, 'the option inputShape');
  if (wanted === undefined && written.includes(-1)) {
    throw unsupported(
      subject,
      `leaves sizes open: [${dims.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
      'Say them by the option inputShape: readOnnx(bytes, { inputShape: [channels, height, width] }).',
    );
  }
  const shape = written.map((size, axis) => (size === -1 ? (wanted?.[axis] ?? -1) : size));
  if (wanted !== undefined && !sameShape(shape, wanted) && !(shape.length === 0 && sameShape(wanted, [1]))) {
    throw new ArgumentError(
      `Expected [${written.map((size) => (size === -1 ? '?' : size)).join(', ')}] for the option inputShape but received [${wanted.join(', ')}].`,
      { inputShape: wanted },
    );
  }
  checkSize(shape, subject);
  return { batch, shape: [...leading, ...shape] };
}
