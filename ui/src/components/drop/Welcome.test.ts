// The empty window: every way to begin is there and works.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { photo } from '../../../tests/examples';
import { givenApp } from '../../../tests/given';
import { words } from '../../lib/i18n/words.svelte';
import Welcome from './Welcome.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

describe('An empty window', () => {
  it('says what to do, and that nothing leaves the computer', () => {
    render(Welcome, { app: givenApp().app });
    expect(screen.getByRole('heading').textContent).toBe('Drop old photos here');
    expect(screen.getByText(/Nothing is sent anywhere/)).toBeTruthy();
  });

  it('opens photos that are picked', async () => {
    const { app, shell } = givenApp();
    shell.pickPhotos.mockResolvedValue(['/photos/a']);
    render(Welcome, { app });
    await press('Open photos…');
    await vi.waitFor(() => expect(shell.addFiles.mock.calls[0]?.[0]).toEqual(['/photos/a']));
  });

  it('opens a folder that is picked', async () => {
    const { app, shell } = givenApp();
    shell.pickFolder.mockResolvedValue('/photos');
    render(Welcome, { app });
    await press('Open a folder…');
    await vi.waitFor(() => expect(shell.addFiles.mock.calls[0]?.[0]).toEqual(['/photos']));
  });

  it('has a sample photo to try', async () => {
    const { app, shell } = givenApp();
    shell.arrivals = [{ kind: 'added', ...photo('sample.jpg') }];
    render(Welcome, { app });
    await press('Try a sample photo');
    await vi.waitFor(() => expect(app.library.current?.title).toBe('sample.jpg'));
  });

  it('leads to where better models are to be had', async () => {
    const { app } = givenApp();
    render(Welcome, { app });
    await press('get one of them');
    expect(app.page).toBe('models');
  });

  it('speaks Chinese where that is the language', () => {
    render(Welcome, { app: givenApp([], { system_language: 'zh-CN' }).app });
    expect(screen.getByRole('heading').textContent).toBe('把老照片拖到这里');
  });
});
