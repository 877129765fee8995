/** The lines of a text area's value, in which every line break is one `\n`. */
export function splitLines(text: string): string[] {
  return text.split('\n');
}

/** Lines that there is something to translate in, each once, in order. */
export function distinctLines(lines: readonly string[]): string[] {
  return [...new Set(lines.filter((line) => !isBlank(line)))];
}

/** Whether a line is its own translation. */
export function isBlank(line: string): boolean {
  return line.trim() === '';
}
