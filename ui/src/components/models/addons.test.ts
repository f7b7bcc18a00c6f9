// What can be had besides models, on the page of models.

import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addon, STARTER_MODEL, transfer } from '../../../tests/examples';
import { givenApp, said } from '../../../tests/given';
import { words } from '../../lib/i18n/words.svelte';
import type { Addon } from '../../lib/protocol/wire';
import ModelsPage from './ModelsPage.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

async function givenPage(addons: Addon[]) {
  const given = givenApp();
  given.server.zoo = { models: [STARTER_MODEL], addons, folder: '/data/models' };
  given.app.page = 'models';
  render(ModelsPage, { app: given.app });
  await vi.waitFor(() => expect(given.app.zoo.models).toHaveLength(1));
  flushSync();
  return given;
}

const list = () => screen.queryByRole('list', { name: 'Besides models' });
const row = () => within(list() ?? document.body);
const hindrance = { en: 'This computer has no NVIDIA driver.', 'zh-CN': '没有可用的 NVIDIA 驱动。' };

describe('What can be had besides models', () => {
  it('is offered with its size and terms, and asked about before it is downloaded', async () => {
    const { app, server } = await givenPage([addon()]);
    expect(row().getByRole('listitem').textContent).toContain('BSD-3-Clause AND LicenseRef-NVIDIA-EULA');
    await fireEvent.click(row().getByText('Download (2310 MB)'));
    expect(app.question?.text).toContain('files.pythonhosted.org');
    app.question?.answer(true);
    await vi.waitFor(() => expect(server.asked('/zoo/download')).toHaveLength(1));
    expect(server.asked('/zoo/download')[0]?.body).toEqual({ model: 'cuda', accept_bytes: 2_310_108_817 });
  });

  it('is not shown where it would be of no use', async () => {
    await givenPage([addon({ hindrance })]);
    expect(list()).toBeNull();
  });

  it('is shown with what hinders it where it is installed, and can be removed', async () => {
    const { app } = await givenPage([addon({ state: 'installed', hindrance })]);
    expect(row().getByText(hindrance.en)).toBeTruthy();
    expect(row().queryByText('Restart now')).toBeNull();
    await fireEvent.click(row().getByText('Remove'));
    expect(app.question?.text).toContain('It can be downloaded again.');
  });

  it('shows how far it is, to the end, and is used from the next start on', async () => {
    const { app, server, shell } = await givenPage([addon()]);
    app.zoo.hear(transfer('downloading', { model: 'cuda', received: 1, bytes: 2 }));
    app.zoo.hear(transfer('unpacking', { model: 'cuda', received: 1, bytes: 4 }));
    flushSync();
    const bar = screen.getByRole('progressbar', { name: 'Progress of NVIDIA graphics cards' });
    expect(bar.getAttribute('aria-valuetext')).toBe('Unpacking');
    expect(bar.getAttribute('aria-valuenow')).toBe('25');
    server.zoo = { ...server.zoo, addons: [addon({ state: 'installed' })] };
    app.zoo.hear(transfer('installed', { model: 'cuda' }));
    await vi.waitFor(() =>
      expect(said(app)).toContain('“NVIDIA graphics cards” is installed and used when Tintype starts again'),
    );
    flushSync();
    await fireEvent.click(row().getByText('Restart now'));
    expect(shell.restart).toHaveBeenCalledOnce();
  });

  it('asks for no start once it is used', async () => {
    await givenPage([addon({ state: 'installed', is_used: true })]);
    expect(row().queryByText('Restart now')).toBeNull();
    expect(row().getByText('Installed')).toBeTruthy();
  });
});
