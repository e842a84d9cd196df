/** Names and values of what was wrong, for programs. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

type ErrorTheme =
  | 'ArgumentError'
  | 'ParameterError'
  | 'OperationError'
  | 'KeyError'
  | 'FormatError'
  | 'CancelledError'
  | 'SystemError'
  | 'ServiceError'
  | 'InternalError';

interface ErrorEntry {
  readonly class: ErrorTheme;
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Every code with its class, what it means and what to do: the one list. The native core has the same codes (a test
 * compares them), docs/errors.md is generated from here.
 */
export const errorCodes = Object.freeze({
  INVALID_ARGUMENT: {
    class: 'ArgumentError',
    meaning: 'An argument has the wrong type, shape or range.',
    remedy: 'The message says what was expected and what arrived. Misspelled options are named.',
  },
  NOT_FINITE: {
    class: 'ArgumentError',
    meaning: 'There is a NaN or an infinity among the values.',
    remedy: 'Clean the data first; the message names the first such index.',
  },
  VALUE_OUT_OF_RANGE: {
    class: 'ArgumentError',
    meaning: 'A value does not fit below the modulus of its level.',
    remedy:
      'Scale the values down, use a higher level, or make parameters with a larger first prime or a smaller scale.',
  },
  PARAMETERS_INVALID: {
    class: 'ParameterError',
    meaning: 'No parameter set with these properties can exist.',
    remedy: 'Follow the message, or give an intent ({ slots, levels, precisionBits }) instead of sizes.',
  },
  SECURITY_INSUFFICIENT: {
    class: 'ParameterError',
    meaning:
      'log2(QP) is above the table for 128 bits of security, or an insecure object reached a place that takes none.',
    remedy:
      "Use a larger N or fewer and smaller levels. For tests only: security: 'none', which marks all that it makes.",
  },
  PARAMETERS_MISMATCH: {
    class: 'ParameterError',
    meaning: 'Two objects belong to different parameter sets.',
    remedy: 'Use keys, ciphertexts and evaluators of one parameter set; compare their fingerprints.',
  },
  LEVEL_EXHAUSTED: {
    class: 'OperationError',
    meaning: 'The operation spends a level and there is none left.',
    remedy:
      'Encrypt at a higher level, make parameters with more levels, or compute with fewer products in a row.',
  },
  SCALE_MISMATCH: {
    class: 'OperationError',
    meaning: 'The scales of the operands cannot be brought together, or a rescale is not due.',
    remedy: 'Rescale a product once, before its next use.',
  },
  DEGREE_MISMATCH: {
    class: 'OperationError',
    meaning: 'The ciphertext has three parts where two are needed, or is not rescaled.',
    remedy: 'Relinearize (and rescale) the product first.',
  },
  INTERVAL_LEFT: {
    class: 'OperationError',
    meaning: 'A value of a training leaves the interval that its polynomial was fitted on, or its bound.',
    remedy:
      'Lower the learning rate, or plan with a wider interval: the message names the layer. Try it with trainInClear() first.',
  },
  KEY_MISSING: {
    class: 'KeyError',
    meaning: 'An evaluation key that the operation needs was not generated, or not for this level.',
    remedy: 'Ask for the named key in KeyGenerator.evaluationKeys().',
  },
  TRANSPARENT_CIPHERTEXT: {
    class: 'FormatError',
    meaning: 'The ciphertext can be read by anybody: its random part is zero.',
    remedy: 'Refuse the sender; no honest encryption or computation gives such bytes.',
  },
  FORMAT_TRUNCATED: {
    class: 'FormatError',
    meaning: 'The bytes end before the object does.',
    remedy: 'Read or receive the whole object.',
  },
  FORMAT_TRAILING: {
    class: 'FormatError',
    meaning: 'Bytes follow after the end of the object.',
    remedy: 'Hand over exactly one object; read a batch by its own function.',
  },
  FORMAT_MAGIC: {
    class: 'FormatError',
    meaning: 'These are not bytes that ciphernet wrote.',
    remedy: 'Check which file or message it is.',
  },
  FORMAT_VERSION: {
    class: 'FormatError',
    meaning: 'The bytes are of a version of the format that this build does not read.',
    remedy: 'Update the older side.',
  },
  FORMAT_TYPE: {
    class: 'FormatError',
    meaning: 'The bytes hold another kind of object.',
    remedy: 'Use the fromBytes() of the class that the message names.',
  },
  FORMAT_CORRUPT: {
    class: 'FormatError',
    meaning: 'A checksum, a residue or a field is wrong.',
    remedy: 'The message names the field. Transfer the bytes again.',
  },
  FORMAT_TOO_LARGE: {
    class: 'FormatError',
    meaning: 'A length is above what such an object can have.',
    remedy: 'Split the object, or refuse the sender.',
  },
  ONNX_UNSUPPORTED: {
    class: 'FormatError',
    meaning: 'An ONNX file uses an operator, a form of one or a type that is not read.',
    remedy: 'The message names the node and what to do instead; docs/models.md lists what is read.',
  },
  SECRET_REFUSED: {
    class: 'KeyError',
    meaning: 'Secret material was handed in where none may be.',
    remedy: 'Send evaluation keys and ciphertexts only; the secret key stays with its owner.',
  },
  SHARING_REFUSED: {
    class: 'OperationError',
    meaning:
      'The result cannot be shared without giving the secret key away, or without losing what it says.',
    remedy:
      'Plan for sharing: a larger scale (the message says by how many bits), fewer queries, or a new secret key once all queries are spent.',
  },
  CANCELLED: {
    class: 'CancelledError',
    meaning: 'The operation was stopped through its signal.',
    remedy:
      "Nothing to do: nothing was changed. The error's name is AbortError and its cause is signal.reason.",
  },
  DISPOSED: {
    class: 'OperationError',
    meaning: 'The object was disposed before this use.',
    remedy: 'Dispose after the last use; `using` does so at the end of its block.',
  },
  OUT_OF_MEMORY: {
    class: 'SystemError',
    meaning: 'There was not enough memory. Nothing was changed.',
    remedy: 'Work in smaller batches, dispose of what is no longer needed, or make keys at lower levels.',
  },
  ENVIRONMENT_INVALID: {
    class: 'SystemError',
    meaning: 'An environment variable has a value that cannot be used.',
    remedy: 'Correct or unset the variable that the message names (CIPHERNET_THREADS, CIPHERNET_CPU).',
  },
  SYSTEM: {
    class: 'SystemError',
    meaning: 'The operating system refused randomness or threads.',
    remedy: 'Look at the limits of the process.',
  },
  ADDON_MISSING: {
    class: 'SystemError',
    meaning: 'The native addon was not found or could not be loaded.',
    remedy:
      'Run `npm rebuild ciphernet` (in a checkout `npm run build:native`); it needs CMake and a C++20 compiler.',
  },
  FILE_UNREADABLE: {
    class: 'SystemError',
    meaning: 'A file could not be read.',
    remedy: 'The message names the file and the reason. Check the path and the permissions.',
  },
  FILE_UNWRITABLE: {
    class: 'SystemError',
    meaning: 'A file could not be written.',
    remedy:
      'The message names the file and the reason. Check the folder, the permissions and the free space.',
  },
  FILE_EXISTS: {
    class: 'SystemError',
    meaning: 'A key would be written over a file that is there.',
    remedy: 'Write to another path, or pass --force: what was encrypted under a lost secret key is lost too.',
  },
  SERVICE_NOT_FOUND: {
    class: 'ServiceError',
    meaning: 'The service has no such model, or no such evaluation keys (any more).',
    remedy: 'Ask the service for its models; upload the evaluation keys (again).',
  },
  SERVICE_BUSY: {
    class: 'ServiceError',
    meaning: 'Too many jobs wait at the service, or it is closing.',
    remedy: 'Try again after the seconds in details.retryAfter.',
  },
  SERVICE_UNREACHABLE: {
    class: 'ServiceError',
    meaning: 'No connection to the service, or it broke.',
    remedy: 'Check the address and whether the service runs; the cause has the reason.',
  },
  SERVICE_ANSWER: {
    class: 'ServiceError',
    meaning: 'The answer is none that a Ciphernet service gives.',
    remedy: 'Check the address, and what stands between: proxies have limits of their own.',
  },
  INTERNAL: {
    class: 'InternalError',
    meaning: 'A defect of ciphernet.',
    remedy: 'Please report it with the message and what led to it.',
  },
} as const satisfies Record<string, ErrorEntry>);

/** The stable name of a mistake; see docs/errors.md. */
export type ErrorCode = keyof typeof errorCodes;

/** What every mistake that a user can make is reported as: a stable `code` and the offending values in `details`. */
export class CiphernetError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A value, shape or type that the called function does not take. */
export class ArgumentError extends CiphernetError {
  constructor(
    message: string,
    details: ErrorDetails = {},
    code: 'INVALID_ARGUMENT' | 'NOT_FINITE' | 'VALUE_OUT_OF_RANGE' = 'INVALID_ARGUMENT',
  ) {
    super(code, message, details);
  }
}

/** A parameter set that cannot exist, is not secure, or is not the one of the other operand. */
export class ParameterError extends CiphernetError {}

/** An operation that the state of its operands does not allow. */
export class OperationError extends CiphernetError {}

/** A key that is missing, or that may not be where it is. */
export class KeyError extends CiphernetError {}

/** Bytes that are not what they should be. */
export class FormatError extends CiphernetError {}

/** Stopped on request. Its name is `AbortError`, as everywhere on the web platform; `cause` is the signal's reason. */
export class CancelledError extends CiphernetError {
  constructor(message = 'The operation was cancelled.', details: ErrorDetails = {}, options?: ErrorOptions) {
    super('CANCELLED', message, details, options);
    this.name = 'AbortError';
  }
}

/** Memory, threads, randomness, environment variables, the addon: what is around us. */
export class SystemError extends CiphernetError {}

/** What a service in the network refused, or that it could not be reached. */
export class ServiceError extends CiphernetError {}

/** A defect of ciphernet. */
export class InternalError extends CiphernetError {}

type Build = (code: ErrorCode, message: string, details: ErrorDetails) => CiphernetError;

const builders: Readonly<Record<ErrorTheme, Build>> = {
  ArgumentError: (code, message, details) => new ArgumentError(message, details, code as 'INVALID_ARGUMENT'),
  ParameterError: (code, message, details) => new ParameterError(code, message, details),
  OperationError: (code, message, details) => new OperationError(code, message, details),
  KeyError: (code, message, details) => new KeyError(code, message, details),
  FormatError: (code, message, details) => new FormatError(code, message, details),
  CancelledError: (_code, message, details) => new CancelledError(message, details),
  SystemError: (code, message, details) => new SystemError(code, message, details),
  ServiceError: (code, message, details) => new ServiceError(code, message, details),
  InternalError: (code, message, details) => new InternalError(code, message, details),
};

/**
 * The error of the class that the table gives to its code.
 *
 * @internal
 */
export function errorOf(code: ErrorCode, message: string, details: ErrorDetails = {}): CiphernetError {
  return builders[errorCodes[code].class](code, message, details);
}
