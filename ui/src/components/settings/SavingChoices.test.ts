// What a written file keeps and says: chosen in the settings or beside a result, and remembered.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenApp, givenDone, said } from '../../../tests/given';
import { USUAL_SAVING } from '../../lib/saving';
import SavePanel from '../panel/SavePanel.svelte';
import SavingChoices from './SavingChoices.svelte';
import SettingsPage from './SettingsPage.svelte';

afterEach(() => vi.unstubAllGlobals());

function given() {
  const all = givenApp();
  render(SavingChoices, { app: all.app });
  return all;
}

describe('The choices of what a file keeps', () => {
  it('are as usual at first: all is kept, a note says that colors were added', () => {
    const { app } = given();
    expect(app.saving).toEqual(USUAL_SAVING);
    const checked = [...screen.getAllByRole('radio'), ...screen.getAllByRole('checkbox')].map(
      (each) => (each as HTMLInputElement).checked,
    );
    expect(checked).toEqual([true, false, true, false, false]);
    expect(screen.getByLabelText<HTMLSelectElement>('Color space').value).toBe('srgb');
  });

  it.each([
    ['radio', 'Remove for privacy', { metadata: 'strip' }],
    ['checkbox', 'Note in the file that colors were added', { provenance: false }],
    ['checkbox', 'Small palette in a corner of the picture', { mark: true }],
    ['checkbox', "Give the file the original's date", { file_times: true }],
  ])('are changed and remembered: the %s "%s"', async (role, name, change) => {
    const { app, shell } = given();
    await fireEvent.click(screen.getByRole(role, { name }));
    expect(app.saving).toEqual({ ...USUAL_SAVING, ...change });
    expect(shell.changeSettings.mock.lastCall?.[0].saving).toEqual(app.saving);
  });

  it('are changed and remembered: the color space', async () => {
    const { shell } = given();
    await fireEvent.change(screen.getByLabelText('Color space'), { target: { value: 'source' } });
    expect(shell.changeSettings.mock.lastCall?.[0].saving).toEqual({ ...USUAL_SAVING, color_space: 'source' });
  });

  it('hold for this window where they cannot be remembered, which is said', async () => {
    const { app, shell } = given();
    shell.changeSettings.mockRejectedValue(new Error('no room'));
    await fireEvent.click(screen.getByRole('radio', { name: 'Remove for privacy' }));
    expect(app.saving.metadata).toBe('strip');
    expect(said(app)[0]).toContain('no room');
  });

  it('are in the settings, and beside a result', async () => {
    const { app } = givenApp(['a']);
    const { unmount } = render(SettingsPage, { app });
    expect(screen.getByRole('radio', { name: 'Remove for privacy' })).toBeTruthy();
    unmount();
    await givenDone(app.library, 'a');
    render(SavePanel, { app });
    expect(screen.getByText('What the file keeps')).toBeTruthy();
    expect(screen.getByLabelText('Remove for privacy')).toBeTruthy();
  });
});

describe('The kinds of files', () => {
  it('have JPEG XL among them', async () => {
    const { app, shell } = givenApp(['a']);
    await givenDone(app.library, 'a');
    app.format.kind = 'jxl';
    render(SavePanel, { app });
    expect(screen.getByLabelText<HTMLSelectElement>('Format').selectedOptions[0]?.textContent).toBe('JPEG XL');
    await fireEvent.click(screen.getByRole('button', { name: 'Save as…' }));
    expect(shell.saveResult.mock.calls[0]?.[1].kind).toBe('jxl');
  });
});
