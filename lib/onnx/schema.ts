// The messages of ONNX that a network is read from, with the field numbers of the public onnx.proto (IR version 13). Fields
// that are not listed (documentation, subgraphs of control flow, training) are skipped when bytes are read.

/** How a number, text or bytes stand on the wire. `int64` also reads int32, uint64, enumerations and booleans. */
interface Scalars {
  readonly int64: number;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

export type ScalarKind = keyof Scalars;

/** A field: its number, what it holds, and whether it is a list. */
export interface Field {
  readonly number: number;
  readonly holds: ScalarKind | MessageSchema;
  readonly list?: true;
}

/** Fields by their name. */
export type MessageSchema = Readonly<Record<string, Field>>;

type Held<F extends Field> = F['holds'] extends ScalarKind
  ? Scalars[F['holds']]
  : F['holds'] extends MessageSchema
    ? Message<F['holds']>
    : never;

/** A message that was read: lists are there, if empty; other fields only where the bytes have them. */
export type Message<S extends MessageSchema> = {
  readonly [Name in keyof S]: S[Name] extends { readonly list: true }
    ? readonly Held<S[Name]>[]
    : Held<S[Name]> | undefined;
};

const entrySchema = {
  key: { number: 1, holds: 'string' },
  value: { number: 2, holds: 'string' },
} as const satisfies MessageSchema;

export const tensorSchema = {
  dims: { number: 1, holds: 'int64', list: true },
  dataType: { number: 2, holds: 'int64' },
  segment: { number: 3, holds: 'bytes' },
  floatData: { number: 4, holds: 'float', list: true },
  int32Data: { number: 5, holds: 'int64', list: true },
  int64Data: { number: 7, holds: 'int64', list: true },
  name: { number: 8, holds: 'string' },
  rawData: { number: 9, holds: 'bytes' },
  doubleData: { number: 10, holds: 'double', list: true },
  uint64Data: { number: 11, holds: 'int64', list: true },
  externalData: { number: 13, holds: entrySchema, list: true },
  dataLocation: { number: 14, holds: 'int64' },
} as const satisfies MessageSchema;

const attributeSchema = {
  name: { number: 1, holds: 'string' },
  f: { number: 2, holds: 'float' },
  i: { number: 3, holds: 'int64' },
  s: { number: 4, holds: 'string' },
  t: { number: 5, holds: tensorSchema },
  floats: { number: 7, holds: 'float', list: true },
  ints: { number: 8, holds: 'int64', list: true },
  type: { number: 20, holds: 'int64' },
} as const satisfies MessageSchema;

const nodeSchema = {
  input: { number: 1, holds: 'string', list: true },
  output: { number: 2, holds: 'string', list: true },
  name: { number: 3, holds: 'string' },
  operator: { number: 4, holds: 'string' },
  attribute: { number: 5, holds: attributeSchema, list: true },
  domain: { number: 7, holds: 'string' },
} as const satisfies MessageSchema;

const dimensionSchema = {
  value: { number: 1, holds: 'int64' },
  parameter: { number: 2, holds: 'string' },
} as const satisfies MessageSchema;

const valueInfoSchema = {
  name: { number: 1, holds: 'string' },
  type: {
    number: 2,
    holds: {
      tensor: {
        number: 1,
        holds: {
          elementType: { number: 1, holds: 'int64' },
          shape: { number: 2, holds: { dimension: { number: 1, holds: dimensionSchema, list: true } } },
        },
      },
    },
  },
} as const satisfies MessageSchema;

export const modelSchema = {
  irVersion: { number: 1, holds: 'int64' },
  graph: {
    number: 7,
    holds: {
      node: { number: 1, holds: nodeSchema, list: true },
      name: { number: 2, holds: 'string' },
      initializer: { number: 5, holds: tensorSchema, list: true },
      input: { number: 11, holds: valueInfoSchema, list: true },
      output: { number: 12, holds: valueInfoSchema, list: true },
      sparseInitializer: { number: 15, holds: 'bytes', list: true },
    },
  },
  opsetImport: {
    number: 8,
    holds: { domain: { number: 1, holds: 'string' }, version: { number: 2, holds: 'int64' } },
    list: true,
  },
} as const satisfies MessageSchema;

export type ModelMessage = Message<typeof modelSchema>;
export type GraphMessage = NonNullable<ModelMessage['graph']>;
export type NodeMessage = Message<typeof nodeSchema>;
export type AttributeMessage = Message<typeof attributeSchema>;
export type TensorMessage = Message<typeof tensorSchema>;
export type ValueInfoMessage = Message<typeof valueInfoSchema>;
