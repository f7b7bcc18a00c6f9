// The settings: what they say of the models, which have a page of their own.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BF16, publishedModel, STARTER_MODEL } from '../../../tests/examples';
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
    server.zoo = { models: [{ ...STARTER_MODEL, precision: BF16 }], folder: '/data/models' };
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
});
