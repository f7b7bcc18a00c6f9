// A result's colors: changed at once, kept when they have settled, and taken back.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenApp, givenDone, jobIn } from '../../../tests/given';
import AdjustPanel from './AdjustPanel.svelte';

afterEach(() => vi.unstubAllGlobals());

async function givenPanel() {
  const given = givenApp(['a']);
  const { library } = given.app;
  const { rerender } = render(AdjustPanel, { app: given.app, job: await givenDone(library, 'a') });
  /** As the page does: the panel gets the job as it is now. */
  const refresh = () => rerender({ job: jobIn(library, 'a') });
  const slide = async (name: string, value: string) => {
    const slider = screen.getByRole('slider', { name });
    await fireEvent.input(slider, { target: { value } });
    await refresh();
    await fireEvent.change(slider);
    flushSync();
  };
  return { ...given, refresh, slide, adjustment: () => jobIn(library, 'a').adjustment };
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });

describe('The colors of a result', () => {
  it('are untouched at first: nothing to take back, to repeat or to reset', async () => {
    await givenPanel();
    expect(['Undo', 'Redo', 'Reset'].map((name) => button(name).disabled)).toEqual([true, true, true]);
    expect(screen.getAllByRole('status').map((each) => each.textContent)).toEqual(['100 %', '0', '0 %']);
  });

  it('follow the slider, and are kept with the job once it is let go', async () => {
    const { shell, slide, adjustment } = await givenPanel();
    await slide('Warmth', '0.4');
    expect(adjustment()).toEqual({ strength: 1, warmth: 0.4, taming: 0 });
    expect(shell.adjustJob).toHaveBeenCalledExactlyOnceWith('job-1', adjustment());
    expect(screen.getByText('+40')).toBeTruthy();
  });

  it('can be taken back and repeated by button', async () => {
    const { slide, adjustment, refresh, shell } = await givenPanel();
    await slide('Strength', '0.5');
    await slide('Warmth', '-0.2');
    await fireEvent.click(button('Undo'));
    await refresh();
    expect(adjustment()).toEqual({ strength: 0.5, warmth: 0, taming: 0 });
    await fireEvent.click(button('Redo'));
    expect(adjustment()).toEqual({ strength: 0.5, warmth: -0.2, taming: 0 });
    expect(shell.adjustJob).toHaveBeenLastCalledWith('job-1', adjustment());
  });

  it('can be taken back and repeated by key', async () => {
    const { slide, adjustment } = await givenPanel();
    await slide('Strength', '0.5');
    await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
    expect(adjustment().strength).toBe(1);
    await fireEvent.keyDown(document.body, { key: 'Z', ctrlKey: true, shiftKey: true });
    expect(adjustment().strength).toBe(0.5);
    await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
    await fireEvent.keyDown(document.body, { key: 'y', ctrlKey: true });
    expect(adjustment().strength).toBe(0.5);
  });

  it('stay where the key for undo is pressed in a field of text: there it is about the text', async () => {
    const { slide, adjustment } = await givenPanel();
    await slide('Strength', '0.5');
    const field = document.body.appendChild(document.createElement('input'));
    await fireEvent.keyDown(field, { key: 'z', ctrlKey: true });
    field.remove();
    expect(adjustment().strength).toBe(0.5);
  });

  it('can be reset, which can be taken back too', async () => {
    const { slide, adjustment } = await givenPanel();
    await slide('Tame reds and violets', '0.7');
    await fireEvent.click(button('Reset'));
    expect(adjustment()).toEqual({ strength: 1, warmth: 0, taming: 0 });
    await fireEvent.click(button('Undo'));
    expect(adjustment().taming).toBe(0.7);
  });
});
