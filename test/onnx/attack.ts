import { readdir, readFile } from 'node:fs/promises';
import type { SeededRandom } from '../../examples/support/random.js';
import { CiphernetError } from '../../lib/errors.js';
import { readOnnx } from '../../lib/onnx/index.js';
import { mutated } from './mutations.js';

/** What came of many mutated files. */
export interface Outcome {
  readonly accepted: number;
  readonly refused: number;
  /** By the code of the error. */
  readonly codes: ReadonlyMap<string, number>;
  /** The first file that was neither read nor refused by a typed error, in base64. */
  readonly broken?: string;
}

/** The committed files, as exporters wrote them. */
export async function seeds(): Promise<Uint8Array[]> {
  const folder = new URL('../fixtures/onnx/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.onnx')).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, folder))));
}

/** Reads mutated files while `goOn` says so: each is a network or a typed error. */
export function attack(
  files: readonly Uint8Array[],
  random: SeededRandom,
  goOn: (done: number) => boolean,
): Outcome {
  const codes = new Map<string, number>();
  let accepted = 0;
  let refused = 0;
  while (goOn(accepted + refused)) {
    const pick = (): Uint8Array => files[random.next() % files.length]!;
    const bytes = mutated(pick(), pick(), random);
    try {
      readOnnx(bytes);
      ++accepted;
    } catch (error) {
      if (!(error instanceof CiphernetError) || error.code === 'INTERNAL')
        return {
          accepted,
          refused,
          codes,
          broken: `${String(error)}: ${Buffer.from(bytes).toString('base64')}`,
        };
      ++refused;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
  }
  return { accepted, refused, codes };
}
