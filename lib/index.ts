/** Neural networks on encrypted data, over an own C++ core. */
export * from './ckks/index.js';
export {
  ArgumentError,
  CancelledError,
  CiphernetError,
  errorCodes,
  FormatError,
  InternalError,
  KeyError,
  OperationError,
  ParameterError,
  ServiceError,
  SystemError,
} from './errors.js';
export type { ErrorCode, ErrorDetails } from './errors.js';
export { info } from './native.js';
export type { BuildInfo } from './native.js';
