// Requests that the server refuses, or that never reach it: the photo tells, in the server's words.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, refusal } from '../../../tests/examples';
import { givenLibrary, photoIn } from '../../../tests/given';
import type { PromptRefused } from '../protocol/wire';
import { Refused } from '../backend/server';
import { bodyOf } from './library.svelte';

afterEach(() => vi.unstubAllGlobals());

/** A workflow that is refused because of one of its nodes. */
function nodeRefusal(): PromptRefused {
  const messages = { en: 'The size must be a multiple of 32.', 'zh-CN': '尺寸必须是 32 的倍数。' };
  const fault = { type: 'value_not_in_list', message: messages.en, details: '', extra_info: { messages } };
  return {
    ...refusal('WORKFLOW_INVALID'),
    node_errors: { '2': { errors: [fault], dependent_outputs: ['3'], class_type: 'DDColor_Colorize' } },
  };
}

describe('A submission that is refused', () => {
  it("becomes the photo's trouble, in the words about the node at fault", async () => {
    const { library, server } = givenLibrary('a');
    server.refusals = [nodeRefusal()];
    expect(await library.colorize(photoIn(library, 'a'), 500, 'starter')).toBeUndefined();
    expect(library.troubles.get('a')).toMatchObject({
      code: 'WORKFLOW_INVALID',
      messages: { en: 'The size must be a multiple of 32.', 'zh-CN': '尺寸必须是 32 的倍数。' },
    });
    expect(photoIn(library, 'a').jobs).toEqual([]);
  });

  it("is told in the server's own words where no node is at fault", async () => {
    const { library, server } = givenLibrary('a');
    server.refusals = [refusal('MODEL_MISSING')];
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(library.troubles.get('a')).toEqual(errorBody('MODEL_MISSING'));
  });

  it('is forgotten as soon as the photo is taken', async () => {
    const { library, server } = givenLibrary('a');
    server.refusals = [refusal('MODEL_MISSING')];
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    expect(library.troubles.has('a')).toBe(false);
    expect(library.live).toHaveLength(1);
  });

  it('leaves with its photo', async () => {
    const { library, server } = givenLibrary('a');
    server.refusals = [refusal('MODEL_MISSING')];
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    library.remove('a');
    expect(library.troubles.size).toBe(0);
  });
});

describe('A submission that never reaches the server', () => {
  it('says that the server does not answer, and what to do', async () => {
    const { library } = givenLibrary('a');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await library.colorize(photoIn(library, 'a'), 512, 'starter');
    const trouble = library.troubles.get('a');
    expect(trouble?.code).toBe('INTERNAL');
    expect(trouble?.messages.en).toContain('Restart Tintype');
    expect(trouble?.messages.en).toContain('Failed to fetch');
    expect(trouble?.messages['zh-CN']).toContain('重新启动');
  });
});

describe('The error of a request', () => {
  it('takes the plain words for both languages where the server has sent only those', () => {
    const plain: PromptRefused = {
      error: { type: 'invalid_prompt', message: 'No workflow', details: '', extra_info: {} },
      node_errors: {},
    };
    expect(bodyOf(new Refused(400, plain))).toEqual({
      code: 'WORKFLOW_INVALID',
      message: 'No workflow',
      messages: { en: 'No workflow', 'zh-CN': 'No workflow' },
    });
  });

  it('says the status where the server has sent no words at all', () => {
    expect(bodyOf(new Refused(502, undefined)).messages.en).toContain('502');
  });

  it('can be told of whatever was thrown', () => {
    expect(bodyOf('gone').message).toBe('gone');
  });
});
