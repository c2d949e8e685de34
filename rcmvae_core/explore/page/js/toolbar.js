/** The tools of the maps and what they do with the selection. */

import { inView } from "./plot_keys.js";
import { zoomed } from "./viewport.js";

const TOOLS = [
  ["pan", "Pan", "v"], ["lasso", "Lasso", "l"], ["rectangle", "Rectangle", "r"], ["decode", "Decode", "d"],
];

/** Fills the toolbar. @param {Object} context @param {function(): Object} active the plot that buttons act on */
export function showToolbar({ state, actions }, active) {
  const host = document.getElementById("toolbar");
  const tools = TOOLS.map(([name, words, key]) => {
    const element = button(words, key, () => state.set({ tool: name }));
    element.dataset.tool = name;
    return element;
  });
  const zoom = (factor) => () => {
    const plot = active();
    plot.look(zoomed(plot.view, factor, plot.size.width / 2, plot.size.height / 2));
  };
  const [closer, farther] = [button("+", "+", zoom(1.4)), button("−", "-", zoom(1 / 1.4))];
  closer.setAttribute("aria-label", "Zoom in");
  farther.setAttribute("aria-label", "Zoom out");
  const view = [button("Fit", "f", () => active().fit()), closer, farther];
  const selectAll = button("Select in view", "a", () => actions.select(inView(active())));
  const clear = button("Clear", "Esc", () => actions.clearSelection());
  clear.setAttribute("aria-label", "Clear the selection");
  const count = document.createElement("span");
  count.className = "selected-count";
  host.append(group("Tool", tools), group("View", view), group("Selection", [selectAll, clear, count]));
  bindArrowKeys(host);

  const sync = () => {
    const { tool, selected } = state.values;
    for (const each of tools) each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    document.getElementById("maps").dataset.tool = tool;
    count.textContent = `${selected.length.toLocaleString("en")} selected`;
    clear.disabled = selected.length === 0;
  };
  state.subscribe(["tool", "selected"], sync);
  sync();
}

function group(words, children) {
  const element = document.createElement("div");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", words);
  element.className = "tools";
  element.append(...children);
  return element;
}

function button(text, key, onClick) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.title = `Key ${key}`;
  element.addEventListener("click", onClick);
  return element;
}

/** A toolbar is one stop of the tab key; arrows go from button to button. */
function bindArrowKeys(host) {
  const buttons = () => [...host.querySelectorAll("button:not(:disabled)")];
  const hold = (chosen) => { for (const each of host.querySelectorAll("button")) each.tabIndex = each === chosen ? 0 : -1; };
  hold(buttons()[0]);
  host.addEventListener("focusin", (event) => hold(event.target));
  host.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = buttons();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    event.preventDefault();
    event.stopPropagation();
  });
}
