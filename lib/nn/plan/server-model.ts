import { FormatError, ParameterError } from '../../errors.js';
import { validateServerModel } from './schema.js';
import type { FoldedStep } from './fold.js';
import type { Plan } from './plan.js';

/**
 * The server's half of a compiled network: the folded weights. Private to whoever owns the model; clients never need it.
 */
export class ServerModel {
  /** @internal */
  constructor(readonly steps: readonly FoldedStep[]) {}

  /** The weights as JSON text in UTF-8, arrays as base64 of little-endian doubles. */
  toBytes(): Uint8Array {
    const steps = this.steps.map((step) =>
      step.kind === 'dense'
        ? { ...step, weights: encodeDoubles(step.weights), bias: encodeDoubles(step.bias) }
        : step,
    );
    return Buffer.from(JSON.stringify({ format: 'ciphernet-server-model', version: 1, steps }), 'utf8');
  }

  /** Reads what toBytes() wrote. Throws FormatError naming the field that is wrong. */
  static fromBytes(bytes: Uint8Array): ServerModel {
    let parsed: unknown;
    try {
      parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch (cause) {
      throw new FormatError('FORMAT_CORRUPT', 'The bytes of the server model are no JSON.', {
        cause: String(cause),
      });
    }
    const { steps } = validateServerModel(parsed);
    return new ServerModel(
      steps.map((step, index): FoldedStep => {
        if (step.kind !== 'dense') return step;
        return {
          ...step,
          weights: decodeDoubles(step.weights, step.units * step.inputs, `steps[${index}].weights`),
          bias: decodeDoubles(step.bias, step.units, `steps[${index}].bias`),
        };
      }),
    );
  }

  /** Throws FormatError unless the steps have the shapes of the plan. */
  requireFits(plan: Plan): void {
    const shape = (step: FoldedStep | Plan['steps'][number]): string => {
      if (step.kind === 'dense') return `dense ${step.inputs} × ${step.units}`;
      if (step.kind === 'square') return 'square';
      return `polynomial of degree ${'degree' in step ? step.degree : step.coefficients.length - 1}`;
    };
    const mine = this.steps.map(shape).join(', ');
    const planned = plan.steps.map(shape).join(', ');
    if (mine !== planned) {
      throw new ParameterError(
        'PARAMETERS_MISMATCH',
        `The plan is for ${planned}, but the server model has ${mine}. Use the plan and the model of one compile().`,
        {
          plan: planned,
          serverModel: mine,
        },
      );
    }
  }
}

function encodeDoubles(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
  return bytes.toString('base64');
}

function decodeDoubles(text: string, length: number, field: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length * 8) {
    throw new FormatError(
      'FORMAT_CORRUPT',
      `${field} of the server model holds ${bytes.length} bytes; ${length * 8} are needed.`,
      { field },
    );
  }
  const values = Float64Array.from({ length }, (_, i) => bytes.readDoubleLE(i * 8));
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new FormatError(
      'FORMAT_CORRUPT',
      `${field} of the server model holds ${values[index]} at ${index}.`,
      { field, index },
    );
  return values;
}
