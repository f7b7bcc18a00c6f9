// A mask as a PNG of 8-bit gray. A canvas would write the same in colors, four bytes a pixel, and has to hold
// them all first; here the page's own deflate gets the rows as they are.
//
// The format: W3C, Portable Network Graphics, third edition, sections 5 (chunks) and 11.2 (IHDR).

import type { Mask } from './bitmap';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The most bytes of the mask that are handed to the compression at once. */
const PART = 1 << 20;

export async function pngOf(mask: Mask): Promise<Blob> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, mask.width);
  view.setUint32(4, mask.height);
  // Eight bits of gray; the other methods are the only ones there are, and nothing is interlaced.
  header.set([8, 0, 0, 0, 0], 8);
  const picture = await deflated(mask);
  const chunks = [chunk('IHDR', header), chunk('IDAT', picture), chunk('IEND', new Uint8Array())];
  return new Blob([Uint8Array.from(SIGNATURE), ...chunks], { type: 'image/png' });
}

/** The rows, each with the number of its filter before it: 0, none. */
async function deflated({ width, height, bytes }: Mask): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream('deflate');
  const read = gathered(stream.readable);
  const writer = stream.writable.getWriter();
  const atOnce = Math.max(1, Math.floor(PART / (width + 1)));
  for (let first = 0; first < height; first += atOnce) {
    const rows = Math.min(atOnce, height - first);
    const part = new Uint8Array(rows * (width + 1));
    for (let row = 0; row < rows; row += 1) {
      const start = (first + row) * width;
      part.set(bytes.subarray(start, start + width), row * (width + 1) + 1);
    }
    await writer.write(part);
  }
  await writer.close();
  return read;
}

async function gathered(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Length, type, data, and the checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The checksum of PNG: CRC-32 as in ISO 3309. */
function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
