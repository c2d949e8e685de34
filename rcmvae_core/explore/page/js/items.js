/** Draws inputs and decoded items: a picture, a line for a series, cells of a table. */

import { cellText } from "./widgets/numbers.js";

const FEATURES = 6;

/**
 * @typedef {Object} Item  one of: {bitmap, x, y, width, height} a cell of a sheet; {values, cells} numbers
 */

/**
 * Returns the items of a "decoded" reply or a sheet of pictures, row by row.
 * @param {{bitmap?: ImageBitmap, columns?: number, rows?: number, values?: number[][], features?: string[]}} reply
 * @param {number} count
 * @returns {Item[]}
 */
export function itemsOf(reply, count) {
  if (!reply.bitmap) return reply.values.map((values, place) => ({ values, cells: cellsOf(reply, place) }));
  const { bitmap, columns, rows } = reply;
  const [width, height] = [bitmap.width / columns, bitmap.height / rows];
  return Array.from({ length: Math.min(count, columns * rows) }, (_, place) => {
    return { bitmap, x: (place % columns) * width, y: Math.floor(place / columns) * height, width, height };
  });
}

/**
 * Returns the cells of a row of a table.
 * @param {{cells?: {columns: string[], rows: Array<Array<number|string|null>>}}} reply
 * @param {number} place of the row
 * @returns {Array<[string, number|string|null]>} name of the column and value; empty for other inputs
 */
export function cellsOf({ cells }, place) {
  return cells ? cells.columns.map((name, column) => [name, cells.rows[place][column]]) : [];
}

/**
 * Draws an item into a rectangle.
 * @param {CanvasRenderingContext2D} pen @param {Item} item
 * @param {number[]} box x, y, width, height @param {string} colour of lines
 */
export function drawItem(pen, item, [x, y, width, height], colour) {
  if (item.bitmap) {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(item.bitmap, item.x, item.y, item.width, item.height, x, y, width, height);
    return;
  }
  const { values } = item;
  const low = Math.min(...values), high = Math.max(...values);
  const at = (value) => y + height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  pen.beginPath();
  values.forEach((value, place) => {
    const px = x + 1 + (place / Math.max(1, values.length - 1)) * (width - 2);
    if (place) pen.lineTo(px, at(value));
    else pen.moveTo(px, at(value));
  });
  pen.strokeStyle = colour;
  pen.lineWidth = 1.25;
  pen.stroke();
}

/**
 * Returns an element that shows an item.
 * @param {Item} item @param {string} kind "image", "series" or "table" @param {number} size in CSS pixels
 */
export function itemElement(item, kind, size) {
  if (kind === "table") return featureList(item);
  const canvas = document.createElement("canvas");
  const wide = item.bitmap ? size * Math.min(1, item.width / item.height) : 1.6 * size;
  const high = item.bitmap ? size * Math.min(1, item.height / item.width) : size * 0.8;
  const ratio = item.bitmap ? Math.max(1, Math.round(size / item.width)) : 2;
  canvas.width = item.bitmap ? item.width * ratio : wide * ratio;
  canvas.height = item.bitmap ? item.height * ratio : high * ratio;
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${high}px`;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--fill");
  drawItem(canvas.getContext("2d"), item, [0, 0, canvas.width, canvas.height], colour);
  return canvas;
}

function featureList({ cells }) {
  const list = document.createElement("dl");
  list.className = "features";
  for (const [column, cell] of cells.slice(0, FEATURES)) {
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = column;
    value.textContent = cellText(cell);
    list.append(name, value);
  }
  return list;
}
