// Numbers as people read them.

import { describe, expect, it } from 'vitest';
import { bytes, clock, fileName, megabytes, percent, speed } from './format';

const MIB = 1024 * 1024;

describe('A clock', () => {
  it.each([
    [0, '0:00'],
    [999, '0:01'],
    [7_000, '0:07'],
    [59_400, '0:59'],
    [59_600, '1:00'],
    [61_000, '1:01'],
    [600_000, '10:00'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [3_725_000, '1:02:05'],
  ])('shows %d ms as %s', (milliseconds, shown) => {
    expect(clock(milliseconds)).toBe(shown);
  });

  it('shows no time below nothing', () => {
    expect(clock(-5000)).toBe('0:00');
  });
});

describe('Bytes', () => {
  it.each([
    [0, '< 1 MB'],
    [MIB - 1, '< 1 MB'],
    [MIB, '1 MB'],
    [412.4 * MIB, '412 MB'],
    [1024 * MIB, '1.0 GB'],
    [1536 * MIB, '1.5 GB'],
  ])('of %d are shown as %s', (count, shown) => {
    expect(bytes(count)).toBe(shown);
  });
});

describe('The size of a file', () => {
  it.each([
    [999_999, '< 1 MB'],
    [1_000_000, '1 MB'],
    [220_372_845, '220 MB'],
    [911_950_059, '912 MB'],
    [1_200_000_000, '1200 MB'],
  ])('of %d bytes is shown as its publisher shows it: %s', (count, shown) => {
    expect(megabytes(count)).toBe(shown);
  });
});

describe('A speed', () => {
  it.each([
    [40_000, '0.0 MB/s'],
    [340_000, '0.3 MB/s'],
    [9_940_000, '9.9 MB/s'],
    [12_400_000, '12 MB/s'],
  ])('of %d bytes a second is shown as %s', (count, shown) => {
    expect(speed(count)).toBe(shown);
  });
});

describe('A share', () => {
  it.each([
    [0, '0 %'],
    [0.614, '61 %'],
    [0.616, '62 %'],
    [1, '100 %'],
  ])('of %d is shown as %s', (share, shown) => {
    expect(percent(share)).toBe(shown);
  });
});

describe('The name of a file', () => {
  it.each([
    ['/srv/oma/photos/1931.jpg', '1931.jpg'],
    ['C:\\Photos\\1931.jpg', '1931.jpg'],
    ['\\\\server\\share/mixed\\1931.jpg', '1931.jpg'],
    ['1931.jpg', '1931.jpg'],
    ['/photos/', ''],
  ])('at %s is "%s"', (path, name) => {
    expect(fileName(path)).toBe(name);
  });
});
