// The models: what is asked before, what is sent, and what is said of how it went.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, importedModel, ownModel, publishedModel, refusal, STARTER_MODEL, transfer } from '../../../tests/examples';
import { givenApp, said } from '../../../tests/given';
import { words } from '../i18n/words.svelte';
import type { Model, Zoo } from '../protocol/wire';
import { ASK_FROM } from './zoo.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

const large = publishedModel();
const small = publishedModel({ id: 'ddcolor_paper_tiny', bytes: 220_372_845 });
const error = { code: 'INTERNAL', messages: errorBody('INTERNAL').messages } as const;

async function givenZoo(...models: Model[]) {
  const given = givenApp();
  given.server.zoo = { models, addons: [], folder: '/data/models' };
  await given.app.zoo.refresh();
  given.app.page = 'models';
  return { ...given, zoo: given.app.zoo };
}

describe('A large download', () => {
  it('is asked about: how large, on what terms, whom it asks', async () => {
    const { app, zoo } = await givenZoo(large);
    void zoo.download(large);
    expect(app.question?.title).toBe('Download “DDColor Artistic”?');
    expect(app.question?.text).toBe(
      '912 MB. License: Apache-2.0. This is the only time that Tintype uses the network: it asks ' +
        'huggingface.co or hf-mirror.com or modelscope.cn for the file, and nothing of yours is sent.',
    );
  });

  it('is asked about in Chinese where that is the language', async () => {
    const { app, zoo } = await givenZoo(large);
    words.use('zh-CN');
    void zoo.download(large);
    expect(app.question?.title).toBe('要下载“DDColor 艺术版”吗？');
    expect(app.question?.text).toContain('912 MB。许可证：Apache-2.0。');
    expect(app.question?.text).toContain('huggingface.co 或 hf-mirror.com 或 modelscope.cn');
  });

  it('begins with the yes, for as many bytes as were named', async () => {
    const { app, server, zoo } = await givenZoo(large);
    const asked = zoo.download(large);
    app.question?.answer(true);
    await asked;
    expect(server.asked('/zoo/download').map(({ body }) => body)).toEqual([
      { model: 'ddcolor_artistic', accept_bytes: 911_950_059 },
    ]);
    expect(zoo.transfers.get(large.id)?.step).toBe('connecting');
  });

  it('does not begin with the no', async () => {
    const { app, server, zoo } = await givenZoo(large);
    const asked = zoo.download(large);
    app.question?.answer(false);
    await asked;
    expect(server.asked('/zoo/download')).toEqual([]);
    expect(zoo.transfers.size).toBe(0);
  });

  it('is not asked about again to go on with it, but again once it was there', async () => {
    const { app, server, zoo } = await givenZoo(large);
    const asked = zoo.download(large);
    app.question?.answer(true);
    await asked;
    zoo.hear(transfer('cancelled'));
    await zoo.download(large);
    expect(server.asked('/zoo/download')).toHaveLength(2);
    zoo.hear(transfer('installed'));
    void zoo.download(large);
    expect(app.question).toBeDefined();
  });

  it('is one from 500 MB on, or one whose size nobody knows', async () => {
    const { app, server, zoo } = await givenZoo();
    await zoo.download(publishedModel({ bytes: ASK_FROM - 1 }));
    expect(server.asked('/zoo/download')).toHaveLength(1);
    void zoo.download(publishedModel({ id: 'b', bytes: ASK_FROM }));
    expect(app.question).toBeDefined();
    const unknown = publishedModel({ id: 'c' });
    delete unknown.bytes;
    void zoo.download(unknown);
    expect(app.question?.text).toContain('The size is not known.');
  });
});

describe('A small download', () => {
  it('begins with the click', async () => {
    const { app, server, zoo } = await givenZoo(small);
    await zoo.download(small);
    expect(app.question).toBeUndefined();
    expect(server.asked('/zoo/download').map(({ body }) => body)).toEqual([
      { model: 'ddcolor_paper_tiny', accept_bytes: 220_372_845 },
    ]);
  });

  it('that is refused stands as before, and says why', async () => {
    const { app, server, zoo } = await givenZoo(small);
    server.zooRefusal = refusal('DISK_FULL');
    await zoo.download(small);
    expect(zoo.transfers.size).toBe(0);
    expect(said(app)).toEqual(['What DISK_FULL means.']);
  });
});

describe('The end of a download', () => {
  it('has the lists asked for again, and says that the model is there', async () => {
    const { app, server, zoo } = await givenZoo(large);
    zoo.hear(transfer('downloading'));
    server.zoo = { ...server.zoo, models: [publishedModel({ state: 'installed' })] };
    server.checkpoints = ['starter', large.checkpoint];
    zoo.hear(transfer('installed'));
    await vi.waitFor(() => expect(said(app)).toEqual(['“DDColor Artistic” is installed and in the list of models']));
    expect(zoo.find(large.id)?.state).toBe('installed');
    expect(app.checkpoints).toEqual(['starter', large.checkpoint]);
    expect(app.modelTitle(large.checkpoint)).toBe('DDColor Artistic');
    expect(zoo.transfers.size).toBe(0);
  });

  it.each(['failed', 'cancelled'] as const)('that is not the good one (%s) stays to be gone on with', async (step) => {
    const { app, server, zoo } = await givenZoo(large);
    const before = server.asked('/zoo').length;
    zoo.hear(transfer('downloading'));
    zoo.hear(transfer(step, { received: 300, bytes: 900, error }));
    await vi.waitFor(() => expect(server.asked('/zoo').length).toBe(before + 1));
    expect(zoo.transfers.get(large.id)).toMatchObject({ step, received: 300 });
    // The page says it itself.
    expect(said(app)).toEqual([]);
  });

  it('that failed is told to whoever looks at another page', async () => {
    const { app, zoo } = await givenZoo(large);
    app.page = 'photos';
    zoo.hear(transfer('downloading'));
    zoo.hear(transfer('failed', { error }));
    await vi.waitFor(() => expect(said(app)).toEqual(['DDColor Artistic: What INTERNAL means.']));
    expect(app.toasts[0]?.kind).toBe('error');
  });
});

describe('A check', () => {
  async function givenCheck() {
    const installed = publishedModel({ state: 'installed' });
    const given = await givenZoo(installed);
    await given.zoo.check(installed);
    expect(given.server.asked('/zoo/verify').map(({ body }) => body)).toEqual([{ model: large.id }]);
    expect(given.zoo.transfers.get(large.id)?.step).toBe('checking');
    given.zoo.hear(transfer('checking', { received: 1, bytes: 2 }));
    return given;
  }

  it('says that the file is whole', async () => {
    const { app, zoo } = await givenCheck();
    zoo.hear(transfer('installed'));
    await vi.waitFor(() => expect(said(app)).toEqual(['“DDColor Artistic” is whole, byte for byte']));
    expect(zoo.transfers.size).toBe(0);
  });

  it('says that it is not, and leaves only that the model is damaged', async () => {
    const { app, server, zoo } = await givenCheck();
    server.zoo = { ...server.zoo, models: [publishedModel({ state: 'damaged' })] };
    zoo.hear(transfer('failed', { error }));
    await vi.waitFor(() => expect(said(app)).toEqual(['DDColor Artistic: What INTERNAL means.']));
    expect(zoo.find(large.id)?.state).toBe('damaged');
    expect(zoo.transfers.size).toBe(0);
  });

  it('says that it was stopped', async () => {
    const { app, zoo } = await givenCheck();
    zoo.hear(transfer('cancelled'));
    await vi.waitFor(() => expect(said(app)).toEqual(['“DDColor Artistic” was not checked to the end']));
  });
});

describe('Removing a model', () => {
  const installed = publishedModel({ state: 'installed' });

  it('is asked about first: what is deleted, and whether it can be had again', async () => {
    const { app, zoo } = await givenZoo(installed, ownModel());
    void zoo.remove(installed);
    expect(app.question?.title).toBe('Remove “DDColor Artistic”?');
    expect(app.question?.text).toContain('It can be downloaded again.');
    void zoo.remove(ownModel());
    expect(app.question?.text).toContain('It cannot be downloaded again.');
  });

  it('does nothing with the no', async () => {
    const { app, server, zoo } = await givenZoo(installed);
    const asked = zoo.remove(installed);
    app.question?.answer(false);
    await asked;
    expect(server.asked('/zoo/remove')).toEqual([]);
  });

  it('has the lists asked for again, and where the model was chosen, the starter takes its place', async () => {
    const { app, server, zoo } = await givenZoo(installed);
    app.checkpoints = ['starter', large.checkpoint];
    app.useCheckpoint(large.checkpoint);
    const asked = zoo.remove(installed);
    server.zoo = { ...server.zoo, models: [large] };
    app.question?.answer(true);
    await asked;
    expect(server.asked('/zoo/remove').map(({ body }) => body)).toEqual([{ model: large.id }]);
    expect(zoo.find(large.id)?.state).toBe('available');
    expect(app.checkpoints).toEqual(['starter']);
    expect(app.checkpoint).toBe('starter');
    expect(said(app)).toEqual(['“DDColor Artistic” is removed']);
  });

  it('that is refused says why', async () => {
    const { app, server, zoo } = await givenZoo(installed);
    server.zooRefusal = refusal('BAD_REQUEST');
    const asked = zoo.remove(installed);
    app.question?.answer(true);
    await asked;
    expect(said(app)).toEqual(['What BAD_REQUEST means.']);
  });
});

describe('An import', () => {
  it('names the model, where it came from, and that it is none of the published ones', async () => {
    const { app, zoo } = await givenZoo();
    await zoo.imported(importedModel());
    expect(said(app)).toEqual(['“oma” is imported from /models/oma.pth. It is none of the published files.']);
  });

  it('says where it is a published one, byte for byte', async () => {
    const { app, zoo } = await givenZoo();
    words.use('zh-CN');
    await zoo.imported(importedModel({ is_published: true }));
    expect(said(app)).toEqual(['已从 /models/oma.pth 导入“oma”。它与已发布的文件逐字节相同。']);
  });

  it('is shown while it is under way, though nothing is listed of it yet', async () => {
    const { zoo } = await givenZoo(large);
    zoo.hear(transfer('converting', { model: 'oma' }));
    zoo.hear(transfer('downloading'));
    expect(zoo.imports.map(({ model }) => model)).toEqual(['oma']);
  });

  it.each(['installed', 'failed', 'cancelled'] as const)('leaves nothing behind when it ends: %s', async (step) => {
    const { app, zoo } = await givenZoo(large);
    zoo.hear(transfer('converting', { model: 'oma' }));
    zoo.hear(transfer(step, { model: 'oma', error }));
    await vi.waitFor(() => expect(zoo.transfers.size).toBe(0));
    // What came of it is told where the file came in.
    expect(said(app)).toEqual([]);
  });

  it('of a published file that fails is no download to go on with', async () => {
    const { zoo } = await givenZoo(large);
    zoo.hear(transfer('converting'));
    zoo.hear(transfer('failed', { error }));
    await vi.waitFor(() => expect(zoo.transfers.size).toBe(0));
  });
});

describe('The list', () => {
  it('has the starter first, and tells what is under way', async () => {
    const { zoo } = await givenZoo(STARTER_MODEL, { ...large, transfer: transfer('downloading', { received: 7 }) });
    expect(zoo.models.map(({ id }) => id)).toEqual(['starter', 'ddcolor_artistic']);
    expect(zoo.transfers.get(large.id)).toMatchObject({ step: 'downloading', received: 7 });
  });

  it('asked for again ends what went by unheard, and keeps what can be gone on with', async () => {
    const { zoo } = await givenZoo(large, small);
    zoo.hear(transfer('downloading'));
    zoo.hear(transfer('connecting', { model: small.id }));
    zoo.hear(transfer('cancelled', { model: small.id }));
    await zoo.refresh();
    expect([...zoo.transfers].map(([id, { step }]) => [id, step])).toEqual([[small.id, 'cancelled']]);
  });

  it('that is asked for twice is what was asked for last, whichever answer comes first', async () => {
    const { app, zoo } = await givenZoo(large);
    let late: (zoo: Zoo) => void = () => undefined;
    vi.spyOn(app.server, 'zoo').mockImplementationOnce(() => new Promise((resolve) => (late = resolve)));
    const first = zoo.refresh();
    await zoo.refresh();
    late({ models: [], addons: [], folder: '' });
    await first;
    expect(zoo.models).toHaveLength(1);
  });
});
