/** The colours of data, read from palette.json, as they are in the scheme of the moment. */

import { glyphOf } from "./colours.js";
import { RING } from "./glyphs.js";
import { isDark } from "./scheme.js";

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = [
  { name: "circle", cx: 6, cy: 6, r: 4.5 },
  { name: "path", d: "M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z" },
  { name: "path", d: "M6 1l5.2 10H.8z" },
  { name: "path", d: "M1 1h10v10H1zM4 4v4h4V4z", "fill-rule": "evenodd" },
  { name: "circle", cx: 6, cy: 6, r: 3.6, fill: "none", stroke: "currentColor", "stroke-width": 1.8 },
];

let schemes = null;

/** Reads the colours and keeps the page's custom properties (--category-0, …, --no-label) in step with the scheme. */
export async function readPalette() {
  if (schemes) return;
  schemes = await (await fetch(new URL("palette.json", import.meta.url))).json();
  document.addEventListener("scheme", publish);
  publish();
}

/** Returns the colours of the scheme that is shown now. */
export const palette = () => schemes[isDark() ? "dark" : "light"];

function publish() {
  const { style } = document.documentElement;
  palette().categories.forEach((colour, place) => style.setProperty(`--category-${place}`, colour));
  style.setProperty("--no-label", palette().none);
}

/**
 * Returns a small picture of a category's glyph, in its colour and shape, for text that names it.
 * @param {number} category class id or place in the categories; negative for none
 * @returns {SVGElement}
 */
export function swatch(category) {
  const { colour, shape } = glyphOf(category, schemes.light.categories.length);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 12 12");
  picture.setAttribute("class", "swatch");
  picture.setAttribute("aria-hidden", "true");
  const { name, ...attributes } = DRAWN[shape];
  const drawn = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries({ fill: "currentColor", ...attributes })) drawn.setAttribute(key, value);
  picture.append(drawn);
  picture.style.color = shape === RING ? "var(--no-label)" : `var(--category-${colour})`;
  return picture;
}
