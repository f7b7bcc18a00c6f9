// Which sizes do well with what.

export type Scene = 'people' | 'buildings' | 'other';

/** The engine's step and range, which it refuses sizes outside of. */
export const STEP = 32;
export const LEAST = 224;
export const MOST = 2048;

export type Band = readonly [number, number];

/** As the published workflows recommend. */
export const BANDS = {
  people: [460, 680],
  buildings: [960, 1280],
  other: [460, 1280],
} as const satisfies Record<Scene, Band>;

/** What the program calls the model that it brings, and where that does best: it was trained small. */
export const STARTER = 'starter';
const STARTER_BAND: Band = [256, 416];
const STARTER_SIZE = 384;

/** The band that is recommended for a model: the starter has its own, whatever is on the photo. */
function bandFor(band: Band, checkpoint: string): Band {
  return checkpoint === STARTER ? STARTER_BAND : band;
}

/** Where a size lies. */
export type Place = 'inside' | 'below' | 'above' | 'right-for-starter' | 'above-starter';

export function placeOf(size: number, band: Band, checkpoint: string): Place {
  const [least, most] = bandFor(band, checkpoint);
  if (checkpoint === STARTER) {
    if (size >= least && size <= most) return 'right-for-starter';
    return size < least ? 'below' : 'above-starter';
  }
  // A size is only to be had in steps, so half a step off is still inside.
  if (size < least - STEP / 2) return 'below';
  return size > most + STEP / 2 ? 'above' : 'inside';
}

/** The size to begin with. */
export function firstSize(band: Band, checkpoint: string): number {
  if (checkpoint === STARTER) return STARTER_SIZE;
  return onStep(band[0] + (band[1] - band[0]) / 4);
}

/** Three sizes to compare: the ends of the band and what is chosen, or the middle. */
export function sizesToCompare(size: number, band: Band, checkpoint: string): number[] {
  const [least, most] = bandFor(band, checkpoint);
  const low = onStep(least);
  // A band may be narrower than two steps; there are three sizes all the same.
  const high = Math.max(onStep(most), low + 2 * STEP);
  const middle = size === low || size === high ? onStep((low + high) / 2) : size;
  return [low, middle, high].sort((one, other) => one - other);
}

export function onStep(size: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.round(size / STEP) * STEP));
}

/** What a checkpoint is called for people: without its ending. */
export function modelTitle(checkpoint: string): string {
  return checkpoint.replace(/\.(safetensors|pth|pt|bin)$/u, '');
}
