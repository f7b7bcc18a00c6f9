// The size: a slider with the recommended band on it, and a field to type into.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenApp } from '../../../tests/given';
import { LEAST, MOST, STEP } from '../../lib/photos/sizes';
import SizeSlider from './SizeSlider.svelte';

afterEach(() => vi.unstubAllGlobals());

function givenSlider() {
  const { app } = givenApp();
  app.useCheckpoint('published.pth');
  const { container } = render(SizeSlider, { app });
  return { app, container };
}

const slider = () => screen.getByRole<HTMLInputElement>('slider');
const field = () => screen.getByRole<HTMLInputElement>('spinbutton');

/** The marked part of the track, as shares of it. */
function band(container: HTMLElement): [number, number] {
  const style = container.querySelector<HTMLElement>('.band')?.style;
  return [parseFloat(style?.left ?? '') / 100, 1 - parseFloat(style?.right ?? '') / 100];
}

const shareOf = (size: number) => (size - LEAST) / (MOST - LEAST);

describe('The size', () => {
  it('is shown by the slider and the field alike, both with a name', () => {
    const { app } = givenSlider();
    expect([slider().value, field().value]).toEqual([String(app.size), String(app.size)]);
    expect(new Set(screen.getAllByLabelText('Size'))).toEqual(new Set([slider(), field()]));
  });

  it('is offered in the steps and the range of the engine', () => {
    givenSlider();
    for (const input of [slider(), field()]) {
      expect([input.min, input.max, input.step]).toEqual([LEAST, MOST, STEP].map(String));
    }
  });

  it('has its recommended band marked where the slider has these sizes, and said in numbers', () => {
    const { container } = givenSlider();
    const [least, most] = band(container);
    expect(least).toBeCloseTo(shareOf(460));
    expect(most).toBeCloseTo(shareOf(680));
    expect(screen.getByText('Recommended: 460–680')).toBeTruthy();
  });

  it('has another band for another scene', () => {
    const { app, container } = givenSlider();
    app.useScene('buildings');
    flushSync();
    expect(band(container)[0]).toBeCloseTo(shareOf(960));
    expect(screen.getByText('Recommended: 960–1280')).toBeTruthy();
  });

  it('follows the slider as it is moved', async () => {
    const { app } = givenSlider();
    await fireEvent.input(slider(), { target: { value: '800' } });
    expect(app.size).toBe(800);
    expect(field().value).toBe('800');
  });

  it.each([
    ['600', 608],
    ['10', LEAST],
    ['5000', MOST],
  ])('that is typed as %s is put right: %d', async (typed, size) => {
    const { app } = givenSlider();
    await fireEvent.change(field(), { target: { value: typed } });
    expect(app.size).toBe(size);
    expect([field().value, slider().value]).toEqual([String(size), String(size)]);
  });

  it('is put right in the field also where it stays what it was', async () => {
    const { app } = givenSlider();
    const before = app.size;
    await fireEvent.change(field(), { target: { value: String(before + 5) } });
    expect(app.size).toBe(before);
    expect(field().value).toBe(String(before));
  });

  it('stays where the field is emptied', async () => {
    const { app } = givenSlider();
    const before = app.size;
    await fireEvent.change(field(), { target: { value: '' } });
    expect(app.size).toBe(before);
    expect(field().value).toBe(String(before));
  });
});
