// The photo before and after, while its restoration is being chosen.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { givenApp, givenDone, photoIn } from '../../../tests/given';
import type { App } from '../../lib/app.svelte';
import Viewer from './Viewer.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show(app: App) {
  const look = (name: string) => {
    const photo = photoIn(app.library, name);
    return { photo, job: app.library.jobOf(photo) };
  };
  const { rerender } = render(Viewer, { app, ...look('a') });
  flushSync();
  return async (name: string) => {
    app.library.selected = name;
    await rerender(look(name));
  };
}

function given(names = ['a']) {
  const all = givenApp(names);
  all.app.isRestoreOpen = true;
  return { ...all, look: show(all.app) };
}

async function givenResult() {
  const all = givenApp(['a']);
  await givenDone(all.app.library, 'a');
  all.app.isRestoreOpen = true;
  return { ...all, look: show(all.app) };
}

async function settle() {
  await vi.advanceTimersByTimeAsync(250);
  flushSync();
}

const before = () => screen.getByRole<HTMLImageElement>('img', { name: 'Before: a' });
const query = (image: HTMLImageElement) => Object.fromEntries(new URL(image.src).searchParams);
const mode = () => ['Divider', 'Side by side', 'After only'].find((name) => button(name).getAttribute('aria-pressed') === 'true');
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const tag = () => document.querySelector('.previewing')?.textContent?.trim();

describe('The preview of a restoration', () => {
  it('is asked for once the sliders rest, not at every step of them', async () => {
    const { app } = given();
    app.library.restore('a', { levels: 0.2 });
    await vi.advanceTimersByTimeAsync(200);
    app.library.restore('a', { levels: 0.4 });
    await vi.advanceTimersByTimeAsync(200);
    flushSync();
    expect(query(before())).not.toHaveProperty('levels');
    await settle();
    expect(query(before())).toMatchObject({ levels: '0.4', type: 'input', filename: 'a' });
  });

  it('says that it is being made until it is there', async () => {
    const { app } = given();
    app.library.restore('a', { dust: 0.5 });
    await settle();
    expect(tag()).toBe('Restoring…');
    await fireEvent.load(before());
    expect(tag()).toBe('Before, restored');
  });

  it('is left by the button in it, at once', async () => {
    const { app } = given();
    app.library.restore('a', { levels: 0.4 });
    await settle();
    await fireEvent.click(button('Show the photo as it was'));
    expect(app.isPreviewShown).toBe(false);
    expect(query(before())).not.toHaveProperty('levels');
    expect(tag()).toBeUndefined();
  });

  it('ends with the panel', async () => {
    const { app } = given();
    app.library.restore('a', { levels: 0.4 });
    await settle();
    app.isRestoreOpen = false;
    flushSync();
    expect(query(before())).not.toHaveProperty('levels');
  });

  it('gives way to the photo as it is while one holds to compare', async () => {
    const { app } = given();
    app.library.restore('a', { levels: 0.4 });
    await settle();
    await fireEvent.keyDown(document.body, { key: 'b' });
    expect(query(before())).not.toHaveProperty('levels');
    await fireEvent.keyUp(document.body, { key: 'b' });
    expect(query(before())).toHaveProperty('levels');
  });

  it('is never of another photo', async () => {
    const { app, look } = given(['a', 'b']);
    app.library.restore('b', { dust: 0.5, defects: 'of-b.png' });
    app.library.restore('a', { dust: 0.5, defects: 'of-a.png' });
    await settle();
    await look('b');
    const image = screen.getByRole<HTMLImageElement>('img', { name: 'Before: b' });
    expect(query(image)).not.toHaveProperty('defects');
    await settle();
    expect(query(image)).toMatchObject({ filename: 'b', defects: 'of-b.png' });
  });

  it('that cannot be made leaves the photo as it is, and says so', async () => {
    const { app } = given();
    app.library.restore('a', { levels: 0.4 });
    await settle();
    await fireEvent.error(before());
    expect(query(before())).not.toHaveProperty('levels');
    expect(tag()).toBe('This restoration cannot be shown');
    expect(screen.queryByText('This photo cannot be shown')).toBeNull();
    // Another one may be.
    app.library.restore('a', { levels: 0.5 });
    await settle();
    expect(query(before())).toMatchObject({ levels: '0.5' });
  });

  it('stands beside the result, also where only that was shown', async () => {
    const { app } = await givenResult();
    await fireEvent.click(button('After only'));
    expect(screen.queryByRole('img', { name: 'Before: a' })).toBeNull();
    app.isPreviewShown = true;
    app.library.restore('a', { contrast: 0.4 });
    await settle();
    expect(mode()).toBe('Divider');
    expect(query(before())).toMatchObject({ contrast: '0.4' });
    await fireEvent.click(button('After only'));
    expect(mode()).toBe('After only');
    expect(app.isPreviewShown).toBe(false);
  });
});

describe('A photo that cannot be shown', () => {
  it('is said to be so where it has no result', async () => {
    given();
    await fireEvent.error(before());
    expect(screen.getByText('This photo cannot be shown')).toBeTruthy();
  });

  it('leaves its result to be seen', async () => {
    await givenResult();
    await fireEvent.error(before());
    expect(screen.queryByText('This photo cannot be shown')).toBeNull();
    expect(screen.getByRole('img', { name: 'After: a' })).toBeTruthy();
  });
});
