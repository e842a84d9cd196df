import { readdir, readFile } from 'node:fs/promises';
import type { SeededRandom } from '../../examples/support/random.js';
import { CiphernetError } from '../../lib/errors.js';
import type { Model } from '../../lib/nn/index.js';
import { readOnnx } from '../../lib/onnx/index.js';
import { isMessage, mutated } from './mutations.js';

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

/** Inputs that are kept beside the real files, at most. */
const kMostKept = 400;

/** What the reader made of a file, without the names and numbers in it: something new is worth to be changed further. */
function signature(read: () => Model): { readonly kind: string; readonly error?: unknown } {
  try {
    return {
      kind: read()
        .nodes.map(({ layer }) => layer.kind)
        .join(' '),
    };
  } catch (error) {
    return { kind: String(error).replaceAll(/[\d'"].*?\b|'[^']*'/g, ''), error };
  }
}

/**
 * Reads mutated files while `goOn` says so: each is a network or a typed error. A file that makes the reader say what it has
 * not said before joins those that are mutated.
 */
export function attack(
  files: readonly Uint8Array[],
  random: SeededRandom,
  goOn: (done: number) => boolean,
): Outcome {
  const codes = new Map<string, number>();
  let accepted = 0;
  let refused = 0;
  const pool = [...files];
  const seen = new Set<string>();
  while (goOn(accepted + refused)) {
    // Every other time a real file: most of what is new is broken.
    const pick = (): Uint8Array => {
      const from = random.next() % 2 === 0 ? files : pool;
      return from[random.next() % from.length]!;
    };
    const bytes = mutated(pick(), pick(), random);
    const { kind, error } = signature(() => readOnnx(bytes));
    if (!seen.has(kind) && pool.length < files.length + kMostKept && isMessage(bytes)) pool.push(bytes);
    seen.add(kind);
    if (error === undefined) ++accepted;
    else {
      if (!(error instanceof CiphernetError) || error.code === 'INTERNAL')
        return {
          accepted,
          refused,
          codes,
          broken: `${kind}: ${Buffer.from(bytes).toString('base64')}`,
        };
      ++refused;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
  }
  return { accepted, refused, codes };
}
