// What a row of the page of models is about. Pure.

import type { Addon, Model } from '../protocol/wire';

/** A model, or a part of the program that is downloaded, checked and removed as models are. */
export type Item = Model | Addon;

export function isModel(item: Item): item is Model {
  return 'checkpoint' in item;
}

/** Whether it can be downloaded. */
export function isOffered(item: Item): boolean {
  return !isModel(item) || item.is_published;
}

/** Whether an addon is to be shown: it is of use here, or there is something of it. */
export function isShown({ hindrance, state, transfer }: Addon): boolean {
  return hindrance === undefined || state !== 'available' || transfer !== undefined;
}

/** Whether an addon is used from the next start on. */
export function isForNextStart(item: Item): boolean {
  return !isModel(item) && item.state === 'installed' && !item.is_used && item.hindrance === undefined;
}
