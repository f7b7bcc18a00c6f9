// What is repaired of a photo before it is colored: the choices, and the one set of their defaults.

/** How a photo is laid into what the network sees. */
export const GEOMETRIES = ['square', 'fit'] as const;
/** How colors are brought to the photo's full size. */
export const UPSAMPLES = ['joint-bilateral', 'bicubic', 'bilinear', 'nearest'] as const;
/** What becomes of colors that can't be shown. */
export const GAMUTS = ['compress', 'clip'] as const;

export type Restoration = {
  /** White borders and the scan's edges stay uncolored. */
  borders: boolean;
  /** The network sees the photo without sepia and yellowed paper. */
  neutral: boolean;
  /** How far the tones are stretched, 0 to 1. */
  levels: number;
  /** How much local contrast is added, 0 to 1. */
  contrast: number;
  /** How readily something is taken for dust or a scratch, 0 to 1; at 0 nothing is repaired. */
  dust: number;
  /** The mask that the user has drawn, by its name in the input folder; used in place of what would be found. */
  defects: string;
  geometry: (typeof GEOMETRIES)[number];
  upsample: (typeof UPSAMPLES)[number];
  gamut: (typeof GAMUTS)[number];
};

/** What the server does where nothing is said. */
export const USUAL_RESTORATION: Restoration = {
  borders: true,
  neutral: true,
  levels: 0,
  contrast: 0,
  dust: 0,
  defects: '',
  geometry: 'square',
  upsample: 'joint-bilateral',
  gamut: 'compress',
};

/** The sensitivity that finding dust begins with. */
export const SENSITIVITY = 0.5;
/** The lowest that is still on. */
export const LEAST_SENSITIVITY = 0.05;

/** What can be seen of a restoration before there are colors. */
export type Preview = Partial<Pick<Restoration, 'levels' | 'contrast' | 'dust' | 'defects'>>;

/** The inputs of the coloring node: only what differs from the defaults. */
export function restorationInputs(restoration: Restoration): Partial<Restoration> {
  const said = Object.entries(restoration).filter(([key, value]) => {
    // A mask waits while the repair is off.
    if (key === 'defects' && restoration.dust === 0) return false;
    return value !== USUAL_RESTORATION[key as keyof Restoration];
  });
  return Object.fromEntries(said);
}

export function isUsual(restoration: Restoration): boolean {
  return Object.keys(restorationInputs(restoration)).length === 0;
}

/** What is to be seen of it; nothing where it leaves the photo's gray as it is. */
export function previewOf(restoration: Restoration): Preview | undefined {
  const { levels, contrast, dust, defects } = restorationInputs(restoration);
  const seen = Object.entries({ levels, contrast, dust, defects }).filter(([, value]) => value !== undefined);
  return seen.length === 0 ? undefined : Object.fromEntries(seen);
}

/** The same for another photo, whose mask is its own. */
export function forAnother(restoration: Restoration, its = USUAL_RESTORATION): Restoration {
  return { ...restoration, defects: its.defects };
}
