// The queue as a sheet of pictures: arrows move, a key labels and moves on, Enter accepts the prediction.
import { drawInputs } from "../widgets/cells.js";
import { fill, h, sentence } from "../widgets/dom.js";
import { note } from "../widgets/controls.js";
import { percent } from "../widgets/numbers.js";
import { className, nameOf } from "../widgets/swatch.js";
import { accept, entryActions } from "./queue_actions.js";
import { endOf } from "./queue_end.js";

const MARKS = { open: "", sent: "…", labelled: "✓", skip: "skipped", cannot_tell: "unclear" };

/**
 * Shows the whole list.
 * @param {HTMLElement} root
 * @param {object} context
 * @param {object} list
 * @param {function(): void} ask
 * @returns {{show: function(): void, focus: function(): void}}
 */
export function queueSheet(root, context, list, ask) {
  const { state, api, actions } = context, { inputs } = state.values.session;
  const boxes = [];
  const cells = list.entries().map((entry, i) => {
    const picture = h("span", { class: "thumbnail-picture" });
    boxes.push([entry.index, picture]);
    return h("button", {
      type: "button", class: "thumbnail", data: { focus: `sheet ${i}` }, on: { click: () => list.go(i) },
    },
      picture, h("span", { class: "thumbnail-text" }));
  });
  const sheet = h(
    "ul",
    { class: `thumbnails sheet ${inputs.kind}`, "aria-label": "The list as a sheet", on: { keydown: pressed } },
    cells.map((cell) => h("li", {}, cell)),
  );
  const reason = h("p", { class: "asked" }), controls = h("div"), end = h("div");
  fill(
    root,
    note(
      "Arrows move. A class key labels and moves on, Enter accepts the prediction, s skips, u says that you cannot tell."
    ),
    sheet,
    reason,
    controls,
    end,
  );
  drawInputs(api, inputs, boxes).catch(actions.complain);

  // How many cells stand in one line depends on the width of the panel.
  const across = () => Math.max(1, cells.findIndex((cell) => cell.offsetTop > cells[0].offsetTop));

  function pressed(event) {
    const line = cells.length && cells.at(-1).offsetTop > cells[0].offsetTop ? across() : cells.length;
    const to = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -line, ArrowDown: line }[event.key];
    const start = Math.min(list.place(), cells.length - 1);
    if (to) list.go(Math.max(0, Math.min(cells.length - 1, start + to)));
    else if (event.key === "Home" || event.key === "End") list.go(event.key === "Home" ? 0 : cells.length - 1);
    else if (event.key === "Enter") accept(context, list);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function show() {
    const had = sheet.contains(document.activeElement), at = Math.min(list.place(), cells.length - 1);
    cells.forEach((cell, i) => update(cell, list.entries()[i], i === at));
    const entry = list.current();
    reason.replaceChildren(...(entry ? [`Input ${entry.index}: `, ...sentence(entry.reason)] : []));
    const done = !list.counts().open;
    fill(controls, entry ? entryActions(context, list, entry) : null);
    fill(end, done ? endOf(context, list, ask) : null);
    if (had && done && !entry) end.querySelector("button")?.focus();
    else if (had) cells[at].focus();
  }

  function update(cell, entry, here) {
    const { classes } = state.values, now = list.stateOf(entry);
    const shown = now.class >= 0 ? now.class : entry.prediction;
    cell.className = `thumbnail state-${now.state}${here ? " here" : ""}`;
    cell.tabIndex = here ? 0 : -1;
    if (here) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
    const said = now.state === "open" ? predicted(entry, classes) : now.class >= 0 ? `labelled ${nameOf(now.class, classes)}` : MARKS[now.state];
    cell.setAttribute("aria-label", `Input ${entry.index}, ${said}`);
    const words = now.state === "skip" || now.state === "cannot_tell" ? MARKS[now.state] : shown < 0 ? [""] : [
      className(shown, classes),
      ` ${now.state === "open" ? percent(entry.probability) : MARKS[now.state]}`,
    ];
    cell.lastElementChild.replaceChildren(...[words].flat());
  }

  return { show, focus: () => cells[Math.min(list.place(), cells.length - 1)]?.focus() };
}

const predicted = ({ prediction, probability }, classes) => (
  prediction < 0 ? "no prediction" : `prediction ${nameOf(prediction, classes)} ${percent(probability)}`
);
