import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { kPixels, parseIdx, readMnist, sliceMnist, unitPixels } from '../../examples/mnist/data.js';
import { CiphernetError } from '../../lib/errors.js';

/** The bytes of an idx file. */
function idx(magic: number, sizes: readonly number[], values: Uint8Array | readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  [magic, ...sizes].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  return Buffer.concat([header, Uint8Array.from(values)]);
}

const kImagesMagic = 0x803;
const kLabelsMagic = 0x801;
const pixels = Uint8Array.from({ length: 3 * kPixels }, (_, i) => (7 * i + 3) % 256);
const goodImages = idx(kImagesMagic, [3, 28, 28], pixels);
const goodLabels = idx(kLabelsMagic, [3], [5, 0, 9]);

/** Runs `use` with a folder that holds the four files, these two as the test part and, unless left out, as training. */
async function withFolder(
  images: Uint8Array | undefined,
  labels: Uint8Array | undefined,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mnist-'));
  try {
    for (const prefix of ['train', 't10k']) {
      if (images !== undefined) await writeFile(join(folder, `${prefix}-images-idx3-ubyte.gz`), images);
      if (labels !== undefined) await writeFile(join(folder, `${prefix}-labels-idx1-ubyte.gz`), labels);
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('images and labels come back as they are in the files', async (t) => {
  await withFolder(gzipSync(goodImages), gzipSync(goodLabels), async (folder) => {
    for (const part of ['training', 'test'] as const) {
      const read = await readMnist(folder, part);
      t.is(read.rows, 3);
      t.deepEqual(new Uint8Array(read.pixels), pixels);
      t.deepEqual([...read.labels], [5, 0, 9]);
    }
  });
});

test('a slice holds its images and their labels', async (t) => {
  await withFolder(gzipSync(goodImages), gzipSync(goodLabels), async (folder) => {
    const slice = sliceMnist(await readMnist(folder, 'test'), 1, 3);
    t.is(slice.rows, 2);
    t.deepEqual(new Uint8Array(slice.pixels), pixels.slice(kPixels));
    t.deepEqual([...slice.labels], [0, 9]);
  });
});

test('pixels for networks are the bytes over 255', (t) => {
  t.deepEqual([...unitPixels(Uint8Array.of(0, 51, 255))], [0, 0.2, 1]);
  const target = new Float64Array(4).fill(7);
  t.is(unitPixels(Uint8Array.of(255, 0), target), target);
  t.deepEqual([...target], [1, 0, 7, 7]);
});

test('a missing file is named, with the option and where to get it', async (t) => {
  await withFolder(gzipSync(goodImages), undefined, async (folder) => {
    const error = await t.throwsAsync(readMnist(folder, 'test'), { instanceOf: CiphernetError });
    t.true(
      error.message.startsWith(
        `Expected the MNIST file t10k-labels-idx1-ubyte.gz in ${folder} but received ENOENT. Name the folder`,
      ),
    );
    t.regex(error.message, /--data; they are at https:\/\/\S+\/t10k-labels-idx1-ubyte\.gz/);
  });
});

test('a file that is no gzip, or ends early, is refused by its path', async (t) => {
  const packed = gzipSync(goodImages);
  for (const broken of [goodImages, packed.subarray(0, packed.length - 9), new Uint8Array(0)]) {
    await withFolder(broken, gzipSync(goodLabels), async (folder) => {
      await t.throwsAsync(readMnist(folder, 'training'), {
        instanceOf: CiphernetError,
        message: /^Expected gzip data .*train-images-idx3-ubyte\.gz but received (Z_|unexpected)/,
      });
    });
  }
});

test('a file that unpacks to more than any part of MNIST is refused', async (t) => {
  await withFolder(gzipSync(new Uint8Array(2 ** 26 + 1)), gzipSync(goodLabels), async (folder) => {
    await t.throwsAsync(readMnist(folder, 'test'), {
      instanceOf: CiphernetError,
      message: /at most 67108864 bytes unpacked .* but received ERR_BUFFER_TOO_LARGE/,
    });
  });
});

test('labels in place of images are refused by their magic number', async (t) => {
  await withFolder(gzipSync(goodLabels), gzipSync(goodLabels), async (folder) => {
    await t.throwsAsync(readMnist(folder, 'test'), {
      instanceOf: CiphernetError,
      message:
        'Expected an idx header of 16 bytes with the magic number 2051 for t10k-images-idx3-ubyte.gz but received the magic number 2049',
    });
  });
});

test('a header that ends early, and a length other than the header says, are refused', (t) => {
  t.throws(() => parseIdx(goodImages.subarray(0, 3), 3, 'f'), { message: /but received 3 bytes$/ });
  t.throws(() => parseIdx(goodImages.subarray(0, 15), 3, 'f'), { message: /but received 15 bytes$/ });
  for (const change of [-1, 1]) {
    const bytes = Buffer.alloc(goodImages.length + change);
    goodImages.copy(bytes);
    t.throws(() => parseIdx(bytes, 3, 'f'), {
      instanceOf: CiphernetError,
      message: `Expected 2352 bytes after the header (3 × 28 × 28) for f but received ${2352 + change}`,
    });
  }
  // Sizes whose product leaves 32 bits must not wrap around to the length that is there.
  t.throws(() => parseIdx(idx(kImagesMagic, [65536, 65536, 1], []), 3, 'f'), { message: /4294967296 bytes/ });
});

test('images of another size, labels of another number and labels beyond 9 are refused', async (t) => {
  const cases = [
    [idx(kImagesMagic, [4, 21, 28], pixels), goodLabels, /28 × 28 pixels for t10k-images.* received 21 × 28/],
    [goodImages, idx(kLabelsMagic, [2], [1, 2]), /for t10k-labels.* received 2 labels of 3 images/],
    [idx(kImagesMagic, [0, 28, 28], []), idx(kLabelsMagic, [0], []), /received 0 labels of 0 images/],
    [
      goodImages,
      idx(kLabelsMagic, [3], [1, 2, 10]),
      /digits from 0 to 9 for t10k-labels.* received 10 at index 2/,
    ],
  ] as const;
  for (const [images, labels, message] of cases) {
    await withFolder(gzipSync(images), gzipSync(labels), async (folder) => {
      await t.throwsAsync(readMnist(folder, 'test'), { instanceOf: CiphernetError, message });
    });
  }
});
