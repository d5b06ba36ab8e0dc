/** Line charts as SVG with logarithmic axes, readable in light and dark mode. */

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const height = 400;
/** The right end of the lines; the legend stands beside it. */
const right = 510;
const margin = { left: 64, top: 40, bottom: 48 };
/** Of a letter, in the widest of the fonts that `sans-serif` may be. */
const letter = 8;
const colours = ["#0a7d5a", "#8a8f98", "#c2571a", "#3a6fd8", "#a03fb0", "#b59a00"];
const ink = "#7d8590";

/** Maps values to positions on a logarithmic axis. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

/** Ticks at 1, 2 and 5 times each power of ten, just beyond the values' range. */
function ticks(values: readonly number[]): readonly number[] {
  const all = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** (power - 4))).flat();
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const first = all.findLastIndex((tick) => tick <= low * 1.001);
  const last = all.findIndex((tick) => tick >= high * 0.999);
  return all.slice(Math.max(first, 0), last + 1);
}

const text = (x: number, y: number, words: string, more = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`;

export function chart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((of) => of.points);
  const xs = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const rungs = ticks(points.map((point) => point.y));
  const bottom = height - margin.bottom;
  const width = Math.max(720, right + 38 + letter * Math.max(...series.map(({ name }) => name.length)));
  const atX = scale(xs, margin.left, right);
  const atY = scale(rungs, bottom, margin.top);
  const grid = rungs.map(
    (rung) =>
      `<path d="M${margin.left} ${atY(rung).toFixed(1)}H${right}" stroke="${ink}" stroke-opacity=".25"/>` +
      text(margin.left - 8, atY(rung) + 4, rung.toLocaleString("en-US"), 'text-anchor="end"'),
  );
  const lines = series.map(({ points }, index) => {
    const colour = colours[index % colours.length] ?? ink;
    const at = points.map((point) => `${atX(point.x).toFixed(1)} ${atY(point.y).toFixed(1)}`);
    const dots = at.map((where) => `<circle cx="${where.replace(" ", '" cy="')}" r="3.5" fill="${colour}"/>`);
    return `<path d="M${at.join("L")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}`;
  });
  const legend = series.map(({ name }, index) => {
    const [left, top] = [right + 16, margin.top + 12 + index * 22];
    const colour = colours[index % colours.length] ?? ink;
    return `<path d="M${left} ${top - 4}h16" stroke="${colour}" stroke-width="3"/>${text(left + 22, top, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${ink}" role="img" aria-label="${title}">`,
    text(margin.left, 20, title, 'font-size="14" font-weight="bold"'),
    ...grid,
    ...xs.map((value) => text(atX(value), bottom + 18, value.toLocaleString("en-US"), 'text-anchor="middle"')),
    text((margin.left + right) / 2, height - 10, x, 'text-anchor="middle"'),
    text(0, 0, y, `text-anchor="middle" transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)"`),
    ...lines,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}
