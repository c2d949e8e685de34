// A line chart as SVG, with a table of its last values as its text.
import { h, s } from "./dom.js";
import { number } from "./numbers.js";

const WIDTH = 320, HEIGHT = 132, LEFT = 44, RIGHT = 8, TOP = 8, BOTTOM = 20;
const DASHES = [null, "5 3", "2 2", "8 3 2 3"];

/**
 * Draws curves over one axis.
 * @param {string} title
 * @param {Array<{name: string, points: Array<[number, number]>}>} curves
 * @param {string} across what the horizontal axis counts
 * @returns {HTMLElement}
 */
export function lineChart(title, curves, across) {
  const all = curves.flatMap((curve) => curve.points).filter(finite);
  const last = curves.map((curve) => [curve.name, curve.points.findLast(finite)]).filter(([, point]) => point);
  const words = `${title}: ${last.map(([name, [x, y]]) => `${name} ${number(y)} at ${across} ${number(x)}`).join("; ") || "no value yet"}`;
  const figure = h("figure", { class: "chart" }, h("figcaption", { text: title }));
  if (all.length === 0) return figure.append(h("p", { class: "note", text: "No value yet." })) ?? figure;
  const [x0, x1] = span(all.map((point) => point[0])), [y0, y1] = span(all.map((point) => point[1]));
  const place = ([x, y]) => [
    LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM),
  ];
  const drawing = s(
    "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words, class: "line-chart" },
    s("path", { class: "chart-axis", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` }),
    s("text", { x: LEFT - 4, y: TOP + 8, "text-anchor": "end", text: number(y1) }),
    s("text", { x: LEFT - 4, y: HEIGHT - BOTTOM, "text-anchor": "end", text: number(y0) }),
    s("text", { x: LEFT, y: HEIGHT - 5, text: number(x0) }),
    s("text", { x: WIDTH - RIGHT, y: HEIGHT - 5, "text-anchor": "end", text: `${across} ${number(x1)}` }),
    curves.map((curve, i) => line(curve.points.filter(finite).map(place), i)),
  );
  const legend = h(
    "ul",
    { class: "chart-legend" },
    last.map(([name, [, y]]) => entry(name, y, curves.findIndex((curve) => curve.name === name))),
  );
  figure.append(drawing, legend);
  return figure;
}

const finite = ([x, y]) => Number.isFinite(x) && Number.isFinite(y);

function span(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function line(points, i) {
  const d = points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  // A curve of one point would not be seen.
  const [x, y] = points.at(-1) ?? [0, 0];
  return s(
    "g", { class: `curve curve-${i % 4}` },
    s("path", { d, "stroke-dasharray": DASHES[i % 4] }),
    points.length ? s("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.5 }) : null,
  );
}

const entry = (name, value, i) =>
  h(
    "li", {},
    s("svg", { viewBox: "0 0 20 8", width: 20, height: 8, "aria-hidden": "true", class: `curve curve-${i % 4}` },
      s("path", { d: "M0 4H20", "stroke-dasharray": DASHES[i % 4] })),
    h("span", { text: `${name} ${number(value)}` }),
  );

/**
 * Draws a series of one or more variables as small lines.
 * @param {Array<number>} values row-major, time by variable
 * @param {Array<number>} shape [time] or [time, variables]
 * @param {string} label for screen readers
 * @returns {SVGElement}
 */
export function sparkline(values, shape, label) {
  const steps = shape[0] ?? values.length, variables = Math.max(1, Math.round(values.length / steps));
  const [low, high] = span(values.filter(Number.isFinite).concat(values.length ? [] : [0]));
  const path = (variable) =>
    Array.from({ length: steps }, (_, t) => {
      const x = (100 * t) / Math.max(1, steps - 1), y = 38 - (
        36 * (values[t * variables + variable] - low)
      ) / (high - low);
      return `${t ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }).join("");
  return s(
    "svg", { viewBox: "0 0 100 40", role: "img", "aria-label": label, class: "sparkline", preserveAspectRatio: "none" },
    Array.from({ length: Math.min(variables, 8) }, (_, v) => s("path", { d: path(v), class: `curve curve-${v % 4}` })),
  );
}
