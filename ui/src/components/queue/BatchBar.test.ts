// The bar of the whole batch, with pausing and cancelling.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stopped } from '../../../tests/examples';
import { givenApp, givenRunning, jobIn, said } from '../../../tests/given';
import BatchBar from './BatchBar.svelte';

afterEach(() => vi.unstubAllGlobals());

async function givenBatch() {
  const given = givenApp(['a', 'b']);
  await givenRunning(given.app.library, 'a', 0.6);
  await givenRunning(given.app.library, 'b', 0.2);
  render(BatchBar, { app: given.app });
  return given;
}

const button = (name: string) => screen.getByRole('button', { name });

describe('The bar of the batch', () => {
  it('is not there while there is nothing to do', () => {
    render(BatchBar, { app: givenApp(['a']).app });
    expect(screen.queryByRole('progressbar')).toBeNull();
    expect(screen.queryAllByRole('button')).toEqual([]);
  });

  it('shows how far all photos are together, and how many are done', async () => {
    const { app } = await givenBatch();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40');
    expect(screen.getByText('0 of 2 done')).toBeTruthy();
    app.library.hear(stopped(jobIn(app.library, 'a').id, 'completed'));
    flushSync();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('60');
    expect(screen.getByText('1 of 2 done')).toBeTruthy();
  });

  it('goes when all are done', async () => {
    const { app } = await givenBatch();
    for (const name of ['a', 'b']) app.library.hear(stopped(jobIn(app.library, name).id, 'completed'));
    flushSync();
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  it('pauses, says so, and resumes', async () => {
    const { shell } = await givenBatch();
    await fireEvent.click(button('Pause'));
    await vi.waitFor(() => expect(button('Resume').getAttribute('aria-pressed')).toBe('true'));
    expect(shell.paused).toBe(true);
    await fireEvent.click(button('Resume'));
    await vi.waitFor(() => expect(button('Pause').getAttribute('aria-pressed')).toBe('false'));
    expect(shell.paused).toBe(false);
  });

  it('says why it could not pause', async () => {
    const { app, shell } = await givenBatch();
    const messages = { en: 'The queue does not answer.', 'zh-CN': '队列没有响应。' };
    shell.pause.mockRejectedValue({ code: 'INTERNAL', messages });
    await fireEvent.click(button('Pause'));
    await vi.waitFor(() => expect(said(app)).toEqual(['The queue does not answer.']));
    expect(button('Pause')).toBeTruthy();
  });

  it('stays while the queue is paused, so that it can be resumed, with nothing to cancel', async () => {
    const { app } = await givenBatch();
    await app.library.pause(true);
    for (const name of ['a', 'b']) app.library.hear(stopped(jobIn(app.library, name).id, 'cancelled'));
    flushSync();
    expect(button('Resume')).toBeTruthy();
    expect(button('Cancel all').hasAttribute('disabled')).toBe(true);
  });

  it('cancels everything', async () => {
    const { app, server } = await givenBatch();
    const ids = ['a', 'b'].map((name) => jobIn(app.library, name).id);
    await fireEvent.click(button('Cancel all'));
    await vi.waitFor(() => expect(server.asked('/interrupt')).toHaveLength(2));
    expect(server.asked('/queue').map(({ body }) => body)).toEqual([{ delete: ids }]);
  });
});
