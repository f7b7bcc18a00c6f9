// What a written result keeps of its original, and what is noted in it. Chosen once for all photos.

export const METADATA = ['keep', 'strip'] as const;
export const COLOR_SPACES = ['srgb', 'source'] as const;

export type Saving = {
  /** Whether date, place, camera and captions of the original are kept, or removed for privacy. */
  metadata: (typeof METADATA)[number];
  /** The color space that is written: sRGB, or the original's own. */
  color_space: (typeof COLOR_SPACES)[number];
  /** Whether a note in the file says that the colors were added, and by what. */
  provenance: boolean;
  /** Whether a small palette in a corner shows it too. */
  mark: boolean;
  /** Whether the file gets the original's times. */
  file_times: boolean;
};

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

/** Where the choices are kept until the window opens again. */
export interface SavingStore {
  read(): Saving;
  write(saving: Saving): void;
}

/** Under which name the page keeps them. */
const KEY = 'saving';

/** Keeps them with the page. */
export class PageStore implements SavingStore {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage) {}

  read(): Saving {
    try {
      return understood(JSON.parse(this.storage.getItem(KEY) ?? 'null'));
    } catch {
      // Not what this program has written, or not to be read at all: the usual choices do.
      return USUAL_SAVING;
    }
  }

  write(saving: Saving): void {
    this.storage.setItem(KEY, JSON.stringify(saving));
  }
}

/** The choices that were kept, each of them only where it is one that there is. */
function understood(kept: unknown): Saving {
  const found: Partial<Record<keyof Saving, unknown>> = typeof kept === 'object' && kept !== null ? kept : {};
  const flag = (value: unknown, usual: boolean) => (typeof value === 'boolean' ? value : usual);
  return {
    metadata: METADATA.find((each) => each === found.metadata) ?? USUAL_SAVING.metadata,
    color_space: COLOR_SPACES.find((each) => each === found.color_space) ?? USUAL_SAVING.color_space,
    provenance: flag(found.provenance, USUAL_SAVING.provenance),
    mark: flag(found.mark, USUAL_SAVING.mark),
    file_times: flag(found.file_times, USUAL_SAVING.file_times),
  };
}
