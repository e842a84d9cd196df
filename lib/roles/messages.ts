import { createHash } from 'node:crypto';
import { FormatError, ParameterError } from '../errors.js';
import { canonicalJson, parseJson } from '../nn/json-document.js';
import { validatePlan } from '../nn/plan/schema.js';
import type { Plan } from '../nn/plan/plan.js';

// What passes between client and server: a short header of fixed form, then ciphertexts in the format of docs/format.md.

/** A request holds encrypted inputs, a response encrypted outputs, of `samples` samples in groups of one batch each. */
export type MessageKind = 'request' | 'response';

export interface Message {
  readonly kind: MessageKind;
  readonly samples: number;
  /** The serialized ciphertexts. */
  readonly body: Uint8Array;
}

const magic = Buffer.from('CNMSG1\0\0', 'latin1');
const kinds: readonly MessageKind[] = ['request', 'response'];
/** magic 8, kind 1, zero 3, samples 4, plan fingerprint 32. */
export const messageHeaderBytes = 48;
/** No message holds more samples; a client splits larger sets. */
export const mostSamples = 2 ** 20;

/** The plan as canonical JSON text: the same plan gives the same bytes. */
export function planToBytes(plan: Plan): Uint8Array {
  return Buffer.from(canonicalJson(plan), 'utf8');
}

/** Reads and checks a plan. Throws FormatError naming the first wrong field. */
export function planFromBytes(bytes: Uint8Array): Plan {
  if (bytes.length > 2 ** 20) {
    throw new FormatError(
      'FORMAT_TOO_LARGE',
      `A plan has at most 1048576 bytes but ${bytes.length} were given.`,
      { bytes: bytes.length },
    );
  }
  return validatePlan(parseJson(bytes, 'plan'));
}

/** What two sides compare: SHA-256 of what has to agree between them (predictions may differ from machine to machine). */
export function planFingerprint(plan: Plan): Buffer {
  const { predicted, reasons: _reasons, ...shared } = plan;
  const agreed = { ...shared, promised: { error: predicted.error, sharedError: predicted.sharedError } };
  return createHash('sha256').update(canonicalJson(agreed)).digest();
}

export function writeMessage(plan: Plan, message: Message): Uint8Array {
  const bytes = Buffer.alloc(messageHeaderBytes + message.body.length);
  magic.copy(bytes);
  bytes.writeUInt8(kinds.indexOf(message.kind), 8);
  bytes.writeUInt32LE(message.samples, 12);
  planFingerprint(plan).copy(bytes, 16);
  bytes.set(message.body, messageHeaderBytes);
  return bytes;
}

/** What the first bytes of a message say, before anything of it is trusted. */
export interface MessageHeader {
  readonly kind: MessageKind;
  readonly samples: number;
  /** Of the plan that it was made under, in hexadecimal. */
  readonly planFingerprint: string;
}

/** Reads the header alone, of the beginning of a message as well. Throws FormatError. */
export function readMessageHeader(bytes: Uint8Array): MessageHeader {
  if (!(bytes instanceof Uint8Array))
    throw new FormatError('FORMAT_TYPE', 'Expected the bytes of a message as a Uint8Array.');
  if (bytes.length < messageHeaderBytes) {
    throw new FormatError(
      'FORMAT_TRUNCATED',
      `A message has at least ${messageHeaderBytes} bytes but ${bytes.length} were given.`,
      { bytes: bytes.length },
    );
  }
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, messageHeaderBytes);
  if (!header.subarray(0, 8).equals(magic))
    throw new FormatError('FORMAT_MAGIC', 'These bytes are no message of Ciphernet.');
  const kind = kinds[header.readUInt8(8)];
  if (kind === undefined)
    throw new FormatError('FORMAT_TYPE', 'Expected a request or a response but received an unknown kind.');
  if (header.readUIntLE(9, 3) !== 0)
    throw new FormatError('FORMAT_CORRUPT', 'The reserved bytes of the message are not zero.', {
      field: 'reserved',
    });
  const samples = header.readUInt32LE(12);
  if (samples === 0 || samples > mostSamples) {
    throw new FormatError(
      'FORMAT_TOO_LARGE',
      `A message holds from 1 to ${mostSamples} samples; this one says ${samples}.`,
      { field: 'samples', samples },
    );
  }
  return { kind, samples, planFingerprint: header.subarray(16, 48).toString('hex') };
}

/** The header of a message that must be of this kind and made under this plan. Throws FormatError and ParameterError. */
export function requireMessageHeader(plan: Plan, bytes: Uint8Array, kind: MessageKind): MessageHeader {
  const header = readMessageHeader(bytes);
  if (header.kind !== kind)
    throw new FormatError('FORMAT_TYPE', `Expected a ${kind} but received a ${header.kind}.`, {
      expected: kind,
    });
  if (header.planFingerprint !== planFingerprint(plan).toString('hex')) {
    throw new ParameterError(
      'PARAMETERS_MISMATCH',
      'The message was made under another plan. Client and server need the plan of one compile().',
      { field: 'plan' },
    );
  }
  return header;
}

/** Reads a message of the wanted kind, made under this plan. Throws FormatError; looks at the header only. */
export function readMessage(plan: Plan, bytes: Uint8Array, kind: MessageKind): Message {
  const { samples } = requireMessageHeader(plan, bytes, kind);
  return { kind, samples, body: bytes.subarray(messageHeaderBytes) };
}
