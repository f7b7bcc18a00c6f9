// The settings: what they say of the models, which have a page of their own.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { publishedModel } from '../../../tests/examples';
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
});
