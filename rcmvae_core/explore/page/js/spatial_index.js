/** Finds points near a place or inside a polygon. Pure functions. */

import { extentOf } from "./viewport.js";

const PER_CELL = 6;
const BANDS = 128;

/**
 * Sorts points into the cells of a grid.
 * @param {Float32Array} points x and y in turn, of all inputs @param {Int32Array|null} members indices; null for all
 * @returns {Object} the index, for `nearest` and `within`
 */
export function gridOf(points, members = null) {
  const count = members ? members.length : points.length / 2;
  const [x0, x1, y0, y1] = extentOf(points, members);
  const side = Math.max(1, Math.ceil(Math.sqrt(count / PER_CELL)));
  // `| 0` puts a point without a number into the first cell, where no search finds it.
  const cell = (index) => {
    const column = Math.min(side - 1, (((points[2 * index] - x0) / (x1 - x0)) * side) | 0);
    const row = Math.min(side - 1, (((points[2 * index + 1] - y0) / (y1 - y0)) * side) | 0);
    return row * side + column;
  };
  const cells = new Int32Array(count);
  const starts = new Int32Array(side * side + 1);
  for (let place = 0; place < count; place++) {
    cells[place] = cell(members ? members[place] : place);
    starts[cells[place] + 1]++;
  }
  for (let at = 0; at < side * side; at++) starts[at + 1] += starts[at];
  const next = starts.slice(0, side * side);
  const order = new Int32Array(count);
  for (let place = 0; place < count; place++) order[next[cells[place]]++] = members ? members[place] : place;
  return { points, order, starts, side, extent: [x0, x1, y0, y1] };
}

function* cellsWithin({ side, extent: [x0, x1, y0, y1] }, [left, right, low, high]) {
  const place = (value, from, to) => Math.max(0, Math.min(side - 1, Math.floor(((value - from) / (to - from)) * side)));
  if (right < x0 || left > x1 || high < y0 || low > y1) return;
  const [first, last] = [place(left, x0, x1), place(right, x0, x1)];
  for (let row = place(low, y0, y1); row <= place(high, y0, y1); row++) yield [row * side + first, row * side + last];
}

/**
 * Returns the index of the nearest point, or -1 if none is within the reach.
 * @param {Object} grid @param {number} x @param {number} y
 * @param {{x: number, y: number}} reach in data units along each axis
 * @param {function(number): boolean} [counts] which points count
 */
export function nearest(grid, x, y, reach, counts = () => true) {
  const { points, order, starts } = grid;
  let best = -1, least = 1;
  for (const [first, last] of cellsWithin(grid, [x - reach.x, x + reach.x, y - reach.y, y + reach.y])) {
    for (let place = starts[first]; place < starts[last + 1]; place++) {
      const index = order[place];
      const far = ((points[2 * index] - x) / reach.x) ** 2 + ((points[2 * index + 1] - y) / reach.y) ** 2;
      if (far <= least && counts(index)) [best, least] = [index, far];
    }
  }
  return best;
}

/**
 * Returns the points inside a polygon by the even-odd rule, ascending.
 * @param {Object} grid @param {Array<number[]>} polygon corners [x, y] in data units
 * @returns {Int32Array}
 */
export function within(grid, polygon) {
  if (polygon.length < 3) return new Int32Array(0);
  const { points, order, starts } = grid;
  const corners = Float64Array.from(polygon.flat());
  const box = extentOf(corners);
  const bands = bandsOf(polygon, box);
  const found = [];
  for (const [first, last] of cellsWithin(grid, box)) {
    for (let place = starts[first]; place < starts[last + 1]; place++) {
      const index = order[place];
      if (insideBands(bands, points[2 * index], points[2 * index + 1])) found.push(index);
    }
  }
  return Int32Array.from(found).sort();
}

/** Sorts the edges of a polygon by the bands of y that they cross, so that a point is compared with few of them. */
function bandsOf(polygon, [, , low, high]) {
  const bands = Array.from({ length: BANDS }, () => []);
  const band = (y) => Math.max(0, Math.min(BANDS - 1, Math.floor(((y - low) / (high - low)) * BANDS)));
  polygon.forEach(([x, y], place) => {
    const [u, v] = polygon[(place + 1) % polygon.length];
    for (let at = band(Math.min(y, v)); at <= band(Math.max(y, v)); at++) bands[at].push([x, y, u, v]);
  });
  return { bands, band, low, high };
}

function insideBands({ bands, band, low, high }, x, y) {
  if (y < low || y > high) return false;
  let inside = false;
  for (const [x0, y0, x1, y1] of bands[band(y)]) {
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
  }
  return inside;
}
