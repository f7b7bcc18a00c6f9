// The settings: what they say of the models, which have a page of their own, and of newer versions.

import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BF16, publishedModel, SETTINGS, STARTER_MODEL } from '../../../tests/examples';
import { givenApp } from '../../../tests/given';
import SettingsPage from './SettingsPage.svelte';

afterEach(() => vi.unstubAllGlobals());

describe('The settings', () => {
  it('name the models that can be used, and lead to their page', async () => {
    const { app } = givenApp();
    app.zoo.models = [publishedModel({ state: 'installed' })];
    app.checkpoints = ['starter', 'ddcolor_artistic.safetensors', 'my-own.pth'];
    render(SettingsPage, { app });
    expect(screen.getByText('Starter (comes with Tintype) · DDColor Artistic · my-own')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show the models' }));
    expect(app.page).toBe('models');
  });

  it('say in which precision the chosen model runs, and why', async () => {
    const { app, server } = givenApp();
    server.zoo = { models: [{ ...STARTER_MODEL, precision: BF16 }], addons: [], folder: '/data/models' };
    render(SettingsPage, { app });
    const told = await screen.findByTestId('precision');
    expect(told.textContent).toBe('Starter (comes with Tintype) · bf16: nobody sees it');
  });

  it('leave the precision to the program until one is chosen', async () => {
    const { app } = givenApp();
    render(SettingsPage, { app });
    const select = screen.getByLabelText<HTMLSelectElement>('Precision');
    expect(select.value).toBe('');
    await fireEvent.change(select, { target: { value: 'bf16' } });
    await vi.waitFor(() => expect(app.settings.precision).toBe('bf16'));
    expect(await screen.findByText('Takes effect when Tintype starts again.')).toBeTruthy();
  });

  it('look for newer versions only after a question, and say what was found', async () => {
    const { app, shell } = givenApp();
    shell.lookForNewerVersion.mockResolvedValue({ kind: 'newer', version: '0.2.0' });
    render(SettingsPage, { app });
    const box = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Look for newer versions' });
    expect(box.checked).toBe(false);
    await fireEvent.click(box);
    app.question?.answer(false);
    await waitFor(() => expect(box.checked).toBe(false));
    expect(shell.lookForNewerVersion).not.toHaveBeenCalled();
    await fireEvent.click(box);
    app.question?.answer(true);
    await fireEvent.click(await screen.findByRole('button', { name: 'Open its page' }));
    expect(screen.getByText('Version 0.2.0 of Tintype is there.', { exact: false })).toBeTruthy();
    expect(box.checked).toBe(true);
    expect(shell.showNewerVersion).toHaveBeenCalledOnce();
  });

  it('say why it could not be found out', async () => {
    const settings = { ...SETTINGS, may_look_for_versions: true };
    const { app, shell } = givenApp([], { settings });
    const messages = { en: 'No connection.', 'zh-CN': '\u65e0\u6cd5\u8fde\u63a5' };
    shell.lookForNewerVersion.mockResolvedValue({ kind: 'unknown', messages });
    await app.updates.look();
    render(SettingsPage, { app });
    expect(screen.getByText('No connection.')).toBeTruthy();
  });
});
