// Where a model or addon stands, from what the server lists and what it has told since. Pure.

import type { Transfer } from '../protocol/wire';
import { isModel, isOffered, type Item } from './item';

export type Standing =
  | 'inside'
  | 'installed'
  | 'available'
  | 'damaged'
  | 'busy'
  /** A download that its user stopped, or that failed: it can be gone on with. */
  | 'stopped'
  | 'failed';

export function isUnderWay(transfer: Transfer | undefined): boolean {
  switch (transfer?.step) {
    case undefined:
    case 'installed':
    case 'failed':
    case 'cancelled':
      return false;
    case 'connecting':
    case 'downloading':
    case 'checking':
    case 'converting':
    case 'unpacking':
      return true;
  }
}

export function standingOf(item: Item, transfer: Transfer | undefined): Standing {
  if (isUnderWay(transfer)) return 'busy';
  // The list says so a moment later; until then nothing is to be offered that is there already.
  if (item.state === 'installed' || transfer?.step === 'installed') {
    return isModel(item) && item.is_bundled ? 'inside' : 'installed';
  }
  if (!transfer || !isOffered(item)) return item.state;
  return transfer.step === 'failed' ? 'failed' : 'stopped';
}

/** How far a step is, 0 to 1. */
export function shareOfStep({ received, bytes }: Transfer): number {
  return bytes === undefined || bytes === 0 ? 0 : Math.min(1, received / bytes);
}

/** Whether a file is one of a model, by its name. */
export function isModelFile(path: string): boolean {
  return /\.(pth|pt|bin|safetensors)$/iu.test(path);
}
