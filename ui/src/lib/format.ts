// Numbers for people.

const MIB = 1024 * 1024;

/** Bytes as a person says them: MB below a gigabyte. */
export function bytes(count: number): string {
  const mib = count / MIB;
  if (mib < 1) return '< 1 MB';
  return Math.round(mib) < 1000 ? `${Math.round(mib)} MB` : `${(mib / 1024).toFixed(1)} GB`;
}

/** The size of a file as its publisher and a file manager say it: in millions of bytes. */
export function megabytes(count: number): string {
  const mb = count / 1_000_000;
  return mb < 1 ? '< 1 MB' : `${Math.round(mb)} MB`;
}

/** How fast something arrives. A slow line has its tenths, or it would seem to stand still. */
export function speed(bytesPerSecond: number): string {
  const mb = bytesPerSecond / 1_000_000;
  return `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB/s`;
}

/** A time as a clock shows it. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The part of a path after its last folder, on any system. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
