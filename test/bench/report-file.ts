import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** Writes a Markdown or JSON file as the formatter would have it. */
export async function writeReport(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const filepath = join(folder, name);
  const config = await resolveConfig(fileURLToPath(import.meta.url));
  await writeFile(filepath, await format(text, { ...config, filepath }));
}

/** Writes a plot as it is. */
export async function writePlot(folder: string, name: string, svg: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), svg);
}

/** A Markdown table; the columns after the first are set right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function toMs(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

/** `value / whole` in percent. */
export function toPercent(value: number, whole: number): string {
  return `${((100 * value) / whole).toFixed(1)} %`;
}
