/** What follows the pointer and the keyboard: rings, places of uploads, the lasso, the cursor. */

import { toPixel } from "./viewport.js";

/** Draws the overlay of a plot. @param {Object} plot */
export function drawOverlay(plot) {
  const { over, size, view, context } = plot;
  const { values } = context.state;
  const pen = over.getContext("2d");
  const { ratio } = size;
  const colours = getComputedStyle(plot.stage);
  const ink = colours.getPropertyValue("--ink"), paper = colours.getPropertyValue("--paper");
  const accent = colours.getPropertyValue("--accent");
  pen.clearRect(0, 0, size.width, size.height);
  const at = (index) => toPixel(view, plot.points[2 * index], plot.points[2 * index + 1]);
  const ring = ([x, y], radius, colour, width = 2) => {
    circle(pen, x, y, radius * ratio, paper, (width + 2) * ratio);
    circle(pen, x, y, radius * ratio, colour, width * ratio);
  };
  for (const index of values.candidates) if (plot.holds(index)) ring(at(index), 5, accent, 1.5);
  for (const mark of values.marks) drawMark(pen, mark, plot, ratio, ink, paper);
  if (values.focused >= 0 && plot.holds(values.focused)) {
    ring(at(values.focused), 8, accent, 2.5);
  }
  if (values.hovered >= 0 && plot.holds(values.hovered)) ring(at(values.hovered), 6, ink);
  if (plot.path) drawPath(pen, plot.path.map(([x, y]) => toPixel(view, x, y)), accent, ratio);
  if (plot.cursor) drawCross(pen, toPixel(view, ...plot.cursor), ink, paper, ratio);
}

function circle(pen, x, y, radius, colour, width) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

function drawMark(pen, mark, plot, ratio, ink, paper) {
  const place = plot.which === "map" ? mark.map : mark.channel === plot.which ? mark.plane : null;
  if (!place) return;
  const [x, y] = toPixel(plot.view, ...place);
  const r = 7 * ratio;
  pen.beginPath();
  pen.moveTo(x, y - r);
  pen.lineTo(x + r, y);
  pen.lineTo(x, y + r);
  pen.lineTo(x - r, y);
  pen.closePath();
  pen.fillStyle = ink;
  pen.strokeStyle = paper;
  pen.lineWidth = 2 * ratio;
  pen.fill();
  pen.stroke();
}

function drawPath(pen, corners, colour, ratio) {
  pen.beginPath();
  corners.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.globalAlpha = 0.12;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5 * ratio;
  pen.setLineDash([5 * ratio, 3 * ratio]);
  pen.stroke();
  pen.setLineDash([]);
}

function drawCross(pen, [x, y], ink, paper, ratio) {
  for (const [colour, width] of [[paper, 4], [ink, 1.5]]) {
    pen.beginPath();
    pen.moveTo(x - 9 * ratio, y);
    pen.lineTo(x + 9 * ratio, y);
    pen.moveTo(x, y - 9 * ratio);
    pen.lineTo(x, y + 9 * ratio);
    pen.strokeStyle = colour;
    pen.lineWidth = width * ratio;
    pen.stroke();
  }
}
