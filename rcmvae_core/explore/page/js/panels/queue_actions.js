// What can be done with the entry of the queue that is next.
import { button, row } from "../widgets/controls.js";
import { whyNotLabel } from "../widgets/panel.js";
import { nameOf } from "../widgets/swatch.js";
import { classChoice } from "./class_choice.js";

/**
 * Gives the next entry the predicted class, where it has one.
 * @param {object} context
 * @param {object} list
 */
export function accept({ state }, list) {
  const entry = list.current();
  if (entry && entry.prediction >= 0 && !whyNotLabel(state.values.session)) list.label(entry.prediction);
}

/**
 * The controls of an entry.
 * @param {object} context
 * @param {object} list
 * @param {object} entry
 * @returns {HTMLElement}
 */
export function entryActions(context, list, entry) {
  const { state, actions } = context, why = whyNotLabel(state.values.session);
  const open = () => {
    actions.focus(entry.index);
    actions.showPanel("detail");
  };
  const accepts = `Accept ${nameOf(entry.prediction, state.values.classes)}`;
  return row(
    entry.prediction >= 0 ? button(accepts, () => accept(context, list), { kind: "primary", key: "Enter", focus: "accept", why }) : null,
    classChoice(state, `Give input ${entry.index} a class`, list.label),
    button("Skip", () => list.skip("skip"), { key: "s" }),
    button("Cannot tell", () => list.skip("cannot_tell"), { key: "u" }),
    button("Back", () => list.go(list.place() - 1), { key: "←", why: list.place() ? null : "This is the first one." }),
    button("Open", open, { kind: "quiet", label: `Open input ${entry.index}` }),
  );
}
