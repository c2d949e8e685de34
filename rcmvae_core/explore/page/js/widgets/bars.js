// Horizontal bars: a share, a quantile with its threshold.
import { h } from "./dom.js";
import { percent } from "./numbers.js";

/**
 * A named share as a bar.
 * @param {Node|string} name
 * @param {number} share from 0 to 1
 * @param {{text?: string, colour?: string, mark?: number|null}} options mark: a place on the bar, from 0 to 1
 * @returns {HTMLElement}
 */
export function bar(name, share, { text = percent(share), colour = null, mark = null } = {}) {
  return h(
    "div",
    { class: "meter" },
    h("span", { class: "meter-name" }, name),
    track(share, colour, mark),
    h("span", { class: "meter-value", text }),
  );
}

/**
 * The line of a bar alone.
 * @param {number} share from 0 to 1
 * @param {string|null} colour
 * @param {number|null} mark
 * @returns {HTMLElement}
 */
export function track(share, colour = null, mark = null) {
  const width = `${(100 * Math.min(1, Math.max(0, share || 0))).toFixed(2)}%`;
  return h(
    "span",
    { class: "meter-track", "aria-hidden": "true" },
    h("span", { class: "meter-fill", style: colour ? { width, background: colour } : { width } }),
    mark === null ? null : h("span", { class: "meter-mark", style: { left: `${100 * mark}%` } }),
  );
}
