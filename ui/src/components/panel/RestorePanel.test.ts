// What is repaired of a photo: quiet at first, and each choice with what comes of it.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenApp, givenDone, photoIn, said } from '../../../tests/given';
import { words } from '../../lib/i18n/words.svelte';
import { type Restoration, USUAL_RESTORATION } from '../../lib/photos/restoration';
import RestorePanel from './RestorePanel.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

function given(names = ['a'], changes: Partial<Restoration> = {}) {
  const all = givenApp(names);
  const { library } = all.app;
  library.restore('a', changes);
  const photo = photoIn(library, 'a');
  render(RestorePanel, { app: all.app, photo, job: library.jobOf(photo) });
  return { ...all, restoration: () => library.restorationOf('a') };
}

function givenOpen(names = ['a'], changes: Partial<Restoration> = {}) {
  const all = given(names, changes);
  all.app.isRestoreOpen = true;
  flushSync();
  return all;
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const checkbox = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name });
const boxes = () => screen.getAllByRole<HTMLInputElement>('checkbox').map((box) => box.checked);

describe('The panel for restoring', () => {
  it('is closed at first, and opens and closes by its heading', async () => {
    const { app } = given();
    expect(button('Restore').getAttribute('aria-expanded')).toBe('false');
    expect(screen.queryByRole('checkbox')).toBeNull();
    await fireEvent.click(button('Restore'));
    expect(button('Restore').getAttribute('aria-expanded')).toBe('true');
    expect(checkbox('Leave borders uncolored').checked).toBe(true);
    await fireEvent.click(button('Restore'));
    expect(app.isRestoreOpen).toBe(false);
  });

  it('says in few words what is on while it is closed, and nothing where nothing is', () => {
    const { app } = given();
    const head = () => screen.getByRole('heading').closest('.head')?.textContent?.trim();
    expect(head()).toBe('Restore');
    app.library.restore('a', { contrast: 0.2, dust: 0.5 });
    flushSync();
    expect(head()).toMatch(/Local contrast · Repair dust and scratches/);
    words.use('zh-CN');
    flushSync();
    expect(head()).toMatch(/局部对比度 · 修补灰尘和划痕/);
  });

  it('begins with what nearly all photos need: no color on borders, no sepia; all else off', () => {
    givenOpen();
    expect(boxes()).toEqual([true, true, false]);
    expect(screen.getAllByRole('slider').map((each) => (each as HTMLInputElement).value)).toEqual(['0', '0']);
    expect(button('Reset').disabled).toBe(true);
  });

  it.each([
    ['Leave borders uncolored', { borders: false }],
    ['See through sepia and yellowed paper', { neutral: false }],
  ])('has a switch: %s', async (name, change) => {
    const { restoration } = givenOpen();
    await fireEvent.click(checkbox(name));
    expect(restoration()).toEqual({ ...USUAL_RESTORATION, ...change });
  });

  it.each([
    ['Stretch the tones', { levels: 0.35 }],
    ['Local contrast', { contrast: 0.35 }],
  ])('has a slider: %s', async (name, change) => {
    const { restoration } = givenOpen();
    await fireEvent.input(screen.getByRole('slider', { name }), { target: { value: '0.35' } });
    expect(restoration()).toEqual({ ...USUAL_RESTORATION, ...change });
    expect(screen.getByText('35 %')).toBeTruthy();
  });

  it.each([
    ['What the network sees', 'fit', { geometry: 'fit' }],
    ['How colors are enlarged', 'nearest', { upsample: 'nearest' }],
    ['Colors that no screen can show', 'clip', { gamut: 'clip' }],
  ])('has, for whoever looks for it: %s', async (name, value, change) => {
    const { restoration } = givenOpen();
    await fireEvent.change(screen.getByLabelText(name), { target: { value } });
    expect(restoration()).toEqual({ ...USUAL_RESTORATION, ...change });
  });

  it('can be reset, where the marks that were drawn wait to be used again', async () => {
    const { restoration } = givenOpen(['a'], { levels: 1, borders: false, dust: 0.5, defects: 'mine.png' });
    await fireEvent.click(button('Reset'));
    expect(restoration()).toEqual({ ...USUAL_RESTORATION, defects: 'mine.png' });
    expect(button('Reset').disabled).toBe(true);
    await fireEvent.click(checkbox('Repair dust and scratches'));
    expect(screen.getByText('What you marked yourself is repaired.')).toBeTruthy();
  });
});

describe('Dust and scratches', () => {
  it('are left alone at first; switched on, they are found at a middle sensitivity', async () => {
    const { restoration } = givenOpen();
    expect(screen.queryByRole('slider', { name: 'Sensitivity' })).toBeNull();
    await fireEvent.click(checkbox('Repair dust and scratches'));
    expect(restoration().dust).toBe(0.5);
    await fireEvent.input(screen.getByRole('slider', { name: 'Sensitivity' }), { target: { value: '0.8' } });
    expect(restoration().dust).toBe(0.8);
    await fireEvent.click(checkbox('Repair dust and scratches'));
    expect(restoration().dust).toBe(0);
  });

  it('that were found can be looked at', async () => {
    const { app } = givenOpen(['a'], { dust: 0.5 });
    await fireEvent.click(button('Show what was found…'));
    expect(app.masked).toBe('a');
  });

  it('that were marked by hand have no sensitivity; the marks are changed, or given up', async () => {
    const { app, restoration } = givenOpen(['a'], { dust: 0.5, defects: 'mine.png' });
    expect(screen.queryByRole('slider', { name: 'Sensitivity' })).toBeNull();
    await fireEvent.click(button('Change the marks…'));
    expect(app.masked).toBe('a');
    await fireEvent.click(button('Find them by itself again'));
    expect(restoration()).toEqual({ ...USUAL_RESTORATION, dust: 0.5 });
    expect(screen.getByRole('slider', { name: 'Sensitivity' })).toBeTruthy();
  });
});

describe('The preview of a restoration', () => {
  it('is of what changes the gray, while the panel is open', () => {
    const { app } = given(['a'], { levels: 0.4, borders: false });
    expect(app.preview).toBeUndefined();
    app.isRestoreOpen = true;
    expect(app.preview).toEqual({ levels: 0.4 });
    app.library.restore('a', { levels: 0 });
    expect(app.preview).toBeUndefined();
  });

  it('is of the photo that is looked at', () => {
    const { app } = givenOpen(['a', 'b'], { levels: 0.4 });
    app.library.selected = 'b';
    expect(app.preview).toBeUndefined();
  });

  it('can be switched off and on', async () => {
    const { app } = givenOpen(['a'], { levels: 0.4 });
    await fireEvent.click(checkbox('Show it in the picture'));
    expect(app.preview).toBeUndefined();
    await fireEvent.click(checkbox('Show it in the picture'));
    expect(app.preview).toEqual({ levels: 0.4 });
  });

  it('has no switch where there is nothing to show', () => {
    givenOpen(['a'], { borders: false });
    expect(screen.queryByRole('checkbox', { name: 'Show it in the picture' })).toBeNull();
  });
});

describe('The same for all photos', () => {
  it('is offered where there are more than one, and can be taken back', async () => {
    const { app } = givenOpen(['a', 'b', 'c'], { levels: 0.4 });
    await fireEvent.click(button('Use for all 3 photos'));
    expect(['b', 'c'].map((name) => app.library.restorationOf(name).levels)).toEqual([0.4, 0.4]);
    expect(said(app)).toEqual(['All 3 photos are restored alike']);
    app.toasts[0]?.action?.run();
    expect(['b', 'c'].map((name) => app.library.restorationOf(name).levels)).toEqual([0, 0]);
  });

  it('is not offered for a single photo', () => {
    givenOpen(['a']);
    expect(screen.queryByRole('button', { name: /Use for all/ })).toBeNull();
  });
});

describe('A photo that has its colors', () => {
  it('says that they will be restored with the next coloring only', async () => {
    const all = givenApp(['a']);
    const job = await givenDone(all.app.library, 'a');
    all.app.isRestoreOpen = true;
    render(RestorePanel, { app: all.app, photo: photoIn(all.app.library, 'a'), job });
    expect(screen.getByText(/after the next coloring/)).toBeTruthy();
  });
});
