// The socket: messages as they come, and a new one whenever it breaks.

import type { ServerMessage } from '../protocol/wire';
import type { Connection, Shell } from './shell';

/** Milliseconds before the first try again; each next try waits twice as long. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;

export interface LiveEvents {
  message(message: ServerMessage): void;
  /** The server tells by itself where each live job is; what else there is must be asked for. */
  connected(): void;
  disconnected(): void;
}

export class Live {
  private wait = FIRST_WAIT;
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isStopped = false;

  constructor(
    private readonly shell: Pick<Shell, 'connect'>,
    private readonly url: string,
    private readonly events: LiveEvents,
  ) {}

  async start(): Promise<void> {
    if (this.isStopped) return;
    // One connection says that it is closed once, however often it is told so.
    let isOpen = true;
    const closed = () => {
      if (!isOpen) return;
      isOpen = false;
      this.connection = undefined;
      this.events.disconnected();
      this.again();
    };
    try {
      const connection = await this.shell.connect(this.url, {
        text: (text) => this.hear(text),
        closed,
      });
      // Either may have happened while it was being made.
      if (this.isStopped) connection.close();
      if (this.isStopped || !isOpen) return;
      this.connection = connection;
      this.wait = FIRST_WAIT;
      this.events.connected();
    } catch {
      closed();
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.connection?.close();
  }

  private again(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.start(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  private hear(text: string): void {
    let message: ServerMessage | null;
    try {
      message = JSON.parse(text);
    } catch {
      // The server never says such a thing; a page that stops over it would be worse.
      return;
    }
    if (typeof message?.data === 'object') this.events.message(message);
  }
}
