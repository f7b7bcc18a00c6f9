// What the page asks of the shell around it. Behind an interface, so that the page can be tested
// without a shell: tests bring their own.

import type {
  AddedPhoto,
  Adjustment,
  Arrival,
  CommandError,
  Forecast,
  ResultFile,
  SaveFormat,
  Saved,
  Session,
  Settings,
  VersionNews,
} from '../protocol/wire';

/** One connection to the server, open from the start. */
export interface Connection {
  close(): void;
}

export interface ConnectionEvents {
  text(message: string): void;
  closed(): void;
}

export interface DropEvents {
  enter(): void;
  leave(): void;
  drop(paths: string[]): void;
}

export interface Shell {
  session(): Promise<Session>;
  connect(url: string, events: ConnectionEvents): Promise<Connection>;

  filesToOpen(): Promise<string[]>;
  onFilesToOpen(hear: () => void): Promise<void>;
  onDrop(events: DropEvents): Promise<void>;
  /** Asked before the window closes; answers whether it may. */
  onClose(ask: () => Promise<boolean>): Promise<void>;

  addFiles(paths: string[], hear: (arrival: Arrival) => void): Promise<void>;
  addSample(hear: (arrival: Arrival) => void): Promise<void>;
  pickPhotos(title: string): Promise<string[]>;
  /** The same for files of models. */
  pickModels(title: string): Promise<string[]>;
  pickFolder(title: string): Promise<string | null>;
  forecast(name: string, checkpoint: string, sizes: number[]): Promise<Forecast>;

  saveResult(result: ResultFile, format: SaveFormat, title: string): Promise<Saved>;
  saveOverOriginal(result: ResultFile, format: SaveFormat, path: string): Promise<Saved>;
  saveAll(
    results: ResultFile[],
    format: SaveFormat,
    template: string,
    folder: string,
    hear: (count: number) => void,
  ): Promise<Saved>;
  copyResult(result: ResultFile): Promise<void>;
  showResult(result: ResultFile): Promise<void>;
  dragResult(result: ResultFile): Promise<void>;
  adjustJob(promptId: string, adjustment: Adjustment): Promise<void>;

  pause(paused: boolean): Promise<void>;
  isPaused(): Promise<boolean>;

  changeSettings(settings: Settings): Promise<void>;
  programsAddress(): Promise<string | null>;
  showModelsFolder(): Promise<void>;
  /** Whether there is a newer version of the program; null where the settings do not allow asking. */
  lookForNewerVersion(): Promise<VersionNews | null>;
  /** Opens its page in the browser. */
  showNewerVersion(): Promise<void>;
  copyReport(error: CommandError): Promise<void>;
  notify(title: string, body: string): Promise<void>;
  /** The progress on the taskbar or dock, 0 to 1; none takes it away. */
  showProgress(share: number | null): Promise<void>;
  restart(): Promise<void>;
  quit(): Promise<void>;
}

export type { AddedPhoto };
