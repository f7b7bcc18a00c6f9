// What is said of a model and of what is being done to it.

import { describe, expect, it } from 'vitest';
import { ownModel, publishedModel, STARTER_MODEL, transfer } from '../../../tests/examples';
import { en } from '../../lib/i18n/en';
import { zh } from '../../lib/i18n/zh';
import { factsText, stoppedText, transferText } from './text';

const DOWNLOADING = transfer('downloading', {
  received: 412_000_000,
  bytes: 911_950_059,
  bytes_per_second: 12_400_000,
  eta_ms: 40_000,
  source: 'huggingface.co',
});

describe('A model', () => {
  it('is a kind of network under a license, and so large', () => {
    expect(factsText(publishedModel(), en)).toBe('Large network · Apache-2.0 · 912 MB to download');
    expect(factsText(STARTER_MODEL, en)).toBe('Tiny network · MIT · 9 MB on disk');
    expect(factsText(publishedModel(), zh)).toBe('大型网络 · Apache-2.0 · 需下载 912 MB');
  });

  it('is described by its file where it is another kind, and by nothing that is not known', () => {
    expect(factsText(ownModel({ architecture: '48 channels' }), en)).toBe('48 channels · Apache-2.0 · 912 MB on disk');
    const bare = ownModel({ architecture: '' });
    delete bare.bytes;
    delete bare.license;
    expect(factsText(bare, en)).toBe('');
  });
});

describe('A download', () => {
  it('says how far it is, how fast, how long still, and from where', () => {
    expect(transferText(DOWNLOADING, en)).toBe(
      'Downloading · 412 MB of 912 MB · 12 MB/s · 0:40 left · from huggingface.co',
    );
    expect(transferText(DOWNLOADING, zh)).toBe(
      '下载中 · 412 MB，共 912 MB · 12 MB/s · 剩余 0:40 · 来自 huggingface.co',
    );
  });

  it('says no more than is known', () => {
    expect(transferText(transfer('connecting'), en)).toBe('Connecting');
    expect(transferText(transfer('connecting', { source: 'hf-mirror.com' }), en)).toBe(
      'Connecting · from hf-mirror.com',
    );
    expect(transferText(transfer('checking', { received: 1_000_000, bytes: 4_000_000 }), en)).toBe(
      'Checking · 1 MB of 4 MB',
    );
  });

  it('that was stopped says where', () => {
    const at = transfer('cancelled', { received: 300_000_000, bytes: 911_950_059 });
    expect(stoppedText(at, en)).toBe('Stopped at 300 MB of 912 MB. What has arrived is kept.');
    expect(stoppedText(at, zh)).toBe('已停止，收到 300 MB，共 912 MB。已收到的部分会保留。');
    expect(stoppedText(transfer('cancelled'), en)).toBe('Stopped. What has arrived is kept.');
  });
});
