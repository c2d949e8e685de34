// The colour and shape of a class, with its name.
import { h } from "./dom.js";
import { swatch } from "../palette.js";

/** The colour of a class for CSS. @param {number} id @returns {string} */
export const colourOf = (id) => swatch(id).style.color;

/**
 * The mark and name of a class.
 * @param {number} id negative for none
 * @param {Array<{id: number, name: string}>} classes
 * @returns {HTMLElement}
 */
export const className = (id, classes) => h(
  "span", { class: "class-name" }, swatch(id), h("span", { text: nameOf(id, classes) }),
);

/** The name of a class. @param {number} id @param {Array<object>} classes @returns {string} */
export const nameOf = (id, classes) => (
  id < 0 ? "no label" : classes.find((each) => each.id === id)?.name ?? `class ${id}`
);
