// A choice of a class, where there is no keyboard or more classes than keys.
import { select } from "../widgets/controls.js";
import { activeClasses, whyNotLabel } from "../widgets/panel.js";

/**
 * A choice that gives a class at once.
 * @param {object} state
 * @param {string} label for screen readers
 * @param {function(number): void} give
 * @returns {HTMLSelectElement}
 */
export function classChoice(state, label, give) {
  const classes = activeClasses(state.values.classes);
  const options = [["", "Give a class"], ...classes.map(({ id, name }) => [String(id), name])];
  const choice = select(options, "", (value) => { if (value) give(Number(value)); }, "give class");
  choice.setAttribute("aria-label", label);
  choice.disabled = whyNotLabel(state.values.session) !== null || !classes.length;
  return choice;
}
