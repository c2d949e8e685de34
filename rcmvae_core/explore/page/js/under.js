/** What lies under the points: lines at round numbers, and the grid of decodes. */

import { toData, toPixel } from "./viewport.js";

const LINES = 5;

/** Returns round numbers between two values. @param {number} from @param {number} to @param {number} about how many */
export function ticks(from, to, about) {
  const raw = (to - from) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, place) => {
    return Number(((first + place) * step).toPrecision(12));
  });
}

/** Draws the under canvas of a plot. @param {Object} plot */
export function drawUnder(plot) {
  const { under, view, size, decodes } = plot;
  const pen = under.getContext("2d");
  const { width, height, ratio } = size;
  pen.clearRect(0, 0, width, height);
  if (decodes) drawDecodes(pen, decodes, view);
  else drawLines(pen, plot);
}

function drawLines(pen, plot) {
  const { view, size: { width, height, ratio } } = plot;
  const isLarge = plot.figure.classList.contains("is-large");
  const colours = getComputedStyle(plot.stage);
  const [left, bottom] = toData(view, 0, height);
  const [right, top] = toData(view, width, 0);
  const words = [];
  pen.strokeStyle = colours.getPropertyValue("--grid");
  pen.lineWidth = ratio;
  pen.beginPath();
  for (const x of isLarge ? ticks(left, right, (LINES * width) / height) : [0]) {
    const at = Math.round(toPixel(view, x, 0)[0]) + 0.5;
    pen.moveTo(at, 0);
    pen.lineTo(at, height);
    if (isLarge) words.push([x, at + 3 * ratio, height - 5 * ratio]);
  }
  for (const y of isLarge ? ticks(bottom, top, LINES) : [0]) {
    const at = Math.round(toPixel(view, 0, y)[1]) + 0.5;
    pen.moveTo(0, at);
    pen.lineTo(width, at);
    if (isLarge && at < height - 24 * ratio) words.push([y, 4 * ratio, at - 3 * ratio]);
  }
  pen.stroke();
  pen.font = `${11 * ratio}px system-ui, sans-serif`;
  pen.fillStyle = colours.getPropertyValue("--muted");
  // A line through a number would hide its sign.
  pen.strokeStyle = colours.getPropertyValue("--paper");
  pen.lineWidth = 4 * ratio;
  pen.lineJoin = "round";
  for (const [value, x, y] of words) {
    const text = String(value).replace("-", "−");
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }
}

function drawDecodes(pen, { picture, x0, x1, y0, y1 }, view) {
  const [left, top] = toPixel(view, x0, y1);
  const [right, bottom] = toPixel(view, x1, y0);
  // Pictures keep their pixels; lines that were drawn for another scale would break without smoothing.
  pen.imageSmoothingEnabled = picture instanceof HTMLCanvasElement;
  pen.drawImage(picture, left, top, right - left, bottom - top);
}
