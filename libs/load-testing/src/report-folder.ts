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
  'body{font:15px/1.5 sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#222}svg{max-width:100%;height:auto}figure{margin:1em 0}pre{background:#f4f4f4;padding:1em;white-space:pre-wrap}';

/**
 * A button under each plot that saves it as a PNG, twice as large, for documents that take no SVG. A browser has the
 * fonts for it, and the machine that writes the report may have none.
 */
const SAVE_AS_PNG = `
for (const figure of document.querySelectorAll('figure')) {
  const svg = figure.querySelector('svg');
  const button = document.createElement('button');
  button.textContent = 'Save as PNG';
  button.onclick = async () => {
    const image = new Image();
    image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(svg));
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = 2 * svg.width.baseVal.value;
    canvas.height = 2 * svg.height.baseVal.value;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    const link = document.createElement('a');
    link.download = figure.id + '.png';
    link.href = canvas.toDataURL('image/png');
    link.click();
  };
  figure.append(button);
}
`;

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
    'index.html': pageOf(report, plots),
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

function pageOf({ title, lines }: Report, plots: readonly (readonly [string, string])[]): string {
  const figures = plots.map(([name, svg]) => `<figure id="${xmlText(name)}">\n${svg}</figure>\n`);
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
${figures.join('')}<script>${SAVE_AS_PNG}</script>
</body>
</html>
`;
}
