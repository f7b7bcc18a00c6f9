// What helps against each kind of error: one button.

import type { CommandError, ErrorBody, ErrorCode } from '../protocol/wire';

export type Help =
  | { kind: 'smaller'; size: number }
  | { kind: 'folder' }
  | { kind: 'model' }
  | { kind: 'again' }
  | { kind: 'details' };

/** The size that is tried where none is suggested. */
const SMALLER = 512;

const HELP = {
  OUT_OF_MEMORY: 'smaller',
  MODEL_MISSING: 'model',
  MODEL_INVALID: 'model',
  IMAGE_UNSUPPORTED: 'details',
  IMAGE_CORRUPT: 'details',
  IMAGE_TOO_LARGE: 'details',
  WORKFLOW_INVALID: 'details',
  OUTPUT_UNWRITABLE: 'folder',
  DISK_FULL: 'folder',
  CANCELLED: 'again',
  UNAUTHORIZED: 'details',
  TOO_MANY_CONNECTIONS: 'again',
  QUEUE_FULL: 'again',
  BAD_REQUEST: 'details',
  INTERNAL: 'details',
} as const satisfies Record<ErrorCode, Help['kind']>;

export function helpFor(error: Pick<ErrorBody, 'code' | 'hint'>): Help {
  const kind = HELP[error.code];
  if (kind === 'smaller') return { kind, size: error.hint?.suggested_size ?? SMALLER };
  return { kind };
}

/** Whether a command of the shell has failed with this. */
export function isCommandError(error: unknown): error is CommandError {
  return typeof error === 'object' && error !== null && 'messages' in error && 'code' in error;
}
