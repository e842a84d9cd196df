import { createHash } from 'node:crypto';
import { CiphernetError, errorCodes, InternalError } from '../errors.js';
import type { ErrorCode, ErrorDetails } from '../errors.js';

// What service and client agree on: paths, bodies, and how a mistake travels. docs/server.md describes the same.

/** Every path of the service; segments are names or fingerprints and need no escaping. */
export const paths = {
  health: '/health',
  metrics: '/metrics',
  models: '/v1/models',
  plan: (model: string) => `/v1/models/${model}/plan`,
  keys: (model: string, keys: string) => `/v1/models/${model}/keys/${keys}`,
  evaluate: (model: string, keys: string) => `/v1/models/${model}/keys/${keys}/evaluate`,
  events: (job: string) => `/v1/jobs/${job}/events`,
} as const;

/** Names of models: what stands in a path, and may be a folder's name. */
export const modelNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** SHA-256 in hexadecimal. */
export const fingerprintPattern = /^[0-9a-f]{64}$/;
/** A job is named by its client: a UUID, so that nobody else can guess it. */
export const jobPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the service says of a model; the plan is fetched apart. */
export interface ModelDescription {
  readonly name: string;
  readonly planFingerprint: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly samplesPerBatch: number;
  /** Bytes of evaluation keys: exactly so many are accepted. */
  readonly evaluationKeysBytes: number;
  /** The most samples that one request may hold. */
  readonly mostSamples: number;
}

/** What the events of a job tell. */
export interface JobEvent {
  readonly state: 'uploading' | 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Steps while it runs. */
  readonly done?: number;
  readonly total?: number;
}

/** How every refusal looks. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly remedy: string;
    readonly details: ErrorDetails;
  };
}

/** The name of evaluation keys: SHA-256 of their bytes, in hexadecimal. */
export const keysFingerprint = (evaluationKeys: Uint8Array): string =>
  createHash('sha256').update(evaluationKeys).digest('hex');

/** The same of keys that are read as they come. */
export async function keysFingerprintOfBlob(evaluationKeys: Blob): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of evaluationKeys.stream() as AsyncIterable<Uint8Array>) hash.update(chunk);
  return hash.digest('hex');
}

/** What a client may know of an error: nothing of a defect but that it is one. */
export function errorBody(error: unknown): ErrorBody {
  const told =
    error instanceof CiphernetError && !(error instanceof InternalError)
      ? error
      : new InternalError('INTERNAL', 'The service failed; its log has the reason.');
  const { code, message, details } = told;
  return { error: { code, message, remedy: errorCodes[code].remedy, details } };
}

/** The HTTP status of an error. */
export function statusOf(error: unknown): number {
  if (!(error instanceof CiphernetError)) return 500;
  switch (error.code) {
    case 'SERVICE_NOT_FOUND':
      return 404;
    case 'FORMAT_TOO_LARGE':
      return 413;
    case 'SERVICE_BUSY':
    case 'OUT_OF_MEMORY':
      return 503;
    case 'CANCELLED':
      return 499; // nginx's word for a client that left; nobody is there to read it
    default:
      break;
  }
  switch (errorCodes[error.code].class) {
    case 'ArgumentError':
    case 'FormatError':
    case 'KeyError':
    case 'ParameterError':
    case 'OperationError':
      return 400;
    default:
      return 500;
  }
}
