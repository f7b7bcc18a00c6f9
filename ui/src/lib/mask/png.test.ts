// The PNG of a mask, read again chunk by chunk.

import { describe, expect, it } from 'vitest';
import { DEFECT, Mask } from './bitmap';
import { pngOf } from './png';

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

function chunksOf(file: Uint8Array<ArrayBuffer>) {
  const view = new DataView(file.buffer);
  const chunks: { type: string; data: Uint8Array<ArrayBuffer>; sum: number }[] = [];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    chunks.push({ type, data: file.slice(at + 8, at + 8 + length), sum: view.getUint32(at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

async function inflated(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const written = writer.write(data).then(() => writer.close());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = stream.readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(Uint8Array.from(next.value));
  }
  await written;
  return bytesOf(new Blob(parts));
}

describe('The PNG of a mask', () => {
  it('is gray of eight bits, of the size of the mask', async () => {
    const file = await bytesOf(await pngOf(new Mask(300, 2)));
    expect([...file.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const [header] = chunksOf(file);
    expect(header?.type).toBe('IHDR');
    expect([...(header?.data ?? [])]).toEqual([0, 0, 1, 44, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  });

  it('has every pixel of the mask, row by row', async () => {
    const mask = new Mask(3, 2, Uint8Array.from([0, DEFECT, 0, DEFECT, 0, DEFECT]));
    const [, picture] = chunksOf(await bytesOf(await pngOf(mask)));
    expect(picture?.type).toBe('IDAT');
    expect([...(await inflated(picture?.data ?? new Uint8Array()))]).toEqual([0, 0, DEFECT, 0, 0, DEFECT, 0, DEFECT]);
  });

  it('has every pixel of a mask that is handed on in parts', async () => {
    const mask = new Mask(1500, 800);
    for (let at = 0; at < mask.bytes.length; at += 977) mask.bytes[at] = DEFECT;
    const [, picture] = chunksOf(await bytesOf(await pngOf(mask)));
    const rows = await inflated(picture?.data ?? new Uint8Array());
    expect(rows.length).toBe(1501 * 800);
    const isSame = mask.bytes.every((byte, at) => rows[Math.floor(at / 1500) * 1501 + 1 + (at % 1500)] === byte);
    expect(isSame).toBe(true);
  });

  it('has checksums, which readers refuse it without', async () => {
    const chunks = chunksOf(await bytesOf(await pngOf(new Mask(1, 1))));
    // As in the file of a single black pixel that other programs write.
    expect(chunks.map(({ type, sum }) => [type, sum])).toEqual([
      ['IHDR', 0x3a7e9b55],
      ['IDAT', expect.any(Number)],
      ['IEND', 0xae426082],
    ]);
  });

  it('says what it is', async () => {
    expect((await pngOf(new Mask(1, 1))).type).toBe('image/png');
  });
});
