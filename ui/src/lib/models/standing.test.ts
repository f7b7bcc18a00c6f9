// Where a model stands, from what the server lists and what it has told since.

import { describe, expect, it } from 'vitest';
import { ownModel, publishedModel, STARTER_MODEL, transfer } from '../../../tests/examples';
import type { TransferStep } from '../protocol/wire';
import { isModelFile, isUnderWay, shareOfStep, standingOf } from './standing';

const available = publishedModel();
const installed = publishedModel({ state: 'installed' });
const damaged = publishedModel({ state: 'damaged' });

// A step that is missing here fails the type check.
const UNDER_WAY: Record<TransferStep, boolean> = {
  connecting: true,
  downloading: true,
  checking: true,
  converting: true,
  unpacking: true,
  installed: false,
  failed: false,
  cancelled: false,
};

describe('What is done to a model', () => {
  it.each(Object.entries(UNDER_WAY))('is under way or over by its step: %s', (step, expected) => {
    expect(isUnderWay(transfer(step as TransferStep))).toBe(expected);
  });

  it('is not under way where there is nothing', () => {
    expect(isUnderWay(undefined)).toBe(false);
  });

  it.each([
    [{ received: 0, bytes: 100 }, 0],
    [{ received: 25, bytes: 100 }, 0.25],
    [{ received: 100, bytes: 100 }, 1],
    [{ received: 120, bytes: 100 }, 1],
    [{ received: 0, bytes: 0 }, 0],
    [{ received: 50 }, 0],
  ])('has come as far as its bytes say, and nowhere while their sum is not known: %o', (bytes, share) => {
    expect(shareOfStep(transfer('downloading', bytes))).toBe(share);
  });
});

describe('A model', () => {
  it('stands as the server lists it while nothing is told of it', () => {
    expect(standingOf(available, undefined)).toBe('available');
    expect(standingOf(installed, undefined)).toBe('installed');
    expect(standingOf(damaged, undefined)).toBe('damaged');
    expect(standingOf(STARTER_MODEL, undefined)).toBe('inside');
  });

  it.each(['connecting', 'downloading', 'checking', 'converting', 'unpacking'] as const)('is busy while %s', (step) => {
    for (const model of [available, installed, damaged]) {
      expect(standingOf(model, transfer(step))).toBe('busy');
    }
  });

  it('is installed as soon as that is told, before the list says so', () => {
    expect(standingOf(available, transfer('installed'))).toBe('installed');
  });

  it('whose download failed or was stopped can be gone on with', () => {
    expect(standingOf(available, transfer('failed'))).toBe('failed');
    expect(standingOf(damaged, transfer('failed'))).toBe('failed');
    expect(standingOf(available, transfer('cancelled'))).toBe('stopped');
  });

  it('that is here stays so, whatever failed since', () => {
    expect(standingOf(installed, transfer('failed'))).toBe('installed');
    expect(standingOf(installed, transfer('cancelled'))).toBe('installed');
  });

  it("of the user's own is never to be downloaded", () => {
    const own = ownModel({ state: 'damaged' });
    expect(standingOf(own, transfer('failed', { model: 'oma' }))).toBe('damaged');
  });
});

describe('The file of a model', () => {
  it.each(['/m/a.pth', 'C:\\m\\a.PT', 'pytorch_model.bin', 'a.b.safetensors'])('is known by its name: %s', (path) => {
    expect(isModelFile(path)).toBe(true);
  });

  it.each(['/m/a.jpg', 'pth', '/m.pth/a', 'a.pth.zip', 'a.json'])('is not %s', (path) => {
    expect(isModelFile(path)).toBe(false);
  });
});
