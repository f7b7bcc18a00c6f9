// A shell that only remembers: what the page asked of it, and what it is to answer.

import { vi } from 'vitest';
import type { Connection, ConnectionEvents, DropEvents, Shell } from '../src/lib/backend/shell';
import type {
  Adjustment,
  Arrival,
  CommandError,
  Forecast,
  ResultFile,
  SaveFormat,
  Saved,
  ServerMessage,
  Session,
  Settings,
  VersionNews,
} from '../src/lib/protocol/wire';
import { forecast, SESSION } from './examples';

const DONE: Saved = { kind: 'done', paths: ['/saved/photo.png'] };

export class FakeShell implements Shell {
  /** What the page hears from the shell; set as it asks. */
  drops: DropEvents | undefined;
  askToClose: (() => Promise<boolean>) | undefined;
  filesAreThere: (() => void) | undefined;
  connections: ConnectionEvents[] = [];

  /** What is to come of files that are added. */
  arrivals: Arrival[] = [];
  paused = false;
  waitingFiles: string[] = [];

  readonly closeConnection = vi.fn();
  readonly session = vi.fn(async (): Promise<Session> => SESSION);
  readonly connect = vi.fn(async (_url: string, events: ConnectionEvents): Promise<Connection> => {
    this.connections.push(events);
    return { close: this.closeConnection };
  });

  readonly filesToOpen = vi.fn(async () => this.waitingFiles.splice(0));
  async onFilesToOpen(hear: () => void) {
    this.filesAreThere = hear;
  }
  async onDrop(events: DropEvents) {
    this.drops = events;
  }
  async onClose(ask: () => Promise<boolean>) {
    this.askToClose = ask;
  }

  readonly addFiles = vi.fn(async (_paths: string[], hear: (arrival: Arrival) => void) =>
    this.arrivals.forEach(hear),
  );
  readonly addSample = vi.fn(async (hear: (arrival: Arrival) => void) => this.arrivals.forEach(hear));
  readonly pickPhotos = vi.fn(async (_title: string): Promise<string[]> => []);
  readonly pickModels = vi.fn(async (_title: string): Promise<string[]> => []);
  readonly pickFolder = vi.fn(async (_title: string): Promise<string | null> => null);
  readonly forecast = vi.fn(
    async (_name: string, _checkpoint: string, sizes: number[]): Promise<Forecast> =>
      forecast(sizes[0] ?? 0),
  );

  readonly saveResult = vi.fn(
    async (_result: ResultFile, _format: SaveFormat, _title: string): Promise<Saved> => DONE,
  );
  readonly saveOverOriginal = vi.fn(
    async (_result: ResultFile, _format: SaveFormat, _path: string): Promise<Saved> => DONE,
  );
  readonly saveAll = vi.fn(
    async (
      _results: ResultFile[],
      _format: SaveFormat,
      _template: string,
      _folder: string,
      _hear: (count: number) => void,
    ): Promise<Saved> => DONE,
  );
  readonly copyResult = vi.fn(async (_result: ResultFile) => undefined);
  readonly showResult = vi.fn(async (_result: ResultFile) => undefined);
  readonly dragResult = vi.fn(async (_result: ResultFile) => undefined);
  readonly adjustJob = vi.fn(async (_id: string, _adjustment: Adjustment) => undefined);

  readonly pause = vi.fn(async (paused: boolean) => {
    this.paused = paused;
  });
  readonly isPaused = vi.fn(async () => this.paused);

  readonly changeSettings = vi.fn(async (_settings: Settings) => undefined);
  readonly programsAddress = vi.fn(async (): Promise<string | null> => null);
  readonly lookForNewerVersion = vi.fn(async (): Promise<VersionNews | null> => null);
  readonly showNewerVersion = vi.fn(async () => undefined);
  readonly showModelsFolder = vi.fn(async () => undefined);
  readonly copyReport = vi.fn(async (_error: CommandError) => undefined);
  readonly notify = vi.fn(async (_title: string, _body: string) => undefined);
  readonly showProgress = vi.fn(async (_share: number | null) => undefined);
  readonly restart = vi.fn(async () => undefined);
  readonly quit = vi.fn(async () => undefined);

  /** A message over the newest connection. */
  say(message: ServerMessage): void {
    this.connections.at(-1)?.text(JSON.stringify(message));
  }
}
