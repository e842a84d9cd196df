/** Channels, height and width of an image. */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * How a convolution without padding walks over an image. Images lie here as height × width × channels, patches as
 * channels × kernel height × kernel width, which is the order of a filter's weights.
 */
export interface Geometry {
  readonly input: Shape;
  readonly outputHeight: number;
  readonly outputWidth: number;
  /** Patches of an image: output height × output width. */
  readonly positions: number;
  /** Numbers of a patch. */
  readonly patch: number;
  /** Where in its image each patch begins. */
  readonly corners: Int32Array;
  /** Where each number of a patch lies, from its corner. */
  readonly offsets: Int32Array;
}

/** The geometry of a kernel on images of a shape; a dense layer is a kernel of the size of the image. */
export function geometry(input: Shape, kernel: readonly [number, number], stride: number): Geometry {
  const [kernelHeight, kernelWidth] = kernel;
  const { channels, height, width } = input;
  const outputHeight = Math.floor((height - kernelHeight) / stride) + 1;
  const outputWidth = Math.floor((width - kernelWidth) / stride) + 1;
  const positions = outputHeight * outputWidth;
  const patch = channels * kernelHeight * kernelWidth;
  const corners = Int32Array.from({ length: positions }, (_, position) => {
    const y = Math.floor(position / outputWidth);
    return (y * width + (position % outputWidth)) * stride * channels;
  });
  const offsets = Int32Array.from({ length: patch }, (_, index) => {
    const row = Math.floor(index / kernelWidth);
    const y = row % kernelHeight;
    return (y * width + (index % kernelWidth)) * channels + Math.floor(row / kernelHeight);
  });
  return { input, outputHeight, outputWidth, positions, patch, corners, offsets };
}

/** The numbers of an image. */
export const shapeSize = ({ channels, height, width }: Shape): number => channels * height * width;

/** Writes the patches of all images one after the other: rows × positions × patch numbers ("im2col"). */
export function gatherPatches(patches: Float64Array, images: Float64Array, g: Geometry, rows: number): void {
  const { corners, offsets } = g;
  const image = shapeSize(g.input);
  let at = 0;
  for (let row = 0; row < rows; ++row) {
    for (let position = 0; position < corners.length; ++position) {
      const corner = row * image + corners[position]!;
      for (let i = 0; i < offsets.length; ++i) patches[at++] = images[corner + offsets[i]!]!;
    }
  }
}

/** The transpose of {@link gatherPatches}: sums the numbers of all patches where they came from ("col2im"). */
export function scatterPatches(images: Float64Array, patches: Float64Array, g: Geometry, rows: number): void {
  const { corners, offsets } = g;
  const image = shapeSize(g.input);
  images.fill(0, 0, rows * image);
  let at = 0;
  for (let row = 0; row < rows; ++row) {
    for (let position = 0; position < corners.length; ++position) {
      const corner = row * image + corners[position]!;
      for (let i = 0; i < offsets.length; ++i) images[corner + offsets[i]!]! += patches[at++]!;
    }
  }
}
