// What went wrong, in the server's words, with the one button that helps.

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody } from '../../../tests/examples';
import { givenApp, photoIn, said } from '../../../tests/given';
import { words } from '../../lib/i18n/words.svelte';
import type { ErrorBody } from '../../lib/protocol/wire';
import TroublePanel from './TroublePanel.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

function givenTrouble(error: ErrorBody) {
  const given = givenApp(['oma.jpg']);
  render(TroublePanel, { app: given.app, photo: photoIn(given.app.library, 'oma.jpg'), error });
  return given;
}

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const buttons = () => screen.getAllByRole('button').map((button) => button.textContent?.trim());

describe('A trouble', () => {
  it("is told in the server's words, at once also to who does not see it", () => {
    givenTrouble(errorBody('IMAGE_CORRUPT'));
    expect(screen.getByRole('alert').textContent).toContain('What IMAGE_CORRUPT means.');
  });

  it('is told in the language of the window', () => {
    words.use('zh-CN');
    const { app } = givenApp(['oma.jpg'], { system_language: 'zh-CN' });
    const photo = photoIn(app.library, 'oma.jpg');
    render(TroublePanel, { app, photo, error: errorBody('IMAGE_CORRUPT') });
    expect(screen.getByRole('alert').textContent).toContain('IMAGE_CORRUPT 的含义');
  });

  it('of too little memory can be tried at the size that is predicted to fit', async () => {
    const { app, server } = givenTrouble(errorBody('OUT_OF_MEMORY', { suggested_size: 736 }));
    await press('Try at 736');
    await vi.waitFor(() => expect(app.library.live).toHaveLength(1));
    expect(server.submissions[0]?.extra_data).toMatchObject({ name: 'oma.jpg', size: 736 });
  });

  it('of too little memory can be tried smaller even where nothing is suggested', () => {
    givenTrouble(errorBody('OUT_OF_MEMORY'));
    expect(buttons()).toEqual(['Try at 512', 'Copy details']);
  });

  it.each(['OUTPUT_UNWRITABLE', 'DISK_FULL'] as const)(
    'of a folder that takes no results (%s) is solved by another folder, with a new start',
    async (code) => {
      const { shell } = givenTrouble(errorBody(code));
      shell.pickFolder.mockResolvedValue('/elsewhere');
      await press('Choose another folder');
      await vi.waitFor(() => expect(shell.restart).toHaveBeenCalledOnce());
      expect(shell.changeSettings.mock.calls[0]?.[0].output).toBe('/elsewhere');
    },
  );

  it('of a folder stays where no other one was chosen: nothing starts anew', async () => {
    const { shell } = givenTrouble(errorBody('OUTPUT_UNWRITABLE'));
    await press('Choose another folder');
    await vi.waitFor(() => expect(shell.pickFolder).toHaveBeenCalledOnce());
    expect(shell.changeSettings).not.toHaveBeenCalled();
    expect(shell.restart).not.toHaveBeenCalled();
  });

  it.each(['MODEL_MISSING', 'MODEL_INVALID'] as const)('of a model (%s) leads to the models', async (code) => {
    const { app } = givenTrouble(errorBody(code));
    await press('Get the model');
    expect(app.page).toBe('models');
  });

  it.each(['QUEUE_FULL', 'TOO_MANY_CONNECTIONS', 'CANCELLED'] as const)('that passes (%s) can be tried again', async (code) => {
    const { app, server } = givenTrouble(errorBody(code));
    await press('Try again');
    await vi.waitFor(() => expect(app.library.live).toHaveLength(1));
    expect(server.submissions[0]?.extra_data.size).toBe(app.size);
  });

  it.each(['IMAGE_UNSUPPORTED', 'IMAGE_CORRUPT', 'WORKFLOW_INVALID', 'INTERNAL'] as const)(
    'that no button solves (%s) has only its details',
    (code) => {
      givenTrouble(errorBody(code));
      expect(buttons()).toEqual(['Copy details']);
    },
  );

  it('has a report that can be copied', async () => {
    const error = errorBody('INTERNAL');
    const { app, shell } = givenTrouble(error);
    await press('Copy details');
    await vi.waitFor(() => expect(said(app)).toEqual(['A report without personal paths was copied']));
    expect(shell.copyReport).toHaveBeenCalledExactlyOnceWith({ code: 'INTERNAL', messages: error.messages });
  });
});
