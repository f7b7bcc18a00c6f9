// Things of the protocol, filled in with what a test does not care about.

import type { ExtraData, HistoryEntry, QueueEntry } from '../src/lib/backend/server';
import type { JobMessage } from '../src/lib/photos/job';
import type {
  AddedPhoto,
  Addon,
  ErrorBody,
  ErrorCode,
  Forecast,
  ImportedModel,
  Model,
  ModelPrecision,
  Outcome,
  Output,
  PromptRefused,
  Session,
  Settings,
  Stage,
  Transfer,
  TransferStep,
  WorkflowFile,
} from '../src/lib/protocol/wire';
import { USUAL_SAVING } from '../src/lib/saving';

export const SETTINGS: Settings = {
  language: null,
  theme: 'system',
  device: null,
  threads: null,
  precision: null,
  output: null,
  port: null,
  is_open_to_programs: false,
  history_days: null,
  saving: USUAL_SAVING,
  may_look_for_versions: false,
};

export const SESSION: Session = {
  address: '127.0.0.1:8188',
  client_id: 'the-window',
  token: 'secret',
  version: '0.1.0',
  system_language: 'en',
  settings: SETTINGS,
};

export function photo(name: string, more: Partial<AddedPhoto> = {}): AddedPhoto {
  const source = `/photos/${name}`;
  return { name, title: name, source, width: 1200, height: 800, bytes: 300_000, pages: 1, ...more };
}

export function output(filename: string): Output {
  return { node: '3', filename, subfolder: '', type: 'output' };
}

export function errorBody(code: ErrorCode, hint?: ErrorBody['hint']): ErrorBody {
  const messages = { en: `What ${code} means.`, 'zh-CN': `${code} 的含义。` };
  return { code, message: messages.en, messages, ...(hint ? { hint } : {}) };
}

export function queued(id: string, position: number): JobMessage {
  const data = { status: 'queued', prompt_id: id, queue_remaining: position, position } as const;
  return { type: 'status', data };
}

export function started(id: string): JobMessage {
  return { type: 'execution_start', data: { prompt_id: id, timestamp: 0 } };
}

export function progress(id: string, share: number, stage: Stage = 'inference'): JobMessage {
  const data = { value: share * 1000, max: 1000, prompt_id: id, stage, elapsed_ms: 2000, eta_ms: 3000 };
  return { type: 'progress', data };
}

export function failure(id: string, error: ErrorBody): JobMessage {
  return { type: 'error', data: { ...error, prompt_id: id } };
}

export function stopped(id: string, outcome: Outcome): JobMessage {
  const outputs = outcome === 'completed' ? [output(`${id}.png`)] : [];
  const timings = { inference: 4000 };
  return { type: 'execution_stop', data: { prompt_id: id, outcome, outputs, elapsed_ms: 5000, timings } };
}

export function queueEntry(id: string, extra: ExtraData = {}): QueueEntry {
  return [0, id, {}, extra, ['3']];
}

export function historyEntry(id: string, outcome: Outcome, extra: ExtraData = {}): HistoryEntry {
  const { filename, subfolder, type } = output(`${id}.png`);
  return {
    prompt: queueEntry(id, extra),
    outputs: outcome === 'completed' ? { '3': { images: [{ filename, subfolder, type }] } } : {},
    outcome,
    ended_at: 1,
    elapsed_ms: 5000,
    timings: { inference: 4000 },
    ...(outcome === 'failed' ? { error: errorBody('IMAGE_CORRUPT') } : {}),
  };
}

/** A refusal of the whole request. */
export function refusal(code: ErrorCode): PromptRefused {
  const { message, messages } = errorBody(code);
  return { error: { type: code, message, details: '', extra_info: { code, messages } }, node_errors: {} };
}

export function forecast(size: number, more: Partial<Forecast> = {}): Forecast {
  const bytes = 400 * 1024 * 1024;
  const sizes = [{ size, milliseconds: 3000, bytes, fits: true }];
  return { sizes, largest: 1024, available_bytes: 4 * bytes, ...more };
}

export const WORKFLOW: WorkflowFile = {
  title: { en: 'Old portraits', 'zh-CN': '老肖像' },
  description: { en: '', 'zh-CN': '' },
  scene: 'people',
  recommended_sizes: [512, 768],
  prompt: {
    a: { class_type: 'LoadImage', inputs: { image: 'example.png' } },
    b: {
      class_type: 'DDColor_Colorize',
      inputs: { image: ['a', 0], model_input_size: 512, checkpoint: 'published.pth' },
    },
    c: { class_type: 'SaveImage', inputs: { images: ['b', 0], filename_prefix: 'mine' } },
  },
};

/** What was found out about a model on a computer with bf16. */
export const BF16: ModelPrecision = {
  precision: 'bf16',
  reason: 'close',
  difference: { mean: 0.12, percentile_99: 0.8 },
  why: { en: 'bf16: nobody sees it', 'zh-CN': 'bf16：肉眼看不出' },
};

/** The model inside the program. */
export const STARTER_MODEL: Model = {
  id: 'starter',
  name: { en: 'Starter', 'zh-CN': '入门模型' },
  about: { en: 'Works at once.', 'zh-CN': '可立即使用。' },
  architecture: 'tiny',
  license: 'MIT',
  checkpoint: 'starter',
  state: 'installed',
  is_bundled: true,
  is_published: false,
  bytes: 9_000_000,
  hosts: [],
};

/** A published model, large and not here yet. */
export function publishedModel(more: Partial<Model> = {}): Model {
  return {
    id: 'ddcolor_artistic',
    name: { en: 'DDColor Artistic', 'zh-CN': 'DDColor 艺术版' },
    about: { en: 'Fewer red artifacts.', 'zh-CN': '红色瑕疵更少。' },
    architecture: 'large',
    license: 'Apache-2.0',
    checkpoint: 'ddcolor_artistic.safetensors',
    state: 'available',
    is_bundled: false,
    is_published: true,
    bytes: 911_950_059,
    sha256: 'a591ee5b',
    hosts: ['huggingface.co', 'hf-mirror.com', 'modelscope.cn'],
    ...more,
  };
}

/** A model of the user's own. */
export function ownModel(more: Partial<Model> = {}): Model {
  return publishedModel({
    id: 'oma',
    name: { en: 'oma', 'zh-CN': 'oma' },
    about: { en: '', 'zh-CN': '' },
    checkpoint: 'oma.safetensors',
    state: 'installed',
    is_published: false,
    origin: '/models/oma.pth',
    ...more,
  });
}

/** What can be had besides models. */
export function addon(more: Partial<Addon> = {}): Addon {
  return {
    id: 'cuda',
    name: { en: 'NVIDIA graphics cards', 'zh-CN': 'NVIDIA 显卡支持' },
    about: { en: 'Many times as fast.', 'zh-CN': '速度快很多倍。' },
    license: 'BSD-3-Clause AND LicenseRef-NVIDIA-EULA',
    state: 'available',
    bytes: 2_310_108_817,
    hosts: ['files.pythonhosted.org'],
    is_used: false,
    ...more,
  };
}

/** How far something with the published model is. */
export function transfer(step: TransferStep, more: Partial<Transfer> = {}): Transfer {
  return { model: 'ddcolor_artistic', step, received: 0, ...more };
}

export function importedModel(more: Partial<ImportedModel> = {}): ImportedModel {
  return {
    id: 'oma',
    name: { en: 'oma', 'zh-CN': 'oma' },
    origin: '/models/oma.pth',
    sha256: 'c0ffee',
    architecture: 'large',
    parameters: 227_000_000,
    is_published: false,
    ...more,
  };
}
