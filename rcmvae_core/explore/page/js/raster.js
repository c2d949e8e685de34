/** Draws points into a buffer of pixels. Pure functions: no canvas, no document. */

import { flattened, glyph } from "./glyphs.js";

/** The layers, from the bottom to the top. */
export const DIMMED = 0, EMPTY = 1, NORMAL = 2, SELECTED = 3;
const LAYERS = 4;

/**
 * @typedef {Object} Style  how each of the N inputs is drawn
 * @property {Uint32Array} colour ABGR @property {Uint8Array} shape @property {Uint8Array} layer
 */

/**
 * Returns the members sorted by layer, in their order within each.
 * @param {Int32Array|null} members indices; null for all inputs @param {Uint8Array} layer of each input
 * @returns {{order: Int32Array, starts: Int32Array}} `order.subarray(starts[l], starts[l + 1])` is layer l
 */
export function byLayer(members, layer) {
  const count = members ? members.length : layer.length;
  const starts = new Int32Array(LAYERS + 1);
  for (let place = 0; place < count; place++) starts[layer[members ? members[place] : place] + 1]++;
  for (let at = 0; at < LAYERS; at++) starts[at + 1] += starts[at];
  const next = starts.slice(0, LAYERS);
  const order = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const index = members ? members[place] : place;
    order[next[layer[index]]++] = index;
  }
  return { order, starts };
}

/**
 * Draws all points of a plot, layer on layer. Nothing is left out but what lies outside the buffer.
 * @param {{pixels: Uint32Array, width: number, height: number}} target cleared by the caller
 * @param {Float32Array} points x and y in turn, of all inputs
 * @param {{order: Int32Array, starts: Int32Array}} layers
 * @param {Style} style
 * @param {{view: {sx: number, sy: number, ox: number, oy: number}, sizes: number[], outline: number, halo: number}} options
 *   view in device pixels, the glyphs' size in each layer, the colours around selected and around normal points (0 for none)
 * @returns {number[]} how many points of each layer were drawn
 */
export function draw(target, points, layers, style, { view, sizes, outline, halo = 0 }) {
  const drawn = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    const members = layers.order.subarray(layers.starts[layer], layers.starts[layer + 1]);
    const size = sizes[layer];
    const edge = { [NORMAL]: halo, [SELECTED]: outline }[layer];
    if (edge) drawLayer(target, points, members, style, view, size + 2 * Math.max(1, Math.round(size / 6)), edge);
    drawn.push(drawLayer(target, points, members, style, view, size, 0));
  }
  return drawn;
}

function drawLayer(target, points, members, style, view, size, outline) {
  const { pixels, width, height } = target;
  const { sx, sy, ox, oy } = view;
  const { colour, shape } = style;
  // An outline is a disc under every shape, so that it is seen around each of them.
  const shapes = Array.from({ length: 5 }, (_, each) => glyph(outline ? 0 : each, size));
  const offsets = shapes.map((each) => flattened(each, width));
  const margin = Math.ceil(size / 2) + 1;
  const right = width - margin, bottom = height - margin;
  let drawn = 0;
  for (let place = 0; place < members.length; place++) {
    const index = members[place];
    const x = Math.round(points[2 * index] * sx + ox);
    const y = Math.round(points[2 * index + 1] * sy + oy);
    if (x >= margin && x < right && y >= margin && y < bottom) {
      const value = outline || colour[index];
      const own = offsets[shape[index]];
      const at = y * width + x;
      for (let each = 0; each < own.length; each++) pixels[at + own[each]] = value;
      drawn++;
    } else if (x >= 0 && x < width && y >= 0 && y < height) {
      drawAtEdge(target, shapes[shape[index]], x, y, outline || colour[index]);
      drawn++;
    }
  }
  return drawn;
}

function drawAtEdge({ pixels, width, height }, own, px, py, value) {
  for (let each = 0; each < own.length; each += 2) {
    const x = px + own[each], y = py + own[each + 1];
    if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = value;
  }
}
