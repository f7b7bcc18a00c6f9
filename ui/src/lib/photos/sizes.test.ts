// Which sizes are offered, and what is said of them.

import { describe, expect, it } from 'vitest';
import { BANDS, firstSize, LEAST, modelTitle, MOST, onStep, placeOf, sizesToCompare, STARTER, STEP } from './sizes';

const PUBLISHED = 'published.pth';

describe('A size', () => {
  it('is inside the band from end to end', () => {
    expect(placeOf(460, BANDS.people, PUBLISHED)).toBe('inside');
    expect(placeOf(576, BANDS.people, PUBLISHED)).toBe('inside');
    expect(placeOf(680, BANDS.people, PUBLISHED)).toBe('inside');
  });

  it('is inside too where it is the step next to the end of the band', () => {
    expect(placeOf(448, BANDS.people, PUBLISHED)).toBe('inside');
    expect(placeOf(672, BANDS.people, PUBLISHED)).toBe('inside');
  });

  it('is below or above the band from the next step on', () => {
    expect(placeOf(416, BANDS.people, PUBLISHED)).toBe('below');
    expect(placeOf(704, BANDS.people, PUBLISHED)).toBe('above');
  });

  it('is judged by the scene: what is inside for people is below for buildings', () => {
    expect(placeOf(640, BANDS.people, PUBLISHED)).toBe('inside');
    expect(placeOf(640, BANDS.buildings, PUBLISHED)).toBe('below');
  });

  it('is judged by the starter model itself where that is used, whatever the scene', () => {
    for (const band of Object.values(BANDS)) {
      expect(placeOf(224, band, STARTER)).toBe('below');
      expect(placeOf(256, band, STARTER)).toBe('right-for-starter');
      expect(placeOf(416, band, STARTER)).toBe('right-for-starter');
      expect(placeOf(448, band, STARTER)).toBe('above-starter');
    }
  });

  it('is put on the nearest step within what the engine takes', () => {
    expect(onStep(500)).toBe(512);
    expect(onStep(495)).toBe(480);
    expect(onStep(1)).toBe(LEAST);
    expect(onStep(-512)).toBe(LEAST);
    expect(onStep(99_999)).toBe(MOST);
  });
});

describe('The first size', () => {
  it.each(Object.entries(BANDS))('for %s is on a step and inside the band', (_scene, band) => {
    const size = firstSize(band, PUBLISHED);
    expect(size % STEP).toBe(0);
    expect(placeOf(size, band, PUBLISHED)).toBe('inside');
  });

  it('is one that the starter model does well with, where that is used', () => {
    expect(placeOf(firstSize(BANDS.buildings, STARTER), BANDS.buildings, STARTER)).toBe('right-for-starter');
  });
});

describe('The sizes to compare', () => {
  const everySize = Array.from({ length: (MOST - LEAST) / STEP + 1 }, (_, at) => LEAST + at * STEP);

  it.each([...Object.entries(BANDS)])('for %s are three, on steps, each once, from small to large', (_scene, band) => {
    for (const checkpoint of [STARTER, PUBLISHED]) {
      for (const size of everySize) {
        const sizes = sizesToCompare(size, band, checkpoint);
        expect(new Set(sizes).size).toBe(3);
        expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
        expect(sizes.every((each) => each === onStep(each))).toBe(true);
      }
    }
  });

  it('are the ends of the band and what is chosen', () => {
    expect(sizesToCompare(576, BANDS.people, PUBLISHED)).toEqual([448, 576, 672]);
    expect(sizesToCompare(1024, BANDS.people, PUBLISHED)).toEqual([448, 672, 1024]);
  });

  it('are each there once also in the narrow band of a workflow', () => {
    const sizes = sizesToCompare(512, [512, 544], PUBLISHED);
    expect(new Set(sizes).size).toBe(sizes.length);
  });

  it('are the ends and the middle where an end is chosen', () => {
    expect(sizesToCompare(448, BANDS.people, PUBLISHED)).toEqual([448, 576, 672]);
  });
});

describe('A model', () => {
  it.each(['modelscope.pth', 'modelscope.safetensors', 'modelscope.pt', 'modelscope.bin'])(
    'is called without the ending of its file: %s',
    (file) => {
      expect(modelTitle(file)).toBe('modelscope');
    },
  );

  it('keeps a dot that is part of its name', () => {
    expect(modelTitle('ddcolor.v2.pth')).toBe('ddcolor.v2');
    expect(modelTitle('starter')).toBe('starter');
  });
});
