// The job server over HTTP: every request carries the token, refusals carry the server's words.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { historyEntry, output, queueEntry, refusal, SESSION } from '../../../tests/examples';
import { FakeServer } from '../../../tests/fakeServer';
import { Refused, Server } from './server';

const given = { fake: new FakeServer() };
const server = new Server(SESSION);

beforeEach(() => {
  given.fake = new FakeServer().install();
});
afterEach(() => vi.unstubAllGlobals());

describe('Every request', () => {
  it('carries the token of the window', async () => {
    await server.checkpoints();
    await server.queue();
    await server.cancelWaiting(['a']);
    await server.submit({}, {});
    expect(given.fake.requests.map(({ authorization }) => authorization)).toEqual(
      Array(4).fill('Bearer secret'),
    );
  });

  it('that is refused fails with the status and the words of the server', async () => {
    given.fake.refusals = [refusal('QUEUE_FULL')];
    const refused = await server.submit({}, {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ status: 400, body: refusal('QUEUE_FULL') });
  });

  it('that is refused without a word fails with the status', async () => {
    await expect(server.stats()).rejects.toMatchObject({ status: 404, body: undefined });
  });
});

describe('What the server is asked', () => {
  it('is the queue, with what runs before what waits', async () => {
    given.fake.running = [queueEntry('runs')];
    given.fake.pending = [queueEntry('waits')];
    expect((await server.queue()).map(([, id]) => id)).toEqual(['runs', 'waits']);
  });

  it('is the history, the newest first', async () => {
    given.fake.history = {
      old: { ...historyEntry('old', 'completed'), ended_at: 100 },
      new: { ...historyEntry('new', 'completed'), ended_at: 300 },
      middle: { ...historyEntry('middle', 'failed'), ended_at: 200 },
    };
    expect((await server.history(10)).map(([id]) => id)).toEqual(['new', 'middle', 'old']);
  });

  it('is to stop a job by its id, so that never another one is stopped', async () => {
    await server.interrupt('this-one');
    expect(given.fake.asked('/interrupt').map(({ body }) => body)).toEqual([{ prompt_id: 'this-one' }]);
  });

  it.each([
    ['/zoo/download', () => server.download({ model: 'tiny', accept_bytes: 5 }), { model: 'tiny', accept_bytes: 5 }],
    ['/zoo/cancel', () => server.cancelTransfer('tiny'), { model: 'tiny' }],
    ['/zoo/verify', () => server.verifyModel('tiny'), { model: 'tiny' }],
    ['/zoo/remove', () => server.removeModel('tiny'), { model: 'tiny' }],
  ])('is to do something with a model: %s', async (path, ask, body) => {
    await ask();
    expect(given.fake.asked(path).map(({ method, body }) => [method, body])).toEqual([['POST', body]]);
  });

  it('is to remove entries from the history by their ids', async () => {
    await server.forget(['a', 'b']);
    expect(given.fake.asked('/history').map(({ body }) => body)).toEqual([{ delete: ['a', 'b'] }]);
  });
});

describe('What is found on a photo', () => {
  it('is asked for with the sensitivity, in the folder that is part of the name', async () => {
    given.fake.defects = new Blob(['a mask']);
    const mask = await server.defects('albums/oma.jpg', 0.35);
    expect(await mask.text()).toBe('a mask');
    expect(given.fake.requests.map(({ query, authorization }) => [query, authorization])).toEqual([
      [{ filename: 'oma.jpg', subfolder: 'albums', type: 'input', sensitivity: '0.35' }, 'Bearer secret'],
    ]);
  });

  it('that cannot be had fails with the status', async () => {
    given.fake.defects = undefined;
    await expect(server.defects('oma.jpg', 0.5)).rejects.toMatchObject({ status: 404 });
  });

  it('and was kept comes back as it is, not as a picture for the page', async () => {
    given.fake.inputs['oma-marks.png'] = new Blob(['bytes']);
    expect(await (await server.input('oma-marks.png')).text()).toBe('bytes');
    expect(given.fake.requests[0]?.query).toEqual({ filename: 'oma-marks.png', subfolder: '', type: 'input' });
  });

  it('and drawn is sent under a name', async () => {
    const uploaded = await server.upload(new Blob(['mine'], { type: 'image/png' }), 'oma-marks.png');
    expect(uploaded.name).toBe('oma-marks.png');
    expect(await given.fake.inputs['oma-marks.png']?.text()).toBe('mine');
  });
});

describe('The address of a picture', () => {
  const query = (address: string) => Object.fromEntries(new URL(address).searchParams);

  it('has the token in it, as the page loads it by itself', () => {
    expect(query(server.picture(output('a b&c.png')))).toEqual({
      filename: 'a b&c.png',
      subfolder: '',
      type: 'output',
      preview: 'jpeg;92',
      token: 'secret',
    });
  });

  it('has the size and the colors that are asked for', () => {
    const adjustment = { strength: 0.5, warmth: -0.2, taming: 1 };
    expect(query(server.picture(output('a.png'), { size: 0, adjustment }))).toMatchObject({
      size: '0',
      strength: '0.5',
      warmth: '-0.2',
      taming: '1',
    });
  });

  it('has what an original would be restored with', () => {
    const restoration = { levels: 0.4, dust: 0.5, defects: 'a&b.png' };
    const asked = query(server.original('oma.jpg', { size: 2048, restoration }));
    expect(asked).toMatchObject({ levels: '0.4', dust: '0.5', defects: 'a&b.png', size: '2048' });
    expect(asked).not.toHaveProperty('contrast');
  });

  it('finds an original in the folder that is part of its name', () => {
    expect(query(server.original('albums/1931/oma.jpg'))).toMatchObject({
      filename: 'oma.jpg',
      subfolder: 'albums/1931',
      type: 'input',
    });
    expect(query(server.original('oma.jpg'))).toMatchObject({ filename: 'oma.jpg', subfolder: '' });
  });
});

describe('The address of the socket', () => {
  it('says who is asking, and that it may', () => {
    expect(server.socketUrl).toBe('ws://127.0.0.1:8188/ws?clientId=the-window&token=secret');
  });
});
