// A question over the window: nothing dangerous happens by pressing the obvious key.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import QuestionDialog from './QuestionDialog.svelte';

function givenQuestion() {
  const answer = vi.fn<(yes: boolean) => void>();
  const question = {
    title: 'Replace the original photo?',
    text: '/photos/oma.jpg is the original.',
    yes: 'Replace the original',
    no: 'Choose another name',
    answer,
  };
  render(QuestionDialog, { question });
  return answer;
}

const button = (name: string) => screen.getByRole('button', { name });

describe('A question', () => {
  it('is open over the window, under its title, with what it is about', () => {
    givenQuestion();
    const dialog = screen.getByRole<HTMLDialogElement>('dialog');
    expect(dialog.open).toBe(true);
    const title = document.getElementById(dialog.getAttribute('aria-labelledby') ?? '');
    expect(title?.textContent).toBe('Replace the original photo?');
    expect(dialog.textContent).toContain('/photos/oma.jpg is the original.');
  });

  it('is answered by its two buttons', async () => {
    const answer = givenQuestion();
    await fireEvent.click(button('Replace the original'));
    await fireEvent.click(button('Choose another name'));
    expect(answer.mock.calls).toEqual([[true], [false]]);
  });

  it('offers the careful answer first: Enter gives that', () => {
    givenQuestion();
    expect(document.activeElement).toBe(button('Choose another name'));
  });

  it('gives the focus back to what had it before', () => {
    const before = document.body.appendChild(document.createElement('button'));
    before.focus();
    const question = { title: 'Sure?', text: '', yes: 'Yes', no: 'No', answer: () => undefined };
    const { unmount } = render(QuestionDialog, { question });
    button('No').focus();
    unmount();
    expect(document.activeElement).toBe(before);
    before.remove();
  });

  it('that is left by Escape is answered with the careful answer', async () => {
    const answer = givenQuestion();
    const cancel = new Event('cancel', { cancelable: true });
    await fireEvent(screen.getByRole('dialog'), cancel);
    expect(answer.mock.calls).toEqual([[false]]);
    // The window takes the dialog away by itself when the question is answered.
    expect(cancel.defaultPrevented).toBe(true);
  });
});
