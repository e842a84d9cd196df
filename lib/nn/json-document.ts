import type { ValidateFunction } from 'ajv';
import { FormatError } from '../errors.js';

// Models, plans and server models as JSON text: how each is read and held against its schema.

/** What is read. */
export interface DocumentKind {
  /** In messages: "plan". */
  readonly name: string;
  /** The one version that this build reads. */
  readonly version: number;
  /** What to do about another version, as a sentence. */
  readonly remedy?: string;
}

/** The value of JSON text in UTF-8. Throws FormatError; `name` says what the bytes are of. */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new FormatError('FORMAT_CORRUPT', `The bytes of the ${name} are no JSON.`, {
      cause: String(cause),
    });
  }
}

/** The value, or a FormatError that names another version or the first wrong field. */
export function requireDocument<T>(
  value: unknown,
  check: ValidateFunction<T>,
  { name, version, remedy }: DocumentKind,
): T {
  const found = (value as { version?: unknown } | null)?.version;
  if (typeof found === 'number' && found !== version) {
    throw new FormatError(
      'FORMAT_VERSION',
      `This ${name} has version ${found}; this build reads version ${version}.${remedy === undefined ? '' : ` ${remedy}`}`,
      { version: found },
    );
  }
  if (check(value)) return value;
  const error = check.errors?.[0];
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  const field = path === '' ? 'the whole' : path;
  throw new FormatError(
    'FORMAT_CORRUPT',
    `The ${name} is not valid: ${field} ${error?.message ?? 'is wrong'}.`,
    { field },
  );
}

/** Properties in the order of their names, at every depth: the same value gives the same text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
