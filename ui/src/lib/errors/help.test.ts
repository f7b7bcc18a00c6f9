// The one button that is offered against each kind of error.

import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../protocol/wire';
import { type Help, helpFor } from './help';

// A code that is missing here fails the type check.
const EXPECTED: Record<ErrorCode, Help> = {
  OUT_OF_MEMORY: { kind: 'smaller', size: 512 },
  MODEL_MISSING: { kind: 'model' },
  MODEL_INVALID: { kind: 'model' },
  IMAGE_UNSUPPORTED: { kind: 'details' },
  IMAGE_CORRUPT: { kind: 'details' },
  IMAGE_TOO_LARGE: { kind: 'details' },
  WORKFLOW_INVALID: { kind: 'details' },
  OUTPUT_UNWRITABLE: { kind: 'folder' },
  DISK_FULL: { kind: 'folder' },
  CANCELLED: { kind: 'again' },
  UNAUTHORIZED: { kind: 'details' },
  TOO_MANY_CONNECTIONS: { kind: 'again' },
  QUEUE_FULL: { kind: 'again' },
  BAD_REQUEST: { kind: 'details' },
  INTERNAL: { kind: 'details' },
};

describe('Help', () => {
  it.each(Object.entries(EXPECTED))('is there for %s', (code, help) => {
    expect(helpFor({ code: code as ErrorCode })).toEqual(help);
  });

  it('against too little memory is the size that the server predicts to fit', () => {
    const hint = { suggested_size: 736 };
    expect(helpFor({ code: 'OUT_OF_MEMORY', hint })).toEqual({ kind: 'smaller', size: 736 });
  });

  it('takes no size from the hint of another error', () => {
    const hint = { suggested_size: 736 };
    expect(helpFor({ code: 'DISK_FULL', hint })).toEqual({ kind: 'folder' });
  });
});
