/** The legend: what colours and shapes mean, how many inputs each entry has, and which entries are dimmed. */

import { countsOf, quantileRange } from "./colours.js";
import { showScale } from "./scale.js";
import { swatch } from "./palette.js";

const SEARCH_FROM = 20;

/** Keeps the legend in step with the state. @param {Object} context */
export function showLegend(context) {
  const { state, actions } = context;
  const host = document.getElementById("legend");
  let turn = 0;
  let query = "";

  async function build() {
    const own = ++turn;
    const { colourBy, session } = state.values;
    const column = await actions.column(colourBy).catch(() => null);
    if (own !== turn || !column) return;
    const words = session.columns.find((each) => each.name === colourBy);
    if (words.type === "number") showScale(host, column.array, words, quantileRange(column.array), state);
    else showEntries(column.array, words);
  }

  function showEntries(values, { title, categories }) {
    const counts = countsOf(values);
    const entries = entriesOf(counts, categories);
    const list = document.createElement("ul");
    list.className = "entries";
    list.append(...entries.map(entryElement));
    const head = document.createElement("div");
    head.className = "legend-head";
    const words = document.createElement("h3");
    words.textContent = title;
    const all = button("Show all", () => state.set({ dimmed: new Set() }));
    all.disabled = state.values.dimmed.size === 0;
    const keep = keptFocus();
    head.append(words, all);
    host.replaceChildren(head, ...(entries.length > SEARCH_FROM ? [searchField(list)] : []), list);
    filter(list);
    keep();
  }

  /** An entry that is used, and each class that is active, in the order of their numbers; "no label" comes last. */
  function entriesOf(counts, categories) {
    const { classes } = state.values;
    const named = categories ? categories.map((name, id) => ({ id, name, state: "active" })) : classes;
    const names = new Map(named.map((each) => [each.id, each.name]));
    const wanted = named.filter((each) => each.state === "active").map((each) => each.id);
    const numbers = new Set([...wanted, ...counts.keys()].filter((each) => each >= 0));
    const entries = [...numbers].sort((a, b) => a - b).map((category) => {
      return { category, name: names.get(category) ?? `class ${category}`, count: counts.get(category) ?? 0 };
    });
    if (counts.has(-1)) entries.push({ category: -1, name: categories ? "none" : "no label", count: counts.get(-1) });
    return entries;
  }

  function entryElement({ category, name, count }) {
    const item = document.createElement("li");
    const isDimmed = state.values.dimmed.has(category);
    const toggle = button("", () => {
      const dimmed = new Set(state.values.dimmed);
      if (!dimmed.delete(category)) dimmed.add(category);
      state.set({ dimmed });
    });
    toggle.className = "entry";
    toggle.dataset.category = category;
    toggle.setAttribute("aria-pressed", String(!isDimmed));
    const words = document.createElement("span");
    words.className = "entry-name";
    words.textContent = name;
    const number = document.createElement("span");
    number.className = "entry-count";
    number.textContent = count.toLocaleString("en");
    toggle.append(swatch(category), words, number);
    const only = button("only", () => solo(category));
    only.className = "quiet only";
    only.setAttribute("aria-label", `Only ${name}`);
    item.append(toggle, only);
    return item;
  }

  function solo(category) {
    const all = [...host.querySelectorAll(".entry")].map((each) => Number(each.dataset.category));
    state.set({ dimmed: new Set(all.filter((each) => each !== category)) });
  }

  function searchField(list) {
    const field = document.createElement("input");
    field.type = "search";
    field.id = "legend-search";
    field.placeholder = "Search the entries";
    field.setAttribute("aria-label", "Search the entries of the legend");
    field.value = query;
    field.addEventListener("input", () => {
      query = field.value;
      filter(list);
    });
    return field;
  }

  function filter(list) {
    const wanted = query.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }

  /** Returns what puts the focus back after the entries were made anew. */
  function keptFocus() {
    const held = host.contains(document.activeElement) ? document.activeElement : null;
    const category = held?.dataset.category;
    return () => {
      if (category !== undefined) host.querySelector(`.entry[data-category="${category}"]`)?.focus();
      else if (held?.id) document.getElementById(held.id)?.focus();
    };
  }

  state.subscribe(["colourBy"], () => { query = ""; });
  state.subscribe(["colourBy", "model", "revision", "classes", "dimmed"], build);
  return build();
}

function button(text, onClick) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", onClick);
  return element;
}
