import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { xmlText } from './xml-text.js';

export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  /** `line` joins the points in their order; `dots` leaves them alone. */
  readonly form: 'line' | 'dots';
  readonly points: readonly Point[];
}

/** Both axes start at 0. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 300;
const MARGIN = { top: 54, right: 20, bottom: 46, left: 66 };
/** Told apart by readers who see colours differently. Source: M. Okabe and K. Ito, Color Universal Design. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
/** More dots than a reader can tell apart only make a large file. */
const MOST_POINTS = 2000;

type Scale = ScaleLinear<number, number>;

/** Draws a chart as a document of its own. */
export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const x = scaleOf(points, 0, [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleOf(points, 1, [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const body = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 20, chart.title, 'font-size="15" font-weight="bold"'),
    ...legendOf(chart.series),
    ...y.ticks(5).flatMap((value) => yTick(y, value)),
    ...x.ticks(8).flatMap((value) => xTick(x, value)),
    text((MARGIN.left + WIDTH) / 2, HEIGHT - 8, chart.xLabel, 'text-anchor="middle"'),
    text(
      0,
      0,
      chart.yLabel,
      `text-anchor="middle" transform="translate(16 ${HEIGHT / 2}) rotate(-90)"`,
    ),
    ...chart.series.map((series, index) => drawSeries(series, colourOf(index), x, y)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${xmlText(chart.title)}" font-family="sans-serif" font-size="12" fill="#222">
${body.join('\n')}
</svg>
`;
}

function scaleOf(points: readonly Point[], axis: 0 | 1, range: [number, number]): Scale {
  const highest = points.reduce((most, point) => Math.max(most, point[axis]), 0);
  return scaleLinear([0, highest === 0 ? 1 : highest], range).nice();
}

function drawSeries({ form, points }: Series, colour: string, x: Scale, y: Scale): string {
  const shown = thinned(points);
  if (form === 'line') {
    const path = line<Point>(
      ([at]) => x(at),
      ([, value]) => y(value),
    ).digits(1)(shown);
    return `<path d="${path ?? ''}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  }
  const dots = shown.map(
    ([at, value]) => `<circle cx="${x(at).toFixed(1)}" cy="${y(value).toFixed(1)}" r="2"/>`,
  );
  return `<g fill="${colour}" fill-opacity="0.7">${dots.join('')}</g>`;
}

/** Of many points every so manieth, and always the highest of those that it stands for: peaks are what matters. */
function thinned(points: readonly Point[]): readonly Point[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  if (step <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / step) }, (_, index) =>
    points
      .slice(index * step, (index + 1) * step)
      .reduce((highest, point) => (point[1] > highest[1] ? point : highest)),
  );
}

function legendOf(series: readonly Series[]): string[] {
  let left = MARGIN.left;
  return series.flatMap(({ name }, index) => {
    const at = left;
    left += 30 + 7 * name.length;
    return [
      `<rect x="${at}" y="30" width="12" height="12" fill="${colourOf(index)}"/>`,
      text(at + 17, 40, name),
    ];
  });
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function yTick(y: Scale, value: number): string[] {
  const at = y(value).toFixed(1);
  return [
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/>`,
    text(MARGIN.left - 6, y(value) + 4, y.tickFormat(5)(value), 'text-anchor="end"'),
  ];
}

function xTick(x: Scale, value: number): string[] {
  const at = x(value).toFixed(1);
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    `<line x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}" stroke="#888"/>`,
    text(x(value), bottom + 18, x.tickFormat(8)(value), 'text-anchor="middle"'),
  ];
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${xmlText(content)}</text>`;
}
