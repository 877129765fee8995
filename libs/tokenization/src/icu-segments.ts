/** UTF-16 units handed to ICU at once: V8 copies its whole input for each segment it returns. */
const WINDOW = 512;
/** Segments at the end of a window that text beyond it may still change ("don'" before "t"). */
const UNSETTLED = 2;

/**
 * Visits the segments of a text in order, in linear time: the text is fed in windows, each beginning where
 * the last settled segment of the one before ended. A window without one is doubled.
 */
export function visitSegments(
  segmenter: Intl.Segmenter,
  text: string,
  visit: (start: number, end: number, isWordLike: boolean) => void,
): void {
  let start = 0;
  let window = WINDOW;
  while (start < text.length) {
    const segments = [...segmenter.segment(text.slice(start, start + window))];
    const isLastWindow = start + window >= text.length;
    const settled = isLastWindow ? segments.length : Math.max(0, segments.length - UNSETTLED);
    for (const { segment, isWordLike } of segments.slice(0, settled)) {
      visit(start, start + segment.length, isWordLike ?? false);
      start += segment.length;
    }
    window = settled === 0 ? 2 * window : WINDOW;
  }
}
