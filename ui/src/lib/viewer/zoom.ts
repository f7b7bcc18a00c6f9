// Where a picture lies in its frame: pure arithmetic, tested without a screen.

export type Size = { width: number; height: number };

/** The picture's center relative to the frame's, and screen pixels for a pixel of the picture. */
export type View = { scale: number; x: number; y: number };

/** From a postage stamp to single pixels. */
const LEAST = 0.02;
const MOST = 16;

/** The whole picture, as large as the frame allows but never larger than life. */
export function fit(picture: Size, frame: Size): View {
  if (picture.width <= 0 || picture.height <= 0) return { scale: 1, x: 0, y: 0 };
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height, 1);
  return { scale: Math.max(scale, LEAST), x: 0, y: 0 };
}

/** Another scale with the point under the pointer staying where it is. */
export function zoomAt(view: View, factor: number, pointer: { x: number; y: number }): View {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const by = scale / view.scale;
  return {
    scale,
    x: pointer.x - (pointer.x - view.x) * by,
    y: pointer.y - (pointer.y - view.y) * by,
  };
}

/** The same view with the picture kept in the frame: centered where it is smaller, covering where it is larger. */
export function kept(view: View, picture: Size, frame: Size): View {
  const along = (offset: number, length: number, room: number) => {
    const spare = Math.max(0, (length * view.scale - room) / 2);
    return Math.min(spare, Math.max(-spare, offset));
  };
  return {
    scale: view.scale,
    x: along(view.x, picture.width, frame.width),
    y: along(view.y, picture.height, frame.height),
  };
}

export function pan(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}
