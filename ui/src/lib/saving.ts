// What a written result keeps of its original, and what is noted in it. Chosen once for all photos.

import type { Saving } from './protocol/wire';

export const METADATA: readonly Saving['metadata'][] = ['keep', 'strip'];
export const COLOR_SPACES: readonly Saving['color_space'][] = ['srgb', 'source'];

/** What the server does where nothing is said. */
export const USUAL_SAVING: Saving = {
  metadata: 'keep',
  color_space: 'srgb',
  provenance: true,
  mark: false,
  file_times: false,
};

/** The inputs of the saving node: only what differs from the defaults. */
export function savingInputs(saving: Saving): Partial<Saving> {
  const said = Object.entries(saving).filter(([key, value]) => value !== USUAL_SAVING[key as keyof Saving]);
  return Object.fromEntries(said);
}
