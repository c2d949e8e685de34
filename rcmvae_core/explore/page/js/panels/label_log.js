// The last events of the label store.
import { fold } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { counted, moment } from "../widgets/numbers.js";
import { failure, newest } from "../widgets/panel.js";
import { nameOf } from "../widgets/swatch.js";

const LINES = 30;

/**
 * A folded list of events that follows the store while it is open.
 * @param {object} context
 * @param {function(Function): void} until takes what ends the subscription
 * @returns {HTMLDetailsElement}
 */
export function logFold({ state, api }, until) {
  const list = h("div"), last = newest();
  const box = fold("What was done", false, list);

  async function load() {
    if (!box.open) return;
    try {
      const reply = await last(api.get("labels/log", { limit: LINES }));
      if (reply) show(reply.events);
    } catch (error) {
      fill(list, failure(error));
    }
  }

  function show(events) {
    if (!events.length) return fill(list, h("p", { class: "note", text: "Nothing was done yet." }));
    fill(list, h("ol", { class: "log" }, events.map((event) => h("li", { class: event.undone_by ? "undone" : "" },
      h("span", { text: sentence(event, state.values.classes) }),
      h(
        "span",
        { class: "note", text: `${moment(event.time)}, ${event.annotator}${event.undone_by ? ", undone" : ""}` },
      )))));
  }

  box.addEventListener("toggle", load);
  until(state.subscribe(["revision"], soon(load)));
  return box;
}

/**
 * Says what an event did.
 * @param {object} event of the log
 * @param {Array<object>} classes
 * @returns {string}
 */
export function sentence(event, classes) {
  const name = () => `“${nameOf(event.class ?? -1, classes)}”`, items = counted(event.items ?? 0, "item");
  switch (event.kind) {
    case "assign": return `Labelled ${items}${event.class === null ? "" : ` ${name()}`} by ${how(event)}`;
    case "clear": return `Cleared the label of ${items}`;
    case "add": return `Added class “${event.name}”`;
    case "rename": return `Renamed a class to “${event.name}”`;
    case "merge": return `Merged ${name()} into “${nameOf(event.into, classes)}”, ${items}`;
    case "retire": return `Retired class ${name()}, ${items}`;
    case "undo": return `Undid event ${event.target ?? ""}, ${items}`;
    case "redo": return `Redid event ${event.target ?? ""}, ${items}`;
    default: return `${event.kind}, ${items}`;
  }
}

/** How a label was given. @param {{how: string, score: string|null}} event @returns {string} */
export const how = ({ how: way, score }) => (way === "suggestion" ? `suggestion${score ? ` of ${score}` : ""}` : way);
