// The shell as Tauri gives it.

import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import { getCurrentWindow } from '@tauri-apps/api/window';
import WebSocket from '@tauri-apps/plugin-websocket';
import type { Arrival } from '../protocol/wire';
import type { Shell } from './shell';

/** Told by the shell when there are files to open. */
const OPENED = 'tintype://opened';

function arrivals(hear: (arrival: Arrival) => void): Channel<Arrival> {
  const channel = new Channel<Arrival>();
  channel.onmessage = hear;
  return channel;
}

export const tauriShell: Shell = {
  session: () => invoke('session'),

  async connect(url, events) {
    const socket = await WebSocket.connect(url);
    socket.addListener((message) => {
      if (message.type === 'Text') {
        events.text(message.data);
      } else if (message.type !== 'Ping' && message.type !== 'Pong') {
        // A close, or what the plugin says of an error: either way nothing more comes.
        events.closed();
      }
    });
    return { close: () => void socket.disconnect().catch(() => undefined) };
  },

  filesToOpen: () => invoke('files_to_open'),
  onFilesToOpen: async (hear) => {
    await listen(OPENED, hear);
  },
  onDrop: async (events) => {
    await getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === 'enter') events.enter();
      else if (payload.type === 'leave') events.leave();
      else if (payload.type === 'drop') events.drop(payload.paths);
    });
  },
  onClose: async (ask) => {
    await getCurrentWindow().onCloseRequested(async (event) => {
      if (!(await ask())) event.preventDefault();
    });
  },

  addFiles: (paths, hear) => invoke('add_files', { paths, arrivals: arrivals(hear) }),
  addSample: (hear) => invoke('add_sample', { arrivals: arrivals(hear) }),
  pickPhotos: (title) => invoke('pick_photos', { title }),
  pickModels: (title) => invoke('pick_models', { title }),
  pickFolder: (title) => invoke('pick_folder', { title }),
  forecast: (name, checkpoint, sizes) => invoke('forecast', { name, checkpoint, sizes }),

  saveResult: (result, format, title) => invoke('save_result', { result, format, title }),
  saveOverOriginal: (result, format, path) =>
    invoke('save_over_original', { result, format, path }),
  saveAll: (results, format, template, folder, hear) => {
    const saved = new Channel<number>();
    saved.onmessage = hear;
    return invoke('save_all', { results, format, template, folder, saved });
  },
  copyResult: (result) => invoke('copy_result', { result }),
  showResult: (result) => invoke('show_result', { result }),
  dragResult: (result) => invoke('drag_result', { result }),
  adjustJob: (promptId, adjustment) => invoke('adjust_job', { promptId, adjustment }),

  pause: (paused) => invoke('pause', { paused }),
  isPaused: () => invoke('is_paused'),

  changeSettings: (settings) => invoke('change_settings', { settings }),
  programsAddress: () => invoke('programs_address'),
  lookForNewerVersion: () => invoke('look_for_newer_version'),
  showNewerVersion: () => invoke('show_newer_version'),
  showModelsFolder: () => invoke('show_models_folder'),
  copyReport: (error) => invoke('copy_report', { error }),
  notify: (title, body) => invoke('notify', { title, body }),
  showProgress: (share) => invoke('show_progress', { share }),
  restart: () => invoke('restart'),
  quit: () => getCurrentWindow().destroy(),
};
