/** What part of a plane a canvas shows. Pure functions; a viewport is never changed, only replaced. */

/**
 * @typedef {Object} Viewport  data (x, y) is drawn at (x * sx + ox, y * sy + oy); sy is negative, because y points up
 * @property {number} sx @property {number} sy @property {number} ox @property {number} oy
 */

/**
 * Returns the extent of the points, [x0, x1, y0, y1], never empty.
 * @param {Float32Array} points x and y in turn @param {Int32Array|null} members indices; null for all
 */
export function extentOf(points, members = null) {
  const count = members ? members.length : points.length / 2;
  let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
  for (let place = 0; place < count; place++) {
    const at = 2 * (members ? members[place] : place);
    const x = points[at], y = points[at + 1];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  if (!(x0 <= x1)) return [-1, 1, -1, 1];
  const [wide, high] = [x1 - x0 || 1, y1 - y0 || 1];
  return x1 > x0 && y1 > y0 ? [x0, x1, y0, y1] : [x0 - wide / 2, x1 + wide / 2, y0 - high / 2, y1 + high / 2];
}

/**
 * Returns the viewport that shows the whole extent, in the middle, with a margin of 4 %.
 * @param {number[]} extent @param {number} width @param {number} height in pixels
 * @param {boolean} equal whether a unit is as long on both axes
 * @returns {Viewport}
 */
export function fitted(extent, width, height, equal = true) {
  const [x0, x1, y0, y1] = extent;
  let sx = (0.92 * width) / (x1 - x0);
  let sy = (0.92 * height) / (y1 - y0);
  if (equal) sx = sy = Math.min(sx, sy);
  return { sx, sy: -sy, ox: width / 2 - (sx * (x0 + x1)) / 2, oy: height / 2 + (sy * (y0 + y1)) / 2 };
}

/** Returns the viewport after moving by pixels. @param {Viewport} view */
export const moved = (view, dx, dy) => ({ ...view, ox: view.ox + dx, oy: view.oy + dy });

/** Returns the viewport after zooming by `factor` about a pixel, which keeps its place. @param {Viewport} view */
export function zoomed(view, factor, px, py) {
  return {
    sx: view.sx * factor, sy: view.sy * factor,
    ox: px - (px - view.ox) * factor, oy: py - (py - view.oy) * factor,
  };
}

/** Returns the viewport for another size: the middle of the canvas stays where it is. @param {Viewport} view */
export function resized(view, from, to) {
  const factor = Math.min(to.width / from.width, to.height / from.height);
  const scaled = zoomed(view, factor, 0, 0);
  return moved(scaled, (to.width - from.width * factor) / 2, (to.height - from.height * factor) / 2);
}

/** Returns the data coordinates of a pixel. @param {Viewport} view @returns {number[]} */
export const toData = (view, px, py) => [(px - view.ox) / view.sx, (py - view.oy) / view.sy];

/** Returns the pixel of data coordinates. @param {Viewport} view @returns {number[]} */
export const toPixel = (view, x, y) => [x * view.sx + view.ox, y * view.sy + view.oy];
