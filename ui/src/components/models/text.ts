// What is said of a model and of what is being done to it.

import { clock, megabytes, speed } from '../../lib/format';
import type { Messages } from '../../lib/i18n/messages';
import { isModel, type Item } from '../../lib/models/item';
import type { Standing } from '../../lib/models/standing';
import type { Transfer } from '../../lib/protocol/wire';

const DOT = ' · ';

/** What it is: its kind of network, its license, its size. */
export function factsText(model: Item, t: Messages): string {
  const size = model.bytes === undefined ? '' : megabytes(model.bytes);
  const isHere = model.state === 'installed';
  return [
    isModel(model) ? networkText(model.architecture, t) : '',
    model.license ?? '',
    size && (isHere ? t.onDisk(size) : t.toDownload(size)),
  ]
    .filter((fact) => fact !== '')
    .join(DOT);
}

function networkText(architecture: string, t: Messages): string {
  if (architecture === 'large') return t.networkLarge;
  return architecture === 'tiny' ? t.networkTiny : architecture;
}

/** Whether it can be used. What is under way is said below its bar. */
export function standingText(standing: Exclude<Standing, 'busy'>, t: Messages): string {
  switch (standing) {
    case 'inside':
      return t.modelInside;
    case 'installed':
      return t.modelInstalled;
    case 'available':
      return t.modelAvailable;
    case 'damaged':
      return t.modelDamaged;
    case 'stopped':
      return t.modelStopped;
    case 'failed':
      return t.failed;
  }
}

/** What is being done. */
export function stepText({ step }: Transfer, t: Messages): string {
  switch (step) {
    case 'connecting':
    case 'downloading':
    case 'checking':
    case 'converting':
    case 'unpacking':
      return t[`step_${step}`];
    case 'installed':
      return t.modelInstalled;
    case 'failed':
      return t.failed;
    case 'cancelled':
      return t.modelStopped;
  }
}

/** The same with all that is known of how it goes. */
export function transferText(transfer: Transfer, t: Messages): string {
  const { received, bytes, bytes_per_second, eta_ms, source } = transfer;
  const parts = [stepText(transfer, t)];
  if (bytes !== undefined) parts.push(t.received(megabytes(received), megabytes(bytes)));
  if (bytes_per_second !== undefined) parts.push(speed(bytes_per_second));
  if (eta_ms !== undefined) parts.push(t.remaining(clock(eta_ms)));
  if (source !== undefined) parts.push(t.fromHost(source));
  return parts.join(DOT);
}

/** Where a download was stopped. */
export function stoppedText({ received, bytes }: Transfer, t: Messages): string {
  return bytes === undefined ? t.stoppedBefore : t.stoppedAt(megabytes(received), megabytes(bytes));
}
