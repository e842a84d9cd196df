import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { SeededRandom } from '../../examples/support/random.js';

// Files of strangers, near enough to real ones that the reader gets past the wire format: fields are changed, taken away,
// doubled and put elsewhere in the tree of messages, and lengths are written to fit.

/** A field of a message; `inner` where its bytes read as a message too. */
interface Field {
  number: number;
  wire: WireType;
  value: number | bigint | Uint8Array;
  inner?: Field[];
}

const kDeepest = 8;

function parse(bytes: Uint8Array, depth = 0): Field[] | undefined {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  try {
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      if (wire === WireType.Varint) fields.push({ number, wire, value: BigInt(reader.int64()) });
      else if (wire === WireType.Bit32) fields.push({ number, wire, value: reader.fixed32() });
      else if (wire === WireType.Bit64) fields.push({ number, wire, value: BigInt(reader.fixed64()) });
      else if (wire === WireType.LengthDelimited) {
        const value = reader.bytes();
        const inner = depth < kDeepest && value.length > 1 ? parse(value, depth + 1) : undefined;
        fields.push({ number, wire, value, ...(inner && { inner }) });
      } else return undefined;
    }
  } catch {
    return undefined;
  }
  return fields;
}

function write(fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { number, wire, value, inner } of fields) {
    writer.tag(number, wire);
    if (inner !== undefined) writer.bytes(write(inner));
    else if (value instanceof Uint8Array) writer.bytes(value);
    else if (wire === WireType.Varint) writer.int64(BigInt.asIntN(64, BigInt(value)));
    else if (wire === WireType.Bit32) writer.fixed32(Number(value));
    else writer.fixed64(value);
  }
  return writer.finish();
}

/** Every list of fields in a tree. */
const lists = (fields: Field[], found: Field[][] = []): Field[][] => {
  found.push(fields);
  for (const { inner } of fields) if (inner !== undefined) lists(inner, found);
  return found;
};

/** What stands at the ends of ranges. */
const ends: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  8n,
  16n,
  127n,
  2n ** 20n,
  2n ** 31n,
  2n ** 40n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/** Whether the bytes are a message at all, so that they can be mutated again. */
export const isMessage = (bytes: Uint8Array): boolean => (parse(bytes)?.length ?? 0) > 0;

/** A real file with one to four changes; `other` lends fields. */
export function mutated(file: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  const below = (bound: number): number => random.next() % bound;
  const tree = parse(file)!;
  const lenders = lists(parse(other)!);
  for (let changes = 1 + below(4); changes > 0; --changes) {
    const all = lists(tree);
    const list = all[below(all.length)]!;
    if (list.length === 0) continue;
    const at = below(list.length);
    const field = list[at]!;
    const lender = lenders[below(lenders.length)]!;
    switch (below(8)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(below(list.length), 0, structuredClone(field));
        break;
      case 2:
        if (lender.length > 0) list[at] = structuredClone(lender[below(lender.length)]!);
        break;
      case 3:
        field.number = 1 + below(32);
        break;
      case 4:
        if (field.value instanceof Uint8Array && field.inner === undefined)
          field.value = field.value.subarray(0, below(field.value.length + 1));
        else if (field.inner !== undefined && lender.length > 0) field.inner = structuredClone(lender);
        break;
      default:
        if (field.value instanceof Uint8Array) {
          if (field.inner !== undefined || field.value.length === 0) break;
          field.value = Uint8Array.from(field.value);
          field.value[below(field.value.length)] = random.next() & 255;
        } else if (field.wire === WireType.Varint) {
          field.value =
            below(2) === 0 ? ends[below(ends.length)]! : BigInt(field.value) + BigInt(below(5) - 2);
        } else field.value = field.wire === WireType.Bit32 ? random.next() >>> 0 : BigInt(random.next());
    }
  }
  const bytes = write(tree);
  if (below(16) === 0) bytes[below(bytes.length)] = random.next() & 255;
  return below(24) === 0 ? bytes.subarray(0, below(bytes.length + 1)) : bytes;
}
