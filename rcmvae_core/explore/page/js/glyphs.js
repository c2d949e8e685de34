/** Small pictures of points, as the offsets of their pixels. Pure functions. */

/** The shapes, in the order in which categories take them. */
export const SHAPES = ["disc", "plus", "triangle", "square"];
export const RING = 4;

/** Whether a pixel at (x, y) from the middle belongs to a shape of radius r (in pixels, half a size). */
const INSIDE = [
  (x, y, r) => x * x + y * y <= (r + 0.5) ** 2 - 0.5 || r <= 1,
  (x, y, r) => Math.min(Math.abs(x), Math.abs(y)) <= Math.max(0.5, r / 3),
  (x, y, r) => Math.abs(x) <= (y + r) / 2 + 0.26,
  (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) > r - Math.max(1, 0.7 * r) + 0.4,
  (x, y, r) => INSIDE[0](x, y, r) && (r <= 1 || x * x + y * y > (r - Math.max(1, 0.4 * r)) ** 2 + 0.3),
];

/**
 * Returns the pixels of a glyph as offsets from its middle, dx and dy in turn.
 * @param {number} shape place in SHAPES, or RING @param {number} size in device pixels
 * @returns {Int16Array}
 */
export function glyph(shape, size) {
  const inside = size < 3 ? () => true : INSIDE[shape];
  const pixels = [];
  const before = (size - 1) >> 1;
  const r = (size - 1) / 2;
  for (let dy = -before; dy < size - before; dy++) {
    for (let dx = -before; dx < size - before; dx++) {
      if (inside(dx + before - r, dy + before - r, r)) pixels.push(dx, dy);
    }
  }
  return Int16Array.from(pixels);
}

/** Returns the offsets of a glyph in a buffer of this width. @param {Int16Array} pixels @param {number} width */
export function flattened(pixels, width) {
  const offsets = new Int32Array(pixels.length / 2);
  for (let place = 0; place < offsets.length; place++) offsets[place] = pixels[2 * place] + pixels[2 * place + 1] * width;
  return offsets;
}

/**
 * Returns the size of glyphs in CSS pixels, so that they cover a fair part of the canvas without a blot.
 * @param {number} count how many points the whole plot has @param {number} area of the canvas in CSS pixels
 * @param {number} zoom 1 where everything is in sight
 */
export function sizeFor(count, area, zoom) {
  const apart = Math.sqrt(area / Math.max(1, count)) * zoom;
  return Math.max(2, Math.min(9, 0.9 * apart));
}
