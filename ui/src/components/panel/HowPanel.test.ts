// How a photo is colored, and what is said of that beforehand.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forecast, WORKFLOW } from '../../../tests/examples';
import { givenApp, givenDone, givenRunning, photoIn } from '../../../tests/given';
import type { App } from '../../lib/app.svelte';
import HowPanel from './HowPanel.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show(app: App): void {
  const photo = photoIn(app.library, 'a');
  render(HowPanel, { app, photo, job: app.library.jobOf(photo) });
}

/** Lets the size settle, and its forecast come. */
async function settle() {
  await vi.advanceTimersByTimeAsync(150);
  flushSync();
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });

describe('The forecast', () => {
  it('says what the size takes on this computer, and that it fits', async () => {
    const { app } = givenApp(['a']);
    show(app);
    await settle();
    expect(screen.getByText(/Takes about 3 seconds and 400 MB of memory/)).toBeTruthy();
    expect(screen.getByText('Fits')).toBeTruthy();
  });

  it('is asked for once the slider rests, not at every step of it', async () => {
    const { app, shell } = givenApp(['a']);
    show(app);
    for (const size of [416, 448, 480]) {
      app.useSize(size);
      flushSync();
      await vi.advanceTimersByTimeAsync(149);
    }
    expect(shell.forecast).not.toHaveBeenCalled();
    await settle();
    expect(shell.forecast.mock.calls.map(([, , sizes]) => sizes)).toEqual([[480]]);
  });

  it('says how long all photos take where there are several', async () => {
    const { app } = givenApp(['a', 'b', 'c']);
    show(app);
    await settle();
    expect(screen.getByText('All 3 take about 9 seconds.')).toBeTruthy();
  });

  it.each([
    [640, 'The most is 640.'],
    [null, 'at any size'],
  ])('warns where the memory is too small, with the largest size that fits: %s', async (largest, words) => {
    const { app, shell } = givenApp(['a']);
    const sizes = [{ size: 384, milliseconds: 1, bytes: 1, fits: false }];
    shell.forecast.mockResolvedValue(forecast(384, { sizes, largest }));
    show(app);
    await settle();
    expect(screen.getByText(/Too large/).textContent).toContain(words);
    expect(screen.queryByText('Fits')).toBeNull();
  });
});

describe('The way of coloring', () => {
  it('is a scene, of which exactly one is chosen', async () => {
    const { app } = givenApp(['a']);
    show(app);
    const chosen = () => screen.getAllByRole('radio').map((each) => each.getAttribute('aria-checked'));
    expect(chosen()).toEqual(['true', 'false']);
    await fireEvent.click(screen.getByRole('radio', { name: 'Buildings' }));
    expect(chosen()).toEqual(['false', 'true']);
    expect(app.scene).toBe('buildings');
  });

  it('is a workflow where one was dropped, until that is put away', async () => {
    const { app } = givenApp(['a']);
    app.useWorkflow(WORKFLOW);
    show(app);
    expect(screen.getByText('Old portraits')).toBeTruthy();
    await fireEvent.click(button('Close'));
    expect(screen.queryByText('Old portraits')).toBeNull();
    expect(screen.getByText('Drop a ComfyUI workflow on the window to use it.')).toBeTruthy();
  });

  it('offers models only where there is a choice', async () => {
    const { app } = givenApp(['a']);
    show(app);
    expect(screen.queryByRole('combobox')).toBeNull();
    app.checkpoints = ['starter', 'published.pth'];
    flushSync();
    expect(screen.getAllByRole('option').map((each) => each.textContent)).toEqual([
      'Starter (comes with Tintype)',
      'published',
    ]);
    await fireEvent.change(screen.getByRole('combobox'), { target: { value: 'published.pth' } });
    expect(app.checkpoint).toBe('published.pth');
  });

  it('is advised on where the size is outside of what does well', () => {
    const { app } = givenApp(['a']);
    app.useCheckpoint('published.pth');
    show(app);
    expect(screen.queryByText(/than recommended/)).toBeNull();
    app.useSize(1024);
    flushSync();
    expect(screen.getByText(/Larger than recommended/)).toBeTruthy();
    app.useSize(256);
    flushSync();
    expect(screen.getByText(/Smaller than recommended/)).toBeTruthy();
  });
});

describe('The button', () => {
  it('colors all photos that have no result yet, and says how many', async () => {
    const { app, server } = givenApp(['a', 'b']);
    show(app);
    await fireEvent.click(button('Colorize 2 photos'));
    await vi.waitFor(() => expect(server.submissions).toHaveLength(2));
  });

  it('colors again where there is a result', async () => {
    const { app } = givenApp(['a']);
    await givenDone(app.library, 'a');
    show(app);
    expect(button('Colorize again').disabled).toBe(false);
  });

  it('waits while the photo is being colored', async () => {
    const { app } = givenApp(['a']);
    await givenRunning(app.library, 'a', 0.4);
    show(app);
    expect(button('Colorize again').disabled).toBe(true);
    expect(button('Compare sizes').disabled).toBe(true);
  });
});
