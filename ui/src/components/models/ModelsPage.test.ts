// The page of models: every state of one, in both languages, with what can be done about it.

import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BF16, errorBody, ownModel, publishedModel, STARTER_MODEL, transfer } from '../../../tests/examples';
import { givenApp } from '../../../tests/given';
import { words } from '../../lib/i18n/words.svelte';
import type { Language, Model, Transfer } from '../../lib/protocol/wire';
import ModelsPage from './ModelsPage.svelte';

afterEach(() => {
  vi.unstubAllGlobals();
  words.use('en');
});

async function givenPage(models: Model[], told: Transfer[] = [], language: Language = 'en') {
  const given = givenApp([], { system_language: language });
  given.server.zoo = { models, addons: [], folder: '/data/models' };
  given.app.page = 'models';
  render(ModelsPage, { app: given.app });
  await vi.waitFor(() => expect(given.app.zoo.models).toHaveLength(models.length));
  for (const transfer of told) {
    given.app.zoo.hear(transfer);
    // Each is followed up before the next.
    await vi.waitFor(() => expect(given.server.requests.length).toBeGreaterThan(0));
  }
  flushSync();
  return given;
}

const rows = () => within(screen.getByRole('list')).getAllByRole('listitem');
const row = () => rows()[0] ?? document.body;
const choices = () =>
  within(row())
    .queryAllByRole('button')
    .map((button) => button.textContent?.trim());
const press = (text: string) => fireEvent.click(within(row()).getByText(text));

const large = publishedModel();
const installed = publishedModel({ state: 'installed' });
const damaged = publishedModel({ state: 'damaged' });
const error = { code: 'INTERNAL', messages: errorBody('INTERNAL').messages } as const;
const begun = transfer('downloading', { received: 1, bytes: 911_950_059 });
const halfway = transfer('downloading', { received: 455_975_030, bytes: 911_950_059, bytes_per_second: 5_000_000 });
const stopped = transfer('cancelled', { received: 300_000_000, bytes: 911_950_059 });

type State = { model: Model; told?: Transfer[]; standing: string; en: string[]; zh: string[]; does: [string[], string[]] };
const STATES: Record<string, State> = {
  inside: {
    model: STARTER_MODEL,
    standing: 'inside',
    en: ['Starter', 'Works at once.', 'Installed, inside the program', 'Tiny network'],
    zh: ['入门模型', '可立即使用。', '已安装，程序自带', '小型网络'],
    does: [[], []],
  },
  available: {
    model: large,
    standing: 'available',
    en: ['DDColor Artistic', 'Fewer red artifacts.', 'Not installed', '912 MB to download', 'Apache-2.0'],
    zh: ['DDColor 艺术版', '红色瑕疵更少。', '未安装', '需下载 912 MB', 'Apache-2.0'],
    does: [['Download (912 MB)'], ['下载（912 MB）']],
  },
  connecting: {
    model: large,
    told: [transfer('connecting')],
    standing: 'busy',
    en: ['Connecting'],
    zh: ['连接中'],
    does: [['Cancel'], ['取消']],
  },
  downloading: {
    model: large,
    told: [halfway],
    standing: 'busy',
    en: ['Downloading', '456 MB of 912 MB', '5.0 MB/s'],
    zh: ['下载中', '456 MB，共 912 MB', '5.0 MB/s'],
    does: [['Cancel'], ['取消']],
  },
  checking: {
    model: large,
    told: [transfer('checking', { received: 1, bytes: 2 })],
    standing: 'busy',
    en: ['Checking'],
    zh: ['校验中'],
    does: [['Cancel'], ['取消']],
  },
  preparing: {
    model: large,
    told: [transfer('converting')],
    standing: 'busy',
    en: ['Preparing'],
    zh: ['准备中'],
    does: [[], []],
  },
  stopped: {
    model: large,
    told: [begun, stopped],
    standing: 'stopped',
    en: ['Stopped at 300 MB of 912 MB. What has arrived is kept.'],
    zh: ['已停止，收到 300 MB，共 912 MB。已收到的部分会保留。'],
    does: [['Go on'], ['继续下载']],
  },
  failed: {
    model: large,
    told: [begun, transfer('failed', { error })],
    standing: 'failed',
    en: ['Failed', 'What INTERNAL means.'],
    zh: ['失败', 'INTERNAL 的含义。'],
    does: [['Try again'], ['重试']],
  },
  installed: {
    model: installed,
    standing: 'installed',
    en: ['Installed', '912 MB on disk'],
    zh: ['已安装', '占用 912 MB'],
    does: [
      ['Check', 'Remove'],
      ['校验', '删除'],
    ],
  },
  damaged: {
    model: damaged,
    standing: 'damaged',
    en: ['Damaged', 'set aside and is not used. Download it again.'],
    zh: ['已损坏', '已移开且不再使用。请重新下载。'],
    does: [['Download again (912 MB)'], ['重新下载（912 MB）']],
  },
  'damaged, of the user': {
    model: ownModel({ state: 'damaged' }),
    standing: 'damaged',
    en: ['Damaged', 'Import it again from where it came.'],
    zh: ['已损坏', '请从原处重新导入。'],
    does: [['Remove'], ['删除']],
  },
};

describe.each(Object.entries(STATES))('A model that is %s', (_name, { model, told, standing, en, zh, does }) => {
  it.each([
    ['en', en, does[0]],
    ['zh-CN', zh, does[1]],
  ] as const)('says so, with what can be done: %s', async (language, texts, buttons) => {
    await givenPage([model], told, language);
    expect(row().dataset['standing']).toBe(standing);
    for (const text of texts) expect(row().textContent).toContain(text);
    expect(choices()).toEqual(buttons);
  });
});

describe('The page of models', () => {
  it('lists them in the order of the server: the one inside, the published ones, the own ones', async () => {
    await givenPage([STARTER_MODEL, large, ownModel()]);
    expect(rows().map((row) => row.dataset['model'])).toEqual(['starter', 'ddcolor_artistic', 'oma']);
  });

  it('has a name for every button that says whose it is', async () => {
    await givenPage([large, ownModel()]);
    const names = within(screen.getByRole('list'))
      .getAllByRole('button')
      .map((button) => button.getAttribute('aria-label'));
    expect(names).toEqual(['Download (912 MB): DDColor Artistic', 'Check: oma', 'Remove: oma']);
  });

  it('keeps what few want to know out of the way, to be marked and copied', async () => {
    await givenPage([ownModel()]);
    const details = row().querySelector('details');
    expect(details?.open).toBe(false);
    const facts = [...(details?.querySelectorAll('dd.selectable') ?? [])].map((fact) => fact.textContent);
    expect(facts).toEqual(['oma.safetensors', '/models/oma.pth', 'a591ee5b']);
  });

  it.each([
    ['en', 'bf16: nobody sees it'],
    ['zh-CN', 'bf16：肉眼看不出'],
  ] as const)('says among it in which precision a model runs, and why: %s', async (language, why) => {
    await givenPage([ownModel({ precision: BF16 })], [], language);
    const facts = [...row().querySelectorAll('dd')].map((fact) => fact.textContent);
    expect(facts[1]).toBe(why);
  });

  it('moves the bar as the server tells, with words for who does not see it', async () => {
    const { app } = await givenPage([large], [halfway]);
    const bar = screen.getByRole('progressbar', { name: 'Progress of DDColor Artistic' });
    expect(bar.getAttribute('aria-valuenow')).toBe('50');
    expect(bar.getAttribute('aria-valuetext')).toBe('Downloading');
    const told = new Set<string | undefined>();
    for (let done = 0; done < 100; done += 1) {
      app.zoo.hear(transfer('downloading', { received: done, bytes: 100 }));
      flushSync();
      told.add(document.querySelector('.unseen[role=status]')?.textContent ?? undefined);
    }
    expect([...told]).toEqual(['0 %', '25 %', '50 %', '75 %'].map((share) => `DDColor Artistic: Downloading ${share}`));
  });

  it('tells of a failure at once, also to who does not see it', async () => {
    await givenPage([large], [begun, transfer('failed', { error })]);
    expect(screen.getByRole('alert').textContent?.trim()).toBe('What INTERNAL means.');
  });

  it('shows a file that is being imported above the list', async () => {
    await givenPage([large], [transfer('converting', { model: 'oma', received: 1, bytes: 4 })]);
    expect(screen.getByText('Importing oma')).toBeTruthy();
    expect(screen.getByRole('progressbar', { name: 'Progress of oma' }).getAttribute('aria-valuenow')).toBe('25');
  });

  it('shows that a file is imported as soon as it is dropped, until that is over', async () => {
    const { app, shell } = await givenPage([large]);
    let end: () => void = () => undefined;
    shell.addFiles.mockImplementation(() => new Promise((resolve) => (end = () => resolve(undefined))));
    const adding = app.addFiles(['/models/oma.pth', 'C:\\opa.safetensors']);
    flushSync();
    expect(screen.getByText('Importing oma.pth, opa.safetensors')).toBeTruthy();
    end();
    await adding;
    flushSync();
    expect(screen.queryByText(/^Importing/)).toBeNull();
  });

  it('imports what is picked, and says that files can be dropped', async () => {
    const { shell } = await givenPage([STARTER_MODEL]);
    expect(screen.getByText(/can also be dropped on the window anywhere/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Import a model file…' }));
    expect(shell.pickModels).toHaveBeenCalledOnce();
  });

  it('opens the folder that they lie in', async () => {
    const { shell } = await givenPage([STARTER_MODEL]);
    expect(screen.getByText('/data/models')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Open the folder of models' }));
    expect(shell.showModelsFolder).toHaveBeenCalledOnce();
  });
});

describe('The buttons of a model', () => {
  it('download, stop and go on, each in the place of the other, and keep the focus', async () => {
    const { app, server } = await givenPage([publishedModel({ bytes: 220_000_000 })]);
    within(row()).getByText('Download (220 MB)').focus();
    await press('Download (220 MB)');
    await vi.waitFor(() => expect(server.asked('/zoo/download')).toHaveLength(1));
    expect(choices()).toEqual(['Cancel']);
    await vi.waitFor(() => expect(document.activeElement?.textContent?.trim()).toBe('Cancel'));
    await press('Cancel');
    await vi.waitFor(() => expect(server.asked('/zoo/cancel')).toHaveLength(1));
    app.zoo.hear(stopped);
    flushSync();
    within(row()).getByText('Go on').focus();
    await press('Go on');
    await vi.waitFor(() => expect(server.asked('/zoo/download')).toHaveLength(2));
    // While there is nothing to press, the focus rests beside where there will be.
    app.zoo.hear(transfer('converting'));
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('SUMMARY'));
  });

  it('do nothing at the second of a double click, which was meant for the button before', async () => {
    const { server } = await givenPage([large], [halfway]);
    await fireEvent.click(within(row()).getByText('Cancel'), { detail: 2 });
    expect(server.asked('/zoo/cancel')).toEqual([]);
  });

  it('ask before a large download, and before a file is deleted', async () => {
    const { app } = await givenPage([large]);
    await press('Download (912 MB)');
    expect(app.question?.title).toBe('Download “DDColor Artistic”?');
    app.zoo.models = [installed];
    flushSync();
    await press('Remove');
    expect(app.question?.title).toBe('Remove “DDColor Artistic”?');
  });

  it('check an installed one', async () => {
    const { server } = await givenPage([installed]);
    await press('Check');
    await vi.waitFor(() => expect(server.asked('/zoo/verify')).toHaveLength(1));
    expect(row().textContent).toContain('Checking');
  });
});
