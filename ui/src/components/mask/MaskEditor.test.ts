// The editor of a mask: pointer, keys, and the ways out of it.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeCanvas, picture } from '../../../tests/fakeCanvas';
import { givenApp, givenDone } from '../../../tests/given';
import { USUAL_RESTORATION } from '../../lib/photos/restoration';
import Window from '../Window.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const EMPTY = ['.........', '.........', '.........', '.........', '.........'];

async function givenEditor() {
  const canvas = new FakeCanvas().install();
  const given = givenApp(['oma.jpg', 'opa.jpg']);
  given.server.defects = picture('#........', ...EMPTY.slice(1));
  render(Window, { app: given.app });
  given.app.masked = 'oma.jpg';
  flushSync();
  await vi.waitFor(() => expect(canvas.puts).not.toEqual([]));
  await vi.waitFor(() => expect(screen.queryByText('Looking for dust and scratches…')).toBeNull());
  // The smallest brush, so that a dab is a pixel or two.
  await fireEvent.input(screen.getByRole('slider', { name: 'Brush size' }), { target: { value: '1' } });
  return { ...given, canvas };
}

const stage = () => screen.getByRole('application');
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const key = (name: string, how: KeyboardEventInit = {}) => fireEvent.keyDown(stage(), { key: name, ...how });
const checked = () =>
  screen.getAllByRole('radio').filter((each) => each.closest('[role=toolbar]') && each.getAttribute('aria-checked') === 'true');
const tool = () => checked().map((each) => each.textContent?.trim());

/** Presses at the middle of the photo, and lets go. */
async function press(how: PointerEventInit = {}) {
  stage().setPointerCapture = () => undefined;
  // The stage of the tests is a single pixel of the screen.
  await fireEvent.pointerDown(stage(), { button: 0, pointerId: 1, clientX: 0.5, clientY: 0.5, ...how });
  await fireEvent.pointerUp(stage(), { button: 0, pointerId: 1 });
  flushSync();
}

describe('The editor of a mask', () => {
  it('shows what was found over the photo', async () => {
    const { canvas } = await givenEditor();
    expect(screen.getByRole('dialog').textContent).toContain('Dust and scratches: oma.jpg');
    expect(canvas.puts[0]).toMatchObject({ x: 0, y: 0, width: 9, height: 5 });
    expect(canvas.last).toBe(['#........', ...EMPTY.slice(1)].join('\n'));
    expect(screen.getByRole('img', { name: 'oma.jpg' })).toBeTruthy();
  });

  it('marks under the pointer, and draws only what has changed', async () => {
    const { canvas } = await givenEditor();
    const before = canvas.puts.length;
    await press();
    expect(canvas.puts.length).toBe(before + 1);
    expect(canvas.last).toContain('#');
    expect(canvas.puts.at(-1)?.width).toBeLessThan(9);
  });

  it('moves the photo, and marks nothing, with Alt or the middle button', async () => {
    const { canvas } = await givenEditor();
    const before = canvas.puts.length;
    await press({ altKey: true });
    await press({ button: 1 });
    await press({ button: 2 });
    expect(canvas.puts.length).toBe(before);
    expect(button('Undo').disabled).toBe(true);
  });

  it('takes back and repeats, by button and by key', async () => {
    await givenEditor();
    await press();
    expect([button('Undo').disabled, button('Redo').disabled]).toEqual([false, true]);
    await fireEvent.click(button('Undo'));
    expect([button('Undo').disabled, button('Redo').disabled]).toEqual([true, false]);
    await key('Z', { ctrlKey: true, shiftKey: true });
    expect(button('Undo').disabled).toBe(false);
    await key('z', { ctrlKey: true });
    expect(button('Undo').disabled).toBe(true);
    await key('y', { ctrlKey: true });
    expect(button('Undo').disabled).toBe(false);
  });

  it('changes the tool and its size by key', async () => {
    await givenEditor();
    expect(tool()).toEqual(['Mark']);
    await key('e');
    expect(tool()).toEqual(['Erase']);
    await key('B');
    expect(tool()).toEqual(['Mark']);
    await key(']');
    await key(']');
    await key('[');
    expect(screen.getByText('2 px')).toBeTruthy();
  });

  it('can be drawn in without a pointer', async () => {
    const { canvas } = await givenEditor();
    const before = canvas.puts.length;
    await key(' ');
    // The brush is nowhere yet.
    expect(canvas.puts.length).toBe(before);
    await key('ArrowRight', { shiftKey: true });
    await key(' ');
    expect(canvas.puts.length).toBe(before + 1);
    expect(button('Undo').disabled).toBe(false);
  });

  it('leaves the space bar to a button that has the focus', async () => {
    const { canvas } = await givenEditor();
    await key('ArrowRight');
    const before = canvas.puts.length;
    await fireEvent.keyDown(button('Find again'), { key: ' ' });
    expect(canvas.puts.length).toBe(before);
  });

  it('can show the photo without its marks', async () => {
    await givenEditor();
    const overlay = document.querySelector('canvas');
    expect(overlay?.classList.contains('hidden')).toBe(false);
    await fireEvent.click(button('Show the marks'));
    expect(overlay?.classList.contains('hidden')).toBe(true);
    expect(button('Show the marks').getAttribute('aria-pressed')).toBe('false');
  });

  it('finds again at another sensitivity', async () => {
    const { canvas, server } = await givenEditor();
    server.defects = picture(...EMPTY.slice(1), '########.');
    await fireEvent.input(screen.getByRole('slider', { name: 'Sensitivity' }), { target: { value: '0.9' } });
    await fireEvent.click(button('Find again'));
    await vi.waitFor(() => expect(canvas.last).toBe([...EMPTY.slice(1), '########.'].join('\n')));
    expect(server.asked('/defects').at(-1)?.query['sensitivity']).toBe('0.9');
  });

  it('says why nothing was found, inside itself', async () => {
    const { server } = await givenEditor();
    server.defects = undefined;
    await fireEvent.click(button('Find again'));
    expect((await screen.findByRole('alert')).textContent).toContain('did not answer');
  });
});

describe('The keys of the editor', () => {
  it('are not heard by the window under it', async () => {
    const { app, server } = await givenEditor();
    const { id } = await givenDone(app.library, 'oma.jpg');
    app.library.adjust(id, { strength: 0.5, warmth: 0, taming: 0 });
    flushSync();
    const submitted = server.submissions.length;
    for (const name of ['ArrowDown', 'Enter', 'z', 'o', 's']) await key(name, { ctrlKey: name !== 'ArrowDown' });
    expect(app.library.selected).toBe('oma.jpg');
    expect(server.submissions.length).toBe(submitted);
    expect(app.library.jobs.get(id)?.adjustment.strength).toBe(0.5);
  });
});

describe('The way out of the editor', () => {
  it("with the marks makes them the photo's own", async () => {
    const { app } = await givenEditor();
    await press();
    await fireEvent.click(button('Use these marks'));
    await vi.waitFor(() => expect(app.masked).toBeUndefined());
    expect(app.library.restorationOf('oma.jpg')).toEqual({
      ...USUAL_RESTORATION,
      dust: 0.5,
      defects: 'oma-marks.png',
    });
  });

  it('stays where the marks could not be kept', async () => {
    const { app, server } = await givenEditor();
    server.beforeUploaded = () => Promise.reject(new Error('gone'));
    await fireEvent.click(button('Use these marks'));
    expect((await screen.findByRole('alert')).textContent).toContain('gone');
    expect(app.masked).toBe('oma.jpg');
  });

  it('without them changes nothing', async () => {
    const { app, server } = await givenEditor();
    await fireEvent.click(button('Cancel'));
    await vi.waitFor(() => expect(app.masked).toBeUndefined());
    expect(app.library.restorationOf('oma.jpg')).toEqual(USUAL_RESTORATION);
    expect(server.asked('/upload/image')).toEqual([]);
  });

  it('asks before it throws away what was drawn', async () => {
    const { app } = await givenEditor();
    await press();
    await fireEvent.click(button('Cancel'));
    await fireEvent.click(button('Go on marking'));
    expect(app.masked).toBe('oma.jpg');
    await fireEvent.click(button('Cancel'));
    await fireEvent.click(button('Discard'));
    await vi.waitFor(() => expect(app.masked).toBeUndefined());
    expect(app.library.restorationOf('oma.jpg')).toEqual(USUAL_RESTORATION);
  });
});
