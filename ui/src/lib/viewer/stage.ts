// The box that a picture is looked at in: how large it is, what a pointer does in it, where pictures lie.

import type { Size, View } from './zoom';

/** Hears of the size of an element, for as long as it is there. */
export function measured(hear: (size: Size) => void) {
  return (element: HTMLElement) => {
    const look = () => hear({ width: element.clientWidth || 1, height: element.clientHeight || 1 });
    // The observer first tells after a frame, in which the photo would be a speck.
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  };
}

export type Press = PointerEvent & { currentTarget: HTMLElement };

/** Hears of every move of a pointer that was pressed, until it is let go. */
export function follow(event: Press, move: (next: PointerEvent) => void, ended: () => void = () => undefined) {
  const target = event.currentTarget;
  target.setPointerCapture(event.pointerId);
  const end = () => {
    target.removeEventListener('pointermove', move);
    target.removeEventListener('pointerup', end);
    target.removeEventListener('pointercancel', end);
    ended();
  };
  target.addEventListener('pointermove', move);
  target.addEventListener('pointerup', end);
  target.addEventListener('pointercancel', end);
}

/** The style of a picture in the middle of its box; `aside` pixels to the right of it. */
export function lying(size: Size, view: View, aside = 0): string {
  return (
    `width: ${size.width}px; height: ${size.height}px; ` +
    `transform: translate(-50%, -50%) translate(${view.x + aside}px, ${view.y}px) scale(${view.scale});`
  );
}
