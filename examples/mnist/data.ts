import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import { ArgumentError } from '../../lib/errors.js';

export const kSide = 28;
export const kPixels = kSide * kSide;
export const kClasses = 10;

const kLightest = 255;
/** No idx file of MNIST is larger when unpacked (60,000 images of 784 bytes): a bound for what is unpacked at all. */
const kMostBytes = 2 ** 26;
const kUnsignedBytes = 0x08;
const kSource = 'https://ossci-datasets.s3.amazonaws.com/mnist';

const gunzip = promisify(gunzipCallback);

/** The content of an idx file of bytes: the sizes of its dimensions, and the bytes in row-major order. */
export interface IdxArray {
  readonly sizes: readonly number[];
  readonly values: Uint8Array;
}

export interface MnistImages {
  readonly rows: number;
  /** rows × 784 bytes, row by row; 0 is the background. */
  readonly pixels: Uint8Array;
  /** One digit, 0 … 9, an image. */
  readonly labels: Uint8Array;
}

/** `training`: the 60,000 images to learn from. `test`: the 10,000 for the final figure. */
export type MnistPart = 'training' | 'test';

const prefixes = { training: 'train', test: 't10k' } as const;

/**
 * Reads idx data of unsigned bytes: magic 0x0000 08 dd with dd dimensions, their sizes, the bytes; integers big-endian
 * (LeCun, Cortes, Burges, "The MNIST database of handwritten digits").
 *
 * @throws ArgumentError naming what differs: the magic number, or the length against the sizes in the header.
 */
export function parseIdx(bytes: Uint8Array, dimensions: number, name: string): IdxArray {
  const header = 4 + 4 * dimensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = kUnsignedBytes * 256 + dimensions;
  const received = bytes.length < 4 ? undefined : view.getUint32(0);
  if (received !== magic || bytes.length < header) {
    const found =
      received === undefined || received === magic ? `${bytes.length} bytes` : `the magic number ${received}`;
    const wanted = `an idx header of ${header} bytes with the magic number ${magic}`;
    throw new ArgumentError(`Expected ${wanted} for ${name} but received ${found}`, {
      magic,
      received,
      bytes: bytes.length,
    });
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const length = sizes.reduce((product, size) => product * size, 1);
  if (bytes.length - header !== length) {
    throw new ArgumentError(
      `Expected ${length} bytes after the header (${sizes.join(' × ')}) for ${name} but received ${bytes.length - header}`,
      { sizes, bytes: bytes.length - header },
    );
  }
  return { sizes, values: bytes.subarray(header) };
}

/** The unpacked bytes of one of the four files. */
async function readPacked(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  let packed: Uint8Array;
  try {
    packed = await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ArgumentError(
      `Expected the MNIST file ${name} in ${folder} but received ${reason}. ` +
        `Name the folder of the four idx files with --data; they are at ${kSource}/${name} and beside it.`,
      { path, reason },
    );
  }
  try {
    return await gunzip(packed, { maxOutputLength: kMostBytes });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ArgumentError(
      `Expected gzip data of at most ${kMostBytes} bytes unpacked for ${path} but received ${reason}`,
      { path, reason },
    );
  }
}

/** Reads one part of MNIST from the folder of its gzipped idx files: whoever trains never holds the test images. */
export async function readMnist(folder: string, part: MnistPart): Promise<MnistImages> {
  const imagesName = `${prefixes[part]}-images-idx3-ubyte.gz`;
  const labelsName = `${prefixes[part]}-labels-idx1-ubyte.gz`;
  const images = parseIdx(await readPacked(folder, imagesName), 3, imagesName);
  const labels = parseIdx(await readPacked(folder, labelsName), 1, labelsName);
  const [rows, height, width] = images.sizes as [number, number, number];
  if (height !== kSide || width !== kSide) {
    throw new ArgumentError(
      `Expected images of ${kSide} × ${kSide} pixels for ${imagesName} but received ${height} × ${width}`,
      { height, width },
    );
  }
  if (rows === 0 || labels.values.length !== rows) {
    throw new ArgumentError(
      `Expected one label for each of at least one image for ${labelsName} but received ${labels.values.length} labels of ${rows} images`,
      { images: rows, labels: labels.values.length },
    );
  }
  const wrong = labels.values.findIndex((label) => label >= kClasses);
  if (wrong >= 0) {
    throw new ArgumentError(
      `Expected digits from 0 to ${kClasses - 1} for ${labelsName} but received ${labels.values[wrong]!} at index ${wrong}`,
      { index: wrong, label: labels.values[wrong] },
    );
  }
  return { rows, pixels: images.values, labels: labels.values };
}

/** The images `from` … `to` − 1. */
export function sliceMnist(images: MnistImages, from: number, to: number): MnistImages {
  return {
    rows: to - from,
    pixels: images.pixels.subarray(from * kPixels, to * kPixels),
    labels: images.labels.subarray(from, to),
  };
}

/** Pixels as the networks take them: the bytes over 255, in [0, 1]; into `target` if it is given. */
export function unitPixels(pixels: Uint8Array, target = new Float64Array(pixels.length)): Float64Array {
  for (let i = 0; i < pixels.length; ++i) target[i] = pixels[i]! / kLightest;
  return target;
}
