// What stands at the end of a list.
import { banner, button, part, row } from "../widgets/controls.js";
import { h } from "../widgets/dom.js";
import { count, counted } from "../widgets/numbers.js";
import { whyNotLabel } from "../widgets/panel.js";

/**
 * Says how many got a label, and what can be done next.
 * @param {object} context
 * @param {object} list
 * @param {function(): void} ask
 * @returns {HTMLElement}
 */
export function endOf({ state, actions }, list, ask) {
  const { labelled, all } = list.counts();
  return part("The list is done",
    h("p", { text: `${count(labelled)} of ${counted(all, "input")} got a label.` }),
    row(button(
      "Train on these labels", () => actions.showPanel("training"), { kind: "primary" },
    ), button("Next list", ask),
      button("Back", () => list.go(all - 1), { kind: "quiet" })),
    whyNotLabel(state.values.session) ? banner(whyNotLabel(state.values.session)) : null);
}
