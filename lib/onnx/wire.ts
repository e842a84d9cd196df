import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FormatError } from '../errors.js';
import type { Field, Message, MessageSchema, ScalarKind } from './schema.js';

/** Messages of a file, nested ones included. Networks of thousands of nodes have tens of thousands. */
const mostMessages = 2 ** 18;

const wireTypes: Readonly<Record<ScalarKind, WireType>> = {
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

/**
 * Reads a message by its schema. The library knows the wire; the walk is ours, so that the number of objects is bounded
 * before they are made and every mistake names its field. Bytes fields are views of `bytes`.
 *
 * @throws FormatError for bytes that end early, go beyond their field or are not of the schema.
 */
export function decodeMessage<S extends MessageSchema>(schema: S, bytes: Uint8Array): Message<S> {
  return new Decoder(bytes).message(schema, bytes.length, '') as Message<S>;
}

class Decoder {
  readonly #reader: BinaryReader;
  #messages = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  message(schema: MessageSchema, end: number, path: string): Record<string, unknown> {
    if (++this.#messages > mostMessages) {
      throw new FormatError(
        'FORMAT_TOO_LARGE',
        `The ONNX file has more than ${mostMessages} messages at ${path}.`,
        { field: path },
      );
    }
    const reader = this.#reader;
    const byNumber = new Map(
      Object.entries(schema).map(([name, field]) => [field.number, [name, field] as const]),
    );
    const result: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(schema)) if (field.list) result[name] = [];
    while (reader.pos < end) {
      const [number, wireType] = this.#guard(path, () => reader.tag());
      const [name, field] = byNumber.get(number) ?? [];
      const at = path === '' ? (name ?? '') : `${path}.${name ?? number}`;
      if (name === undefined || field === undefined) this.#skip(wireType, number, at);
      else if (field.list) this.#listEntry(field, wireType, end, at, result[name] as unknown[]);
      else {
        if (typeof field.holds === 'object' && name in result) throw corrupt(at, 'appears twice');
        result[name] = this.#single(field, wireType, end, at);
      }
      if (reader.pos > end) throw truncated(at);
    }
    return result;
  }

  #single({ holds }: Field, wireType: WireType, end: number, at: string): unknown {
    const expected = typeof holds === 'string' ? wireTypes[holds] : WireType.LengthDelimited;
    if (wireType !== expected) throw corrupt(at, `has wire type ${wireType} instead of ${expected}`);
    return typeof holds === 'string'
      ? this.#scalar(holds, at)
      : this.message(holds, this.#length(end, at), at);
  }

  #listEntry(field: Field, wireType: WireType, end: number, at: string, list: unknown[]): void {
    const { holds } = field;
    const packable = holds === 'int64' || holds === 'float' || holds === 'double';
    if (!packable || wireType !== WireType.LengthDelimited) {
      list.push(this.#single(field, wireType, end, `${at}[${list.length}]`));
      return;
    }
    const packedEnd = this.#length(end, at);
    while (this.#reader.pos < packedEnd) list.push(this.#scalar(holds, at));
    if (this.#reader.pos > packedEnd) throw truncated(at);
  }

  #scalar(kind: ScalarKind, at: string): unknown {
    const reader = this.#reader;
    return this.#guard(at, () => (kind === 'int64' ? Number(reader.int64()) : reader[kind]()));
  }

  /** The end of a length-delimited field, inside of what holds it. */
  #length(end: number, at: string): number {
    const length = this.#guard(at, () => this.#reader.uint32());
    if (length > end - this.#reader.pos) throw truncated(at);
    return this.#reader.pos + length;
  }

  #skip(wireType: WireType, number: number, at: string): void {
    // Groups are of an older protobuf than ONNX; nested they would make the skipping recur.
    if (wireType === WireType.StartGroup || wireType === WireType.EndGroup)
      throw corrupt(at, 'is a group, which ONNX does not have');
    this.#guard(at, () => this.#reader.skip(wireType, number));
  }

  #guard<T>(at: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof RangeError) throw truncated(at);
      throw corrupt(at, `cannot be read (${error instanceof Error ? error.message : String(error)})`);
    }
  }
}

const place = (at: string): string => (at === '' ? 'the first field' : at);

const truncated = (at: string): FormatError =>
  new FormatError('FORMAT_TRUNCATED', `The ONNX file ends, or its field does, within ${place(at)}.`, {
    field: at,
  });

const corrupt = (at: string, problem: string): FormatError =>
  new FormatError('FORMAT_CORRUPT', `This is no valid ONNX file: ${place(at)} ${problem}.`, { field: at });
