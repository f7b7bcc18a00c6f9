// The whole window: its pages, its keys, and what lies over it.

import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { progress, stopped } from '../../tests/examples';
import { givenApp, givenDone, givenRunning, jobIn } from '../../tests/given';
import Window from './Window.svelte';

afterEach(() => vi.unstubAllGlobals());

function givenWindow(...names: string[]) {
  const given = givenApp(names);
  render(Window, { app: given.app });
  return given;
}

const key = (name: string, how: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.body, { key: name, ...how });
const CTRL = { ctrlKey: true };

describe('The window', () => {
  it('welcomes while it is empty, and shows the list once there is a photo', async () => {
    const { app } = givenWindow();
    expect(screen.getByRole('heading', { name: 'Drop old photos here' })).toBeTruthy();
    app.library.add({ name: 'a', title: 'a', source: '', width: 1, height: 1, bytes: 1, pages: 1 });
    flushSync();
    expect(screen.queryByRole('heading', { name: 'Drop old photos here' })).toBeNull();
    expect(screen.getByRole('complementary', { name: 'Photos in this window' })).toBeTruthy();
  });

  it('goes to each of its pages by the buttons at the top', async () => {
    const { app } = givenWindow();
    const pages = within(screen.getByRole('navigation')).getAllByRole('button');
    expect(pages.map((button) => button.textContent?.trim())).toEqual([
      'Photos',
      'History',
      'Models',
      'Log',
      'Settings',
    ]);
    await fireEvent.click(screen.getByRole('button', { name: 'Models' }));
    expect(app.page).toBe('models');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Models');
    expect(screen.getByRole('button', { name: 'Models' }).getAttribute('aria-current')).toBe('page');
  });

  it('says that it is paused, and that it has lost the server, but not that it is starting', async () => {
    const { app } = givenWindow();
    expect(screen.queryByText('Reconnecting…')).toBeNull();
    await app.library.catchUp();
    await app.library.pause(true);
    flushSync();
    expect(screen.getByText('Paused')).toBeTruthy();
    app.library.isConnected = false;
    flushSync();
    expect(screen.getByText('Reconnecting…')).toBeTruthy();
  });

  it('shows on the taskbar how far the batch is, and nothing when it is over', async () => {
    const { app, shell } = givenWindow('a');
    const { id } = await givenRunning(app.library, 'a', 0.4);
    flushSync();
    expect(shell.showProgress).toHaveBeenLastCalledWith(0.4);
    app.library.hear(stopped(id, 'completed'));
    flushSync();
    expect(shell.showProgress).toHaveBeenLastCalledWith(null);
  });

  it('tells a screen reader of every quarter of the batch, not of every percent', async () => {
    const { app } = givenWindow('a');
    const { id } = await givenRunning(app.library, 'a', 0.01);
    const told = new Set<string | undefined>();
    for (let done = 1; done < 100; done += 1) {
      app.library.hear(progress(id, done / 100));
      flushSync();
      told.add(document.querySelector('p[aria-live=polite].unseen')?.textContent ?? undefined);
    }
    expect([...told]).toEqual(['0 %', '25 %', '50 %', '75 %']);
  });

  it('shows where photos may be dropped while they are over it', () => {
    const { app } = givenWindow('a');
    expect(screen.queryByText('Let go to add them')).toBeNull();
    app.isDropping = true;
    flushSync();
    expect(screen.getByText('Let go to add them')).toBeTruthy();
  });
});

describe('The keys of the window', () => {
  it('open photos and color what is there', async () => {
    const { server, shell } = givenWindow('a', 'b');
    await key('o', CTRL);
    expect(shell.pickPhotos).toHaveBeenCalledOnce();
    await key('Enter', CTRL);
    await vi.waitFor(() => expect(server.submissions).toHaveLength(2));
  });

  it('save and copy the result, once there is one', async () => {
    const { app, shell } = givenWindow('a');
    await key('s', CTRL);
    await key('c', CTRL);
    expect([shell.saveResult.mock.calls.length, shell.copyResult.mock.calls.length]).toEqual([0, 0]);
    await givenDone(app.library, 'a');
    await key('s', CTRL);
    await key('c', CTRL);
    expect([shell.saveResult.mock.calls.length, shell.copyResult.mock.calls.length]).toEqual([1, 1]);
  });

  it('move in the list, and stop at its ends', async () => {
    const { app } = givenWindow('a', 'b');
    const moved: (string | undefined)[] = [];
    for (const name of ['ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowUp']) {
      await key(name);
      moved.push(app.library.selected);
    }
    expect(moved).toEqual(['a', 'b', 'b', 'a']);
  });

  it('show the list of keys and take it away again', async () => {
    givenWindow();
    await key('F1');
    expect(screen.getByRole('dialog').textContent).toContain('Keyboard shortcuts');
    await key('Escape');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('cancel the photo that is looked at, where nothing lies over the window', async () => {
    const { app, server } = givenWindow('a');
    await givenRunning(app.library, 'a', 0.4);
    app.isHelpShown = true;
    await key('Escape');
    expect(server.asked('/interrupt')).toEqual([]);
    await key('Escape');
    await vi.waitFor(() => expect(server.asked('/interrupt')).toHaveLength(1));
    expect(server.asked('/interrupt')[0]?.body).toEqual({ prompt_id: jobIn(app.library, 'a').id });
  });

  it('do nothing to the photos while a question is to be answered', async () => {
    const { app, server, shell } = givenWindow('a');
    void app.ask({ title: 'Sure?', text: '', yes: 'Yes', no: 'No' });
    flushSync();
    await key('Enter', CTRL);
    await key('o', CTRL);
    expect(server.submissions).toEqual([]);
    expect(shell.pickPhotos).not.toHaveBeenCalled();
  });
});

describe('A message over the window', () => {
  it('can be closed, and has a button where it offers something', async () => {
    const { app } = givenWindow();
    const undo = vi.fn();
    app.say('Removed', 'error', { label: 'Undo', run: undo });
    app.say('It failed', 'error');
    flushSync();
    await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.queryByText('Removed')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByText('It failed')).toBeNull();
  });
});
