import { activation, add, affine } from '../../nn/layers.js';
import type { ActivationName } from '../../nn/activations.js';
import { activationNames } from '../../nn/activations.js';
import { floatAttribute, stringAttribute } from '../attributes.js';
import type { Operands } from '../attributes.js';
import { malformed } from '../errors.js';
import { fusedOperator } from '../fusion.js';
import { mapped } from '../values.js';
import type { Traced } from '../values.js';
import { affineOf, sumOf } from './elementwise.js';
import type { Operator } from './operator.js';

const named =
  (name: ActivationName): Operator =>
  (operands) =>
    mapped(operands.traced(0, 'its input'), activation(name));

const scaled = (value: Traced, scale: number, offset = 0): Traced =>
  scale === 1 && offset === 0
    ? value
    : mapped(value, affine({ scale: Float64Array.of(scale), offset: Float64Array.of(offset) }));

/** a · x + b · f(x). Fits are linear, so this costs no accuracy over a fit of the whole. */
const withIdentity = (value: Traced, a: number, b: number, name: ActivationName): Traced => ({
  ...value,
  tensor: value.tensor.apply(add([a, b]), value.tensor.apply(activation(name))),
});

/** a · elu(x) + b · relu(x): alpha · (e^x − 1) below zero and another slope above. */
const elu = (value: Traced, below: number, above: number): Traced => {
  const soft = value.tensor.apply(activation('elu'));
  if (below === above) return scaled({ ...value, tensor: soft }, above);
  return {
    ...value,
    tensor: soft.apply(add([below, above - below]), value.tensor.apply(activation('relu'))),
  };
};

/** min(max(x, least), most), by the clipped line that is known by name; with one bound by relu. */
function clipped(value: Traced, least: number, most: number, subject: string): Traced {
  if (Number.isNaN(least) || Number.isNaN(most) || least > most)
    throw malformed(subject, `clips to [${least}, ${most}]`);
  // Exporters write the ends of float32 where there is no bound.
  const bounded = [least, most].map((bound) => Math.abs(bound) < 1e30);
  if (bounded[0] && bounded[1]) {
    const width = most - least;
    if (width === 0) return scaled(value, 0, least);
    const line = scaled(value, 6 / width, -(6 * least) / width - 3);
    return scaled(mapped(line, activation('hardSigmoid')), width, least);
  }
  if (bounded[0]) return scaled(mapped(scaled(value, 1, -least), activation('relu')), 1, least);
  if (bounded[1]) return scaled(mapped(scaled(value, -1, most), activation('relu')), -1, most);
  return value;
}

const clip: Operator = (operands) => {
  const bound = (index: number, name: string, fallback: number): number =>
    operands.scalar(index, name) ?? floatAttribute(operands.node, name, fallback);
  return clipped(
    operands.traced(0, 'its input'),
    bound(1, 'min', -Infinity),
    bound(2, 'max', Infinity),
    operands.node.subject,
  );
};

/** slope · x below zero: relu(x) + slope · (x − relu(x)), with a slope for all or by channels. */
const parametricRelu: Operator = (operands, budget) => {
  const value = operands.traced(0, 'its input');
  const slope = operands.constant(1, 'a slope');
  const { subject } = operands.node;
  const positive = mapped(value, activation('relu'));
  const negative = sumOf(value, positive, [1, -1], budget, subject);
  return sumOf(positive, affineOf(negative, { scale: slope }, budget, subject), [1, 1], budget, subject);
};

const attribute = (operands: Operands, name: string, fallback: number): number =>
  floatAttribute(operands.node, name, fallback);

export const activations: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(activationNames.map((name) => [fusedOperator(name), named(name)])),
  Relu: named('relu'),
  Sigmoid: named('sigmoid'),
  Tanh: named('tanh'),
  Softplus: named('softplus'),
  Erf: named('erf'),
  Mish: named('mish'),
  HardSwish: named('hardSwish'),
  Gelu: (operands, budget) => {
    const approximate = stringAttribute(operands.node, 'approximate', 'none');
    if (approximate !== 'none' && approximate !== 'tanh')
      throw malformed(
        operands.node.subject,
        `has the attribute approximate = ${JSON.stringify(approximate)}`,
      );
    return named(approximate === 'tanh' ? 'geluTanh' : 'gelu')(operands, budget);
  },
  /** Opset 24: x · sigmoid(alpha · x). */
  Swish: (operands) => {
    const alpha = attribute(operands, 'alpha', 1);
    if (alpha === 0) return scaled(operands.traced(0, 'its input'), 0.5);
    return scaled(mapped(scaled(operands.traced(0, 'its input'), alpha), activation('silu')), 1 / alpha);
  },
  Abs: (operands) => withIdentity(operands.traced(0, 'its input'), -1, 2, 'relu'),
  LeakyRelu: (operands) => {
    const alpha = attribute(operands, 'alpha', 0.01);
    return withIdentity(operands.traced(0, 'its input'), alpha, 1 - alpha, 'relu');
  },
  PRelu: parametricRelu,
  Elu: (operands) => elu(operands.traced(0, 'its input'), attribute(operands, 'alpha', 1), 1),
  Selu: (operands) => {
    const gamma = attribute(operands, 'gamma', 1.0507009873554805);
    return elu(
      operands.traced(0, 'its input'),
      gamma * attribute(operands, 'alpha', 1.6732632423543772),
      gamma,
    );
  },
  Celu: (operands) => {
    const alpha = attribute(operands, 'alpha', 1);
    if (alpha === 0) throw malformed(operands.node.subject, 'has the attribute alpha = 0');
    return elu(scaled(operands.traced(0, 'its input'), 1 / alpha), alpha, alpha);
  },
  HardSigmoid: (operands) => {
    const line = scaled(
      operands.traced(0, 'its input'),
      6 * attribute(operands, 'alpha', 0.2),
      6 * attribute(operands, 'beta', 0.5) - 3,
    );
    return mapped(line, activation('hardSigmoid'));
  },
  Clip: clip,
};
