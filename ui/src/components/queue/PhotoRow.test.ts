// One photo of the list: its bar shows what the server said, and nothing else.

import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, progress, queued, stopped } from '../../../tests/examples';
import { givenApp, givenDone, givenRunning, jobIn, photoIn } from '../../../tests/given';
import PhotoList from './PhotoList.svelte';

afterEach(() => vi.unstubAllGlobals());

/** A window with photos, and its list. */
function givenList(...names: string[]) {
  const given = givenApp(names);
  render(PhotoList, { app: given.app });
  return given;
}

function row(title: string): HTMLElement {
  const item = screen.getAllByRole('listitem').find((each) => each.textContent?.includes(title));
  if (!item) throw new Error(`no row of ${title}`);
  return item;
}

const bar = () => screen.queryByRole('progressbar');

describe('A photo in the list', () => {
  it('is ready at first, without a bar', () => {
    givenList('oma.jpg');
    expect(row('oma.jpg').textContent).toContain('Ready');
    expect(bar()).toBeNull();
  });

  it('shows its place while it waits, with an empty bar', async () => {
    const { app } = givenList('oma.jpg');
    const id = await app.library.colorize(photoIn(app.library, 'oma.jpg'), 512, 'starter');
    app.library.hear(queued(id ?? '', 3));
    flushSync();
    expect(row('oma.jpg').textContent).toContain('Waiting, number 3');
    expect(bar()?.getAttribute('aria-valuenow')).toBe('0');
  });

  it('has a bar at exactly the share that the server said, message by message', async () => {
    const { app } = givenList('oma.jpg');
    const { id } = await givenRunning(app.library, 'oma.jpg', 0.1);
    for (const share of [0.1, 0.425, 0.43, 0.97]) {
      app.library.hear(progress(id, share));
      flushSync();
      expect(bar()?.getAttribute('aria-valuenow')).toBe(String(Math.round(share * 100)));
      expect(bar()?.firstElementChild?.getAttribute('style')).toContain(`scaleX(${share})`);
    }
  });

  it('does not move its bar by itself while the server says nothing', async () => {
    vi.useFakeTimers();
    const { app } = givenList('oma.jpg');
    await givenRunning(app.library, 'oma.jpg', 0.4);
    flushSync();
    await vi.advanceTimersByTimeAsync(60_000);
    flushSync();
    expect(bar()?.getAttribute('aria-valuenow')).toBe('40');
    vi.useRealTimers();
  });

  it('has a bar with a name, a range and words for who does not see it', async () => {
    const { app } = givenList('oma.jpg');
    const { id } = await givenRunning(app.library, 'oma.jpg', 0.4);
    app.library.hear(progress(id, 0.95, 'save'));
    flushSync();
    expect(bar()?.getAttribute('aria-label')).toBe('Progress of oma.jpg');
    expect(bar()?.getAttribute('aria-valuemin')).toBe('0');
    expect(bar()?.getAttribute('aria-valuemax')).toBe('100');
    expect(bar()?.getAttribute('aria-valuetext')).toBe('Saving');
  });

  it('is saved when it is done, with the time it took and the result as its picture', async () => {
    const { app } = givenList('oma.jpg');
    const { id } = await givenDone(app.library, 'oma.jpg');
    flushSync();
    expect(row('oma.jpg').textContent).toContain('Saved');
    expect(row('oma.jpg').textContent).toContain('took 5.0 s');
    expect(row('oma.jpg').querySelector('img')?.src).toContain(`filename=${id}.png`);
    expect(bar()).toBeNull();
  });

  it.each([
    ['failed', 'Failed'],
    ['cancelled', 'Cancelled'],
  ] as const)('says that it has %s', async (outcome, words) => {
    const { app } = givenList('oma.jpg');
    const { id } = await givenRunning(app.library, 'oma.jpg', 0.4);
    app.library.hear(stopped(id, outcome));
    flushSync();
    expect(row('oma.jpg').textContent).toContain(words);
    expect(bar()).toBeNull();
  });

  it('has failed too where the server did not take it', () => {
    const { app } = givenList('oma.jpg');
    app.library.troubles.set('oma.jpg', errorBody('MODEL_MISSING'));
    flushSync();
    expect(row('oma.jpg').textContent).toContain('Failed');
  });

  it('is looked at when it is pressed', async () => {
    const { app } = givenList('oma.jpg', 'opa.jpg');
    const [pick] = within(row('opa.jpg')).getAllByRole('button');
    await fireEvent.click(pick ?? document.body);
    expect(app.library.selected).toBe('opa.jpg');
    expect(pick?.getAttribute('aria-current')).toBe('true');
  });

  it('can be cancelled while it is colored, and taken out otherwise', async () => {
    const { app, server } = givenList('oma.jpg');
    await givenRunning(app.library, 'oma.jpg', 0.4);
    flushSync();
    expect(screen.queryByRole('button', { name: 'Take out of the list: oma.jpg' })).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel this photo: oma.jpg' }));
    await vi.waitFor(() => expect(server.asked('/interrupt')).toHaveLength(1));
    app.library.hear(stopped(jobIn(app.library, 'oma.jpg').id, 'cancelled'));
    flushSync();
    await fireEvent.click(screen.getByRole('button', { name: 'Take out of the list: oma.jpg' }));
    expect(screen.queryAllByRole('listitem')).toEqual([]);
  });
});
