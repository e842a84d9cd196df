import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import test from 'ava';

import {
  CancelledError,
  CkksParameters,
  EvaluationKeys,
  FormatError,
  KeyGenerator,
  ParameterError,
} from '../../lib/index.js';
import { smallContext, smallLiteral } from './support.js';

const join = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
};

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const request = { relinearization: true, rotations: [1, 3], conjugation: { level: 1 } } as const;

test('chunks joined are the bundle, a key a chunk, and progress counts keys', async (t) => {
  const { evaluationKeys } = await smallContext();
  const seen: number[] = [];
  const chunks: Uint8Array[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }): void => {
    seen.push(done);
    t.is(total, 8);
  };
  for await (const chunk of evaluationKeys.toChunks({ onProgress })) chunks.push(chunk);
  t.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
  t.is(chunks.length, 10); // the table of contents before, a checksum behind
  t.deepEqual(Buffer.concat(chunks), Buffer.from(await evaluationKeys.toBytes()));
});

test('keys that are made chunk by chunk are those that are made at once', async (t) => {
  const { parameters, secretKey } = await smallContext();
  const made = await new KeyGenerator(parameters, { insecureSeed: 5n }).evaluationKeys(secretKey, request);
  const chunks = new KeyGenerator(parameters, { insecureSeed: 5n }).evaluationKeyChunks(secretKey, request);
  t.deepEqual(await join(chunks), Buffer.from(await made.toBytes()));
});

test('a bundle is read from chunks of any size', async (t) => {
  const { parameters, generator, secretKey } = await smallContext();
  const keys = await generator.evaluationKeys(secretKey, request);
  const bytes = await keys.toBytes();
  for (const size of [1000, 65536, bytes.length]) {
    const read = await EvaluationKeys.fromChunks(parameters, cut(bytes, size));
    t.deepEqual(await read.toBytes(), bytes);
  }
  const seen: number[] = [];
  await EvaluationKeys.fromChunks(parameters, keys.toChunks(), {
    onProgress: ({ done }) => {
      seen.push(done);
    },
  });
  t.deepEqual(seen, [1, 2, 3, 4]);
});

test('a chunk may be used again once it was taken', async (t) => {
  const { parameters, evaluationKeys } = await smallContext();
  const bytes = await evaluationKeys.toBytes();
  const buffer = new Uint8Array(777);
  function* reused(): Generator<Uint8Array> {
    for (const piece of cut(bytes, buffer.length)) {
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
    }
  }
  const read = await EvaluationKeys.fromChunks(parameters, reused());
  t.deepEqual(await read.toBytes(), bytes);
});

test('keys go to a file and back without ever being one buffer', async (t) => {
  const { parameters, evaluationKeys } = await smallContext();
  const folder = await mkdtemp(path.join(tmpdir(), 'ciphernet-'));
  try {
    const file = path.join(folder, 'evaluation.keys');
    await writeFile(file, evaluationKeys.toChunks());
    const read = await EvaluationKeys.fromChunks(parameters, createReadStream(file));
    t.deepEqual(read.rotations, evaluationKeys.rotations);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is cut off, goes on or was altered is refused as from bytes', async (t) => {
  const { parameters, evaluationKeys } = await smallContext();
  const bytes = await evaluationKeys.toBytes();
  const read = (changed: Uint8Array): Promise<unknown> =>
    EvaluationKeys.fromChunks(parameters, cut(changed, 5000));
  for (const length of [0, 10, 63, 64, 100, 300, 20_000, bytes.length - 1])
    await t.throwsAsync(read(bytes.slice(0, length)), { code: 'FORMAT_TRUNCATED' });
  await t.throwsAsync(read(Buffer.concat([bytes, bytes])), { code: 'FORMAT_TRAILING' });
  await t.throwsAsync(read(Buffer.concat([bytes, new Uint8Array(1)])), { code: 'FORMAT_TRAILING' });
  for (const at of [0, 12, 30, 70, 400, bytes.length - 4]) {
    const altered = bytes.slice();
    altered[at]! ^= 1;
    const error = await t.throwsAsync(read(altered));
    t.true(error instanceof FormatError || error instanceof ParameterError, String(error));
  }
  const other = await CkksParameters.create({ ...smallLiteral, logScale: 39 });
  await t.throwsAsync(EvaluationKeys.fromChunks(other, cut(bytes, 5000)), { code: 'PARAMETERS_MISMATCH' });
});

test('a stream is cancelled between keys, and one that is left closes its source', async (t) => {
  const { parameters, generator, secretKey, evaluationKeys } = await smallContext();
  const controller = new AbortController();
  const written = join(
    generator.evaluationKeyChunks(secretKey, {
      ...request,
      signal: controller.signal,
      onProgress: () => {
        controller.abort('enough');
      },
    }),
  );
  t.is((await t.throwsAsync(written, { instanceOf: CancelledError })).cause, 'enough');

  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* evaluationKeys.toChunks();
    } finally {
      closed = true;
    }
  }
  const failing = EvaluationKeys.fromChunks(parameters, source(), {
    onProgress: () => {
      throw new RangeError('not any more');
    },
  });
  await t.throwsAsync(failing, { instanceOf: RangeError });
  t.true(closed);
});

test('bad arguments name what was expected', async (t) => {
  const { parameters, generator, secretKey, evaluationKeys } = await smallContext();
  await t.throwsAsync(EvaluationKeys.fromChunks(parameters, 5 as never), {
    message: 'Expected an iterable of chunks for the evaluation keys but received 5.',
  });
  await t.throwsAsync(EvaluationKeys.fromChunks(parameters, ['a'] as never), {
    message: 'Expected a Uint8Array for a chunk of the evaluation keys but received "a".',
  });
  t.throws(() => evaluationKeys.toChunks({ signals: 1 } as never), { code: 'INVALID_ARGUMENT' });
  t.throws(() => generator.evaluationKeyChunks(secretKey, { rotations: [0.5] }), {
    code: 'INVALID_ARGUMENT',
  });
  const gone = await generator.evaluationKeys(secretKey, {});
  gone.dispose();
  t.throws(() => gone.toChunks(), { code: 'DISPOSED' });
});
