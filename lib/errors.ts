/** What every mistake that a user can make is reported as: a stable `code` and the offending values in `details`. */
export class CiphernetError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A value, shape or type that the called function does not take. */
export class ArgumentError extends CiphernetError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('ERR_ARGUMENT', message, details);
  }
}
