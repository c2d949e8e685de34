/** From a column's values to colours, shapes and layers. Pure functions. */

import { RING, SHAPES } from "./glyphs.js";
import { DIMMED, EMPTY, NORMAL, SELECTED } from "./raster.js";

const SAMPLE = 20000, EXACT = 1e-5;

/** Returns "#rrggbb" as the number that a little-endian buffer of pixels holds. @param {string} hex */
export function toPixel(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/**
 * Returns the colour and shape of a category; they depend on its number alone, and so stay from one revision to the next.
 * @param {number} category class id or place in the categories; negative for none @param {number} colours how many there are
 */
export function glyphOf(category, colours) {
  if (category < 0) return { colour: -1, shape: RING };
  return { colour: category % colours, shape: Math.floor(category / colours) % SHAPES.length };
}

/** Returns 256 pixels between the anchors of a sequential scale. @param {string[]} anchors */
export function ramp(anchors) {
  const parts = anchors.map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, place) => {
    const at = (place / 255) * (parts.length - 1);
    const before = Math.min(parts.length - 2, Math.floor(at));
    const [r, g, b] = parts[before].map((each, k) => Math.round(each + (at - before) * (parts[before + 1][k] - each)));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

/**
 * Returns the 1 % and 99 % quantiles of a column (of an even sample where there are many), for the ends of the scale.
 * @param {ArrayLike<number>} values
 * @returns {number[]} twice the same number where values differ by less than they are exact
 */
export function quantileRange(values) {
  const [low, high] = extremes(values);
  if (high - low <= EXACT * Math.max(Math.abs(low), Math.abs(high))) return [low, low];
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = [];
  for (let i = 0; i < values.length; i += step) if (Number.isFinite(values[i])) sample.push(values[i]);
  sample.sort((a, b) => a - b);
  const at = (share) => sample[Math.round(share * (sample.length - 1))];
  return at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [low, high];
}

/** Returns the smallest and the largest finite value; 0 and 0 where there is none. @param {ArrayLike<number>} values */
export function extremes(values) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Returns how often each category occurs, by category; -1 for none. @param {ArrayLike<number>} values */
export function countsOf(values) {
  const counts = new Map();
  const most = 4096;
  const table = new Int32Array(most + 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value >= -1 && value < most) table[value + 1]++;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  table.forEach((count, place) => { if (count) counts.set(place - 1, count); });
  return counts;
}

/**
 * Returns the style of all inputs without a selection.
 * @param {ArrayLike<number>} values of the column
 * @param {{type: "category"|"number", ends: number[]}} scale
 * @param {Object} palette of the scheme: categories, sequential, none, dimmed ("#rrggbb")
 * @param {{dimmed: Set<number>, range: number[]|null, mask: Uint8Array|null}} limits what is dimmed
 * @returns {{colour: Uint32Array, shape: Uint8Array, layer: Uint8Array}}
 */
export function styleOf(values, scale, palette, limits) {
  const style = {
    colour: new Uint32Array(values.length), shape: new Uint8Array(values.length), layer: new Uint8Array(values.length),
  };
  (scale.type === "category" ? styleCategories : styleNumbers)(style, values, scale, palette, limits);
  const grey = toPixel(palette.dimmed);
  const { layer, colour } = style;
  const { mask } = limits;
  for (let i = 0; i < layer.length; i++) {
    if (mask && !mask[i]) layer[i] = DIMMED;
    if (layer[i] === DIMMED) colour[i] = grey;
  }
  return style;
}

function styleCategories({ colour, shape, layer }, values, _scale, palette, { dimmed }) {
  const colours = palette.categories.map(toPixel);
  const none = toPixel(palette.none);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const without = value < 0;
    colour[i] = without ? none : colours[value % colours.length];
    shape[i] = without ? RING : Math.floor(value / colours.length) % SHAPES.length;
    layer[i] = dimmed.size && dimmed.has(value) ? DIMMED : without ? EMPTY : NORMAL;
  }
}

function styleNumbers({ colour, shape, layer }, values, { ends: [low, high] }, palette, { range }) {
  const table = ramp(palette.sequential);
  const none = toPixel(palette.none);
  const width = high - low || Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const missing = !Number.isFinite(value);
    colour[i] = missing ? none : table[Math.max(0, Math.min(255, Math.round(((value - low) / width) * 255)))];
    shape[i] = missing ? RING : 0;
    const outside = range && !(value >= range[0] && value <= range[1]);
    layer[i] = outside ? DIMMED : missing ? EMPTY : NORMAL;
  }
}

/**
 * Returns the style with the selected inputs on top; a selected input that is dimmed keeps its grey.
 * @param {Object} style as from styleOf @param {Uint8Array} selection @param {boolean} any whether anything is selected
 */
export function withSelection(style, selection, any) {
  if (!any) return style;
  const layer = style.layer.slice();
  for (let i = 0; i < layer.length; i++) if (selection[i]) layer[i] = SELECTED;
  return { ...style, layer };
}
