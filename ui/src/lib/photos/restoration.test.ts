// What of a restoration is said to the server, and what of it can be seen before there are colors.

import { describe, expect, it } from 'vitest';
import {
  forAnother,
  isUsual,
  previewOf,
  type Restoration,
  restorationInputs,
  SENSITIVITY,
  USUAL_RESTORATION,
} from './restoration';

const restoration = (changes: Partial<Restoration>): Restoration => ({ ...USUAL_RESTORATION, ...changes });

describe('The inputs of a restoration', () => {
  it('are none where all is as usual', () => {
    expect(restorationInputs(USUAL_RESTORATION)).toEqual({});
    expect(isUsual(USUAL_RESTORATION)).toBe(true);
  });

  it.each<Partial<Restoration>>([
    { borders: false },
    { neutral: false },
    { levels: 0.3 },
    { contrast: 1 },
    { dust: SENSITIVITY },
    { geometry: 'fit' },
    { upsample: 'nearest' },
    { gamut: 'clip' },
    { levels: 0.1, dust: 0.2, defects: 'oma-marks.png' },
  ])('say what differs, and nothing else: %o', (changes) => {
    expect(restorationInputs(restoration(changes))).toEqual(changes);
    expect(isUsual(restoration(changes))).toBe(false);
  });

  it('leave a mask out while nothing is to be repaired', () => {
    const off = restoration({ dust: 0, defects: 'oma-marks.png' });
    expect(restorationInputs(off)).toEqual({});
    expect(isUsual(off)).toBe(true);
  });
});

describe('A preview', () => {
  it.each<Partial<Restoration>>([
    {},
    { borders: false, neutral: false },
    { geometry: 'fit', upsample: 'bicubic', gamut: 'clip' },
    { defects: 'waits.png' },
  ])('is none where the gray stays as it is: %o', (changes) => {
    expect(previewOf(restoration(changes))).toBeUndefined();
  });

  it('has what changes the gray, and only that', () => {
    const shown = { levels: 0.4, dust: 0.5, defects: 'oma-marks.png' };
    expect(previewOf(restoration({ ...shown, borders: false, gamut: 'clip' }))).toEqual(shown);
  });
});

describe('A restoration for another photo', () => {
  it('is the same but for the mask, which is its own or none', () => {
    const mine = restoration({ levels: 0.5, dust: 0.6, defects: 'mine.png' });
    expect(forAnother(mine)).toEqual({ ...mine, defects: '' });
    expect(forAnother(mine, restoration({ levels: 1, defects: 'its.png' }))).toEqual({ ...mine, defects: 'its.png' });
  });
});
