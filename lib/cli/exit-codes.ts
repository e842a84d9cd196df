import { CommanderError } from 'commander';
import { CiphernetError, errorCodes } from '../errors.js';

/** What the command tells the shell; docs/command-line.md has the same table. */
export const exitCodes = Object.freeze({
  success: 0,
  /** A defect of ciphernet. */
  internal: 1,
  /** Unknown commands, options and missing arguments. */
  usage: 2,
  /** Bytes, rows, parameters or keys that cannot be used. */
  refused: 3,
  /** Files, memory, the addon. */
  system: 4,
  /** A service that refused or could not be reached. */
  service: 5,
  /** Stopped by SIGINT or SIGTERM, as shells count it. */
  interrupted: 130,
});

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (!(error instanceof CiphernetError)) return exitCodes.internal;
  switch (errorCodes[error.code].class) {
    case 'ArgumentError':
    case 'ParameterError':
    case 'OperationError':
    case 'KeyError':
    case 'FormatError':
      return exitCodes.refused;
    case 'SystemError':
      return exitCodes.system;
    case 'ServiceError':
      return exitCodes.service;
    case 'CancelledError':
      return exitCodes.interrupted;
    case 'InternalError':
      return exitCodes.internal;
  }
}
