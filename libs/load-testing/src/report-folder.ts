import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { drawChart } from './chart.js';
import type { Charts } from './service-charts.js';
import { xmlText } from './xml-text.js';

export interface Report {
  readonly title: string;
  /** Lines of text above the plots. */
  readonly lines: readonly string[];
  /** By the name of their file, without its ending. */
  readonly charts: Charts;
  /** All figures, for programs. */
  readonly data: unknown;
}

const STYLE =
  'body{font:15px/1.5 sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#222}svg{max-width:100%;height:auto;margin:1em 0}pre{background:#f4f4f4;padding:1em;white-space:pre-wrap}';

/**
 * Writes `index.html`, which needs no other file, each plot as an SVG file, and `report.json`.
 *
 * @throws OperatorError where the folder cannot be written.
 */
export async function writeReportFolder(folder: string, report: Report): Promise<void> {
  const plots = Object.entries(report.charts).map(
    ([name, chart]) => [name, drawChart(chart)] as const,
  );
  const files: Record<string, string> = {
    'index.html': pageOf(
      report,
      plots.map(([, svg]) => svg),
    ),
    'report.json': `${JSON.stringify(report.data, null, 2)}\n`,
    ...Object.fromEntries(plots.map(([name, svg]) => [`${name}.svg`, svg])),
  };
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new OperatorError(
      `The report cannot be written to "${folder}" (${code}). Name a folder that can be written with --report.`,
      { cause },
    );
  }
}

function pageOf({ title, lines }: Report, plots: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${xmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${xmlText(title)}</h1>
<pre>${lines.map(xmlText).join('\n')}</pre>
${plots.join('')}</body>
</html>
`;
}
