// The restoration that each photo of the library has: chosen, remembered, taken over, sent.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { historyEntry, photo, queueEntry } from '../../../tests/examples';
import { givenLibrary, photoIn } from '../../../tests/given';
import { USUAL_RESTORATION } from './restoration';

afterEach(() => vi.unstubAllGlobals());

describe('The restoration of a photo', () => {
  it('is as usual at first', () => {
    const { library } = givenLibrary('a');
    expect(library.restorationOf('a')).toEqual(USUAL_RESTORATION);
  });

  it('is changed for this photo, and leaves the others and all else of it as they are', () => {
    const { library } = givenLibrary('a', 'b');
    const before = photoIn(library, 'a');
    library.restore('a', { levels: 0.4 });
    library.restore('a', { borders: false });
    expect(library.restorationOf('a')).toEqual({ ...USUAL_RESTORATION, levels: 0.4, borders: false });
    expect(library.restorationOf('b')).toEqual(USUAL_RESTORATION);
    expect(photoIn(library, 'a')).toBe(before);
  });

  it('is what a new photo begins with, but for the mask', () => {
    const { library } = givenLibrary('a');
    library.restore('a', { dust: 0.7, defects: 'a-marks.png' });
    library.add(photo('b'));
    expect(library.restorationOf('b')).toEqual({ ...USUAL_RESTORATION, dust: 0.7 });
  });

  it('goes with its photo, and one that is added again is new', () => {
    const { library } = givenLibrary('a', 'b');
    library.restore('a', { dust: 0.7, defects: 'a-marks.png' });
    library.restore('b', { levels: 1 });
    library.remove('a');
    library.restore('a', { contrast: 1 });
    expect(library.restorationOf('a')).toEqual(USUAL_RESTORATION);
    library.add(photo('a'));
    expect(library.restorationOf('a')).toEqual({ ...USUAL_RESTORATION, levels: 1 });
  });
});

describe('The same restoration for all photos', () => {
  it('leaves each its own mask', () => {
    const { library } = givenLibrary('a', 'b', 'c');
    library.restore('b', { dust: 0.2, defects: 'b-marks.png' });
    library.restore('a', { dust: 0.7, levels: 0.1, defects: 'a-marks.png' });
    library.restoreAllLike('a');
    const alike = { ...USUAL_RESTORATION, dust: 0.7, levels: 0.1 };
    expect(library.restorationOf('a')).toEqual({ ...alike, defects: 'a-marks.png' });
    expect(library.restorationOf('b')).toEqual({ ...alike, defects: 'b-marks.png' });
    expect(library.restorationOf('c')).toEqual(alike);
  });

  it('can be taken back, for the photos that are still there', () => {
    const { library } = givenLibrary('a', 'b', 'c');
    library.restore('b', { contrast: 0.2 });
    library.restore('a', { levels: 1 });
    const takeBack = library.restoreAllLike('a');
    library.remove('c');
    takeBack();
    expect(library.restorationOf('b')).toEqual({ ...USUAL_RESTORATION, contrast: 0.2 });
    library.add(photo('c'));
    expect(library.restorationOf('c').levels).toBe(1);
  });
});

describe('A job', () => {
  it("has its photo's restoration in the workflow, and keeps it for later", async () => {
    const { library, server } = givenLibrary('a');
    library.restore('a', { levels: 0.4 });
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(server.submissions[0]?.prompt['2']?.inputs).toMatchObject({ levels: 0.4 });
    expect(server.submissions[0]?.extra_data.restoration).toEqual({ ...USUAL_RESTORATION, levels: 0.4 });
  });

  it('says nothing of it where it is as usual', async () => {
    const { library, server } = givenLibrary('a');
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(Object.keys(server.submissions[0]?.prompt['2']?.inputs ?? {})).toEqual([
      'image',
      'model_input_size',
      'checkpoint',
    ]);
    expect(server.submissions[0]?.extra_data).not.toHaveProperty('restoration');
  });

  it('brings its photo back from the history with the restoration that it had', () => {
    const { library } = givenLibrary('b');
    library.restore('b', { contrast: 1 });
    library.show('old', historyEntry('old', 'completed', { name: 'a', restoration: { dust: 0.3, defects: 'm.png' } }));
    expect(library.restorationOf('a')).toEqual({ ...USUAL_RESTORATION, dust: 0.3, defects: 'm.png' });
  });

  it('that was queued before anything could be restored brings its photo back as usual', async () => {
    const { library, server } = givenLibrary('b');
    library.restore('b', { contrast: 1 });
    server.pending = [queueEntry('old', { name: 'a' })];
    await library.catchUp();
    expect(library.restorationOf('a')).toEqual(USUAL_RESTORATION);
  });

  it('of the history leaves what is chosen for a photo that is in the window', () => {
    const { library } = givenLibrary('a');
    library.restore('a', { levels: 0.9 });
    library.show('old', historyEntry('old', 'completed', { name: 'a', restoration: { levels: 0.1 } }));
    expect(library.restorationOf('a').levels).toBe(0.9);
  });
});
