// The socket: it comes back by itself, and what is no message does no harm.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progress } from '../../../tests/examples';
import { FakeShell } from '../../../tests/fakeShell';
import { Live } from './live';
import type { Connection } from './shell';

const URL = 'ws://127.0.0.1:8188/ws';

const shell = { current: new FakeShell() };
const events = { message: vi.fn(), connected: vi.fn(), disconnected: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  shell.current = new FakeShell();
});
afterEach(() => vi.useRealTimers());

function live(): Live {
  return new Live(shell.current, URL, events);
}

/** How many times the shell was asked for a connection. */
const tries = () => shell.current.connect.mock.calls.length;

describe('The socket', () => {
  it('says when it is connected, and passes on what it hears', async () => {
    await live().start();
    expect(events.connected).toHaveBeenCalledOnce();
    expect(shell.current.connect.mock.calls[0]?.[0]).toBe(URL);
    shell.current.say(progress('job', 0.5));
    expect(events.message).toHaveBeenCalledWith(progress('job', 0.5));
  });

  it('passes over text that is no JSON, and hears what comes after it', async () => {
    await live().start();
    shell.current.connections[0]?.text('');
    shell.current.connections[0]?.text('<html>not for us</html>');
    expect(events.message).not.toHaveBeenCalled();
    shell.current.say(progress('job', 0.5));
    expect(events.message).toHaveBeenCalledOnce();
  });

  it('says when it is gone, and comes back after a quarter of a second', async () => {
    await live().start();
    shell.current.connections[0]?.closed();
    expect(events.disconnected).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(249);
    expect(tries()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tries()).toBe(2);
    // Everything that happened meanwhile is asked for at this.
    expect(events.connected).toHaveBeenCalledTimes(2);
  });

  it('waits twice as long before each further try, up to four seconds', async () => {
    shell.current.connect.mockRejectedValue(new Error('refused'));
    await live().start();
    for (const wait of [250, 500, 1000, 2000, 4000, 4000]) {
      const before = tries();
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(tries()).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(tries()).toBe(before + 1);
    }
    expect(events.connected).not.toHaveBeenCalled();
  });

  it('begins with the short wait again once it was connected', async () => {
    shell.current.connect.mockRejectedValueOnce(new Error('refused'));
    shell.current.connect.mockRejectedValueOnce(new Error('refused'));
    await live().start();
    await vi.advanceTimersByTimeAsync(250 + 500);
    expect(events.connected).toHaveBeenCalledOnce();
    shell.current.connections[0]?.closed();
    await vi.advanceTimersByTimeAsync(250);
    expect(events.connected).toHaveBeenCalledTimes(2);
  });

  it('comes back once, however often it is told that it is closed', async () => {
    await live().start();
    shell.current.connections[0]?.closed();
    shell.current.connections[0]?.closed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events.disconnected).toHaveBeenCalledOnce();
    expect(tries()).toBe(2);
  });

  it('closes when it is stopped, and stays away', async () => {
    const socket = live();
    await socket.start();
    socket.stop();
    expect(shell.current.closeConnection).toHaveBeenCalledOnce();
    shell.current.connections[0]?.closed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries()).toBe(1);
  });

  it('closes too where it is stopped while it still connects', async () => {
    const answers: ((connection: Connection) => void)[] = [];
    shell.current.connect.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    const socket = live();
    const starting = socket.start();
    socket.stop();
    answers[0]?.({ close: shell.current.closeConnection });
    await starting;
    expect(shell.current.closeConnection).toHaveBeenCalledOnce();
    expect(events.connected).not.toHaveBeenCalled();
  });

  it('is not connected where it was closed before it could be handed over', async () => {
    shell.current.connect.mockImplementationOnce(async (_url, handed) => {
      handed.closed();
      return { close: shell.current.closeConnection };
    });
    await live().start();
    expect(events.connected).not.toHaveBeenCalled();
  });

  it('gives up a try that it was waiting for when it is stopped', async () => {
    const socket = live();
    await socket.start();
    shell.current.connections[0]?.closed();
    socket.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries()).toBe(1);
  });
});
