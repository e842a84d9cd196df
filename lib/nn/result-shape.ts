import { refuseReceived } from '../check.js';
import type { Layer, Window } from './layers.js';
import { sameShape, shapeName, sizeOf } from './shape.js';
import type { Shape } from './shape.js';

/** The shape that a layer makes of these; refuses shapes that it cannot take, naming `subject` and the remedy. */
export function resultShape(layer: Layer, inputs: readonly Shape[], subject: string): Shape {
  const [first] = inputs as [Shape];
  const wanted = (what: string): never =>
    refuseReceived(what, subject, `a tensor of shape ${inputs.map(shapeName).join(' and ')}`, {
      layer: layer.kind,
      shapes: inputs.map(shapeName).join(', '),
    });
  const count =
    layer.kind === 'add'
      ? layer.coefficients.length
      : layer.kind === 'product'
        ? 2
        : layer.kind === 'concat'
          ? undefined
          : 1;
  if (count !== undefined && inputs.length !== count)
    refuseReceived(`${count} operands`, `${subject} (${layer.kind})`, String(inputs.length));
  const picture = (): readonly [number, number, number] =>
    first.length === 3
      ? (first as readonly [number, number, number])
      : wanted(`[channels, height, width] (reshape([channels, height, width]) before it)`);
  switch (layer.kind) {
    case 'dense':
      if (first.length !== 1) wanted(`${layer.inputs} inputs (flatten() before the dense layer)`);
      if (first[0] !== layer.inputs)
        refuseReceived(`${first[0]} inputs`, subject, String(layer.inputs), {
          expected: first[0]!,
          received: layer.inputs,
        });
      return [layer.units];
    case 'conv2d': {
      const [channels, height, width] = picture();
      if (channels !== layer.channels) wanted(`${layer.channels} channels`);
      return [layer.filters, ...windowsOf(layer, layer.dilation, height, width, subject)];
    }
    case 'averagePool2d': {
      const [channels, height, width] = picture();
      return [channels, ...windowsOf(layer, [1, 1], height, width, subject)];
    }
    case 'globalAveragePool':
      return [picture()[0], 1, 1];
    case 'affine':
      for (const values of [layer.scale, layer.offset])
        if (values.length !== 1 && values.length !== first[0] && values.length !== sizeOf(first))
          wanted(`${values.length} channels or elements`);
      return first;
    case 'activation':
      return first;
    case 'reshape': {
      const shape = layer.shape ?? [sizeOf(first)];
      if (sizeOf(shape) !== sizeOf(first)) wanted(`${sizeOf(shape)} elements`);
      return shape;
    }
    case 'transpose':
      if (layer.permutation.length !== first.length) wanted(`${layer.permutation.length} axes`);
      return layer.permutation.map((axis) => first[axis]!);
    case 'pad':
      if (layer.before.length !== first.length) wanted(`${layer.before.length} axes`);
      return first.map((size, axis) => layer.before[axis]! + size + layer.after[axis]!);
    case 'add':
    case 'product':
      if (inputs.some((shape) => !sameShape(shape, first))) wanted('operands of one shape');
      return first;
    case 'concat': {
      const { axis } = layer;
      const rest = (shape: Shape): Shape => shape.filter((_, i) => i !== axis);
      if (axis >= first.length || inputs.some((shape) => !sameShape(rest(shape), rest(first))))
        wanted(`operands that differ along axis ${axis} only`);
      return first.map((size, i) =>
        i === axis ? inputs.reduce((sum, shape) => sum + shape[axis]!, 0) : size,
      );
    }
  }
}

/** How many windows fit, down and across. */
function windowsOf(
  { kernel, stride, padding: [top, left, bottom, right] }: Window,
  dilation: readonly [number, number],
  height: number,
  width: number,
  subject: string,
): [number, number] {
  const down = height + top + bottom - dilation[0] * (kernel[0] - 1) - 1;
  const across = width + left + right - dilation[1] * (kernel[1] - 1) - 1;
  if (down < 0 || across < 0)
    refuseReceived(
      `a picture of at least the kernel's ${kernel[0]} × ${kernel[1]}, padding included,`,
      subject,
      `${height} × ${width}`,
    );
  return [Math.floor(down / stride[0]) + 1, Math.floor(across / stride[1]) + 1];
}
