// A mask while it is edited: found, drawn on, taken back, and made the photo's own.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeCanvas, picture, rowsOf } from '../../../tests/fakeCanvas';
import { givenLibrary, photoIn } from '../../../tests/given';
import { SESSION } from '../../../tests/examples';
import { Server } from '../backend/server';
import { USUAL_RESTORATION } from '../photos/restoration';
import { DEFECT, type Rect } from './bitmap';
import { MaskEditing } from './editing.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const FOUND = picture('#....', '.....', '.....');

function given() {
  new FakeCanvas().install();
  const { library, server } = givenLibrary('oma.jpg');
  server.defects = FOUND;
  const open = () => {
    const editing = new MaskEditing(new Server(SESSION), library, photoIn(library, 'oma.jpg'));
    editing.size = 1;
    return editing;
  };
  return { library, server, open };
}

async function givenFound() {
  const all = given();
  const editing = all.open();
  await editing.begin();
  return { ...all, editing };
}

function textOf(editing: MaskEditing): string {
  const { bytes = [], width = 1 } = editing.mask ?? {};
  return rowsOf(Array.from(bytes, (byte) => (byte === DEFECT ? '#' : '.')).join(''), width);
}

function stroke(editing: MaskEditing, ...points: [number, number][]) {
  for (const [x, y] of points) editing.draw({ x, y });
  editing.lift();
}

describe('A mask that is opened', () => {
  it('is what is found on the photo, at the sensitivity that was chosen', async () => {
    const { library, server, open } = given();
    library.restore('oma.jpg', { dust: 0.8 });
    const editing = open();
    const opening = editing.begin();
    expect(editing.busy).toBe('finding');
    await opening;
    expect(editing.busy).toBeUndefined();
    expect(textOf(editing)).toBe('#....\n.....\n.....');
    expect(server.asked('/defects').map(({ query }) => query)).toEqual([
      { filename: 'oma.jpg', subfolder: '', type: 'input', sensitivity: '0.8' },
    ]);
    expect([editing.canUndo, editing.canRedo]).toEqual([false, false]);
  });

  it('is the one that was drawn before, where there is one', async () => {
    const { library, server, open } = given();
    server.inputs['mine.png'] = picture('.....', '..#..', '.....');
    library.restore('oma.jpg', { dust: 0.5, defects: 'mine.png' });
    const editing = open();
    await editing.begin();
    expect(textOf(editing)).toBe('.....\n..#..\n.....');
    expect(server.asked('/defects')).toEqual([]);
  });

  it('is empty where nothing came, with the reason, so that all can be marked by hand', async () => {
    const { server, open } = given();
    server.defects = undefined;
    const editing = open();
    await editing.begin();
    expect(editing.error?.code).toBe('INTERNAL');
    expect([editing.mask?.width, editing.mask?.height]).toEqual([1200, 800]);
    expect(editing.mask?.bytes.some((byte) => byte > 0)).toBe(false);
  });
});

describe('Drawing on a mask', () => {
  it('marks with the brush and erases with the eraser', async () => {
    const { editing } = await givenFound();
    stroke(editing, [1.5, 1.5], [3.5, 1.5]);
    expect(textOf(editing)).toBe('#....\n.###.\n.....');
    editing.tool = 'eraser';
    stroke(editing, [0.5, 0.5], [2.5, 1.5]);
    expect(textOf(editing)).toBe('.....\n...#.\n.....');
  });

  it('tells of what has changed, and of nothing else', async () => {
    const { editing } = await givenFound();
    const told: Rect[] = [];
    editing.redrawn = (area) => told.push(area);
    stroke(editing, [4.5, 2.5]);
    expect(told).toEqual([{ x: 3, y: 1, width: 2, height: 2 }]);
  });

  it('does nothing while there is no mask yet', async () => {
    const editing = given().open();
    stroke(editing, [1.5, 1.5]);
    expect([editing.mask, editing.canUndo]).toEqual([undefined, false]);
  });

  it('is taken back and repeated, a stroke at a time', async () => {
    const { editing } = await givenFound();
    stroke(editing, [0.5, 1.5], [2.5, 1.5], [4.5, 1.5]);
    stroke(editing, [0.5, 2.5]);
    editing.undo();
    expect(textOf(editing)).toBe('#....\n#####\n.....');
    editing.undo();
    expect([textOf(editing), editing.canUndo]).toEqual(['#....\n.....\n.....', false]);
    editing.redo();
    editing.redo();
    expect([textOf(editing), editing.canRedo]).toEqual(['#....\n#####\n#....', false]);
  });

  it('ends the stroke that is being drawn before it takes it back', async () => {
    const { editing } = await givenFound();
    editing.draw({ x: 2.5, y: 1.5 });
    editing.undo();
    expect(textOf(editing)).toBe('#....\n.....\n.....');
    editing.draw({ x: 4.5, y: 2.5 });
    // A new stroke, not the end of the one before.
    expect(textOf(editing)).toBe('#....\n.....\n....#');
  });
});

describe('The size of the brush', () => {
  it('goes up and down in steps that are seen, and ends at one pixel and at the largest', () => {
    const editing = given().open();
    const sizes: number[] = [];
    for (let at = 0; at < 4; at += 1) {
      editing.larger();
      sizes.push(editing.size);
    }
    expect(sizes).toEqual([2, 3, 4, 5]);
    for (let at = 0; at < 60; at += 1) editing.larger();
    expect(editing.size).toBe(400);
    for (let at = 0; at < 60; at += 1) editing.smaller();
    expect(editing.size).toBe(1);
  });

  it('stays where what is asked for is no number', () => {
    const editing = given().open();
    editing.useSize(Number.NaN);
    expect(editing.size).toBe(1);
  });
});

describe('Finding again', () => {
  it('replaces what is marked, at the new sensitivity, and can be taken back', async () => {
    const { editing, server } = await givenFound();
    stroke(editing, [2.5, 1.5]);
    server.defects = picture('....#', '....#', '....#');
    editing.sensitivity = 0.9;
    await editing.findAgain();
    expect(textOf(editing)).toBe('....#\n....#\n....#');
    expect(server.asked('/defects').at(-1)?.query['sensitivity']).toBe('0.9');
    editing.undo();
    expect(textOf(editing)).toBe('#....\n..#..\n.....');
  });

  it('that fails says why, and leaves what is marked', async () => {
    const { editing, server } = await givenFound();
    server.defects = undefined;
    await editing.findAgain();
    expect(editing.error?.code).toBe('INTERNAL');
    expect(textOf(editing)).toBe('#....\n.....\n.....');
    server.defects = FOUND;
    await editing.findAgain();
    expect(editing.error).toBeUndefined();
  });

  it('is not drawn into while it lasts', async () => {
    const { editing } = await givenFound();
    const finding = editing.findAgain();
    stroke(editing, [2.5, 1.5]);
    await finding;
    expect(textOf(editing)).toBe('#....\n.....\n.....');
  });
});

describe('A mask that is used', () => {
  it("is kept as a picture of the photo's size, and is the photo's from then on", async () => {
    const { editing, library, server } = await givenFound();
    editing.sensitivity = 0.3;
    stroke(editing, [2.5, 1.5]);
    expect(await editing.use()).toBe(true);
    expect(library.restorationOf('oma.jpg')).toEqual({ ...USUAL_RESTORATION, dust: 0.3, defects: 'oma-marks.png' });
    const kept = await server.inputs['oma-marks.png']?.arrayBuffer();
    const view = new DataView(kept ?? new ArrayBuffer(32));
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([5, 3]);
  });

  it('leaves the photo as it was where it could not be kept, and says why', async () => {
    const { editing, library, server } = await givenFound();
    server.beforeUploaded = () => Promise.reject(new Error('gone'));
    expect(await editing.use()).toBe(false);
    expect(editing.error?.message).toContain('gone');
    expect(library.restorationOf('oma.jpg')).toEqual(USUAL_RESTORATION);
  });

  it('changes nothing any more once it was closed', async () => {
    const { editing, library, server } = await givenFound();
    server.beforeUploaded = async () => editing.close();
    await editing.use();
    expect(library.restorationOf('oma.jpg')).toEqual(USUAL_RESTORATION);
  });
});
