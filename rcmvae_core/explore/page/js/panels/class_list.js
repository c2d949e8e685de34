// The classes with their colours, keys and counts, and a search box.
import { activeClasses, whyNotLabel } from "../widgets/panel.js";
import { button, empty } from "../widgets/controls.js";
import { fill, h, sync } from "../widgets/dom.js";
import { countsOf } from "../colours.js";
import { keysOf } from "../widgets/class_keys.js";
import { count } from "../widgets/numbers.js";
import { swatch } from "../palette.js";

const SEARCH_FROM = 8;

/**
 * Shows the active classes.
 * @param {HTMLElement} root
 * @param {object} context
 * @param {{assign: function(number): void, change: function(object): void, add: function(string): void}} how
 * @returns {{show: function(): void, search: function(): void}}
 */
export function classList(root, { state }, { assign, change, add }) {
  let sought = "";
  const box = h("input", {
    type: "search", placeholder: "Search a class", "aria-label": "Search a class; Enter gives the first one found", autocomplete: "off",
    data: { focus: "class search" }, on: {
      input: () => { sought = box.value.trim().toLowerCase(); show(); },
      keydown: pressed,
    },
  });
  const list = h("ul", { class: "class-list", "aria-label": "Classes", on: { keydown: move } });
  const nothing = h("div");
  fill(root, box, list, nothing);

  const found = () => {
    const classes = activeClasses(state.values.classes);
    const starts = (each) => each.name.toLowerCase().startsWith(sought), has = (each) => each.name.toLowerCase().includes(sought);
    return sought ? [...classes.filter(starts), ...classes.filter((each) => !starts(each) && has(each))] : classes;
  };

  function show() {
    const classes = activeClasses(state.values.classes), keys = keysOf(classes), counts = countsOf(state.values.labels), why = whyNotLabel(state.values.session);
    box.hidden = classes.length < SEARCH_FROM && !sought;
    sync(
      list,
      found(),
      {
        key: (each) => `${each.id}`,
        create: (each) => create(each, why),
        update: (node, each) => update(node, each.name, counts.get(each.id) ?? 0, keys.get(each.id) ?? ""),
      },
    );
    list.hidden = classes.length === 0;
    if (!classes.length) fill(nothing, empty("No class exists yet. Add the first one, then label an input with it."));
    else if (!list.children.length) fill(
      nothing,
      empty(`No class contains “${box.value}”.`, why ? null : button("Add it as a class", () => add(box.value.trim()))),
    );
    else fill(nothing);
  }

  function create({ id }, why) {
    const name = h("span", { class: "class-text" }), key = h("kbd", { "aria-hidden": "true" }), number = h("span", { class: "class-count" });
    return h("li", {},
      h(
        "button",
        { type: "button", class: "class-button", disabled: why !== null, title: why, on: { click: () => assign(id) } },
        swatch(id),
        name,
        number,
        key,
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet class-edit",
          disabled: why !== null,
          title: why,
          text: "⋯",
          on: { click: () => change(state.values.classes.find((each) => each.id === id)) },
        },
      ));
  }

  function update(node, name, labels, key) {
    const [main, edit] = node.children;
    main.querySelector(".class-text").textContent = name;
    main.querySelector(".class-count").textContent = count(labels);
    main.querySelector("kbd").textContent = key;
    main.setAttribute("aria-label", `${name}, ${count(labels)} labels`);
    if (key) main.setAttribute("aria-keyshortcuts", key);
    else main.removeAttribute("aria-keyshortcuts");
    edit.setAttribute("aria-label", `Change class ${name}`);
  }

  function pressed(event) {
    if (event.key === "Enter" && found().length && sought) {
      assign(found()[0].id);
      box.value = sought = "";
      show();
      event.preventDefault();
    }
    if (event.key === "Escape") {
      box.value = sought = "";
      show();
      box.blur();
      event.stopPropagation();
    }
    if (event.key === "ArrowDown") list.querySelector(".class-button")?.focus();
  }

  // Up and down go from class to class.
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...list.querySelectorAll(".class-button")];
    const at = buttons.indexOf(event.target.closest("li").firstElementChild);
    (buttons[at + step] ?? box).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  return { show, search: () => { box.hidden = false; box.focus(); } };
}
