// Buttons, fields and sentences that all panels share.
import { h } from "./dom.js";

let counter = 0;

/** Returns an id that no other element has. @param {string} stem @returns {string} */
export const uniqueId = (stem) => `${stem}-${++counter}`;

/**
 * A button.
 * @param {string} text
 * @param {function(Event): void} press
 * @param {{why?: string|null, kind?: string, key?: string, focus?: string, label?: string, pressed?: boolean}} options
 *   why: the reason it is disabled, null where it is not; kind: `primary`, `danger` or `quiet`; key: the key that does the same;
 *   focus: its name for `fill`; label: for screen readers; pressed: for a switch
 * @returns {HTMLButtonElement}
 */
export function button(text, press, { why = null, kind = "", key = "", focus = text, label = null, pressed = null } = {}) {
  return h(
    "button",
    {
      type: "button", class: kind, disabled: why !== null && why !== undefined && why !== "", title: why || null, "aria-label": label,
      "aria-pressed": pressed === null ? null : String(pressed), "aria-keyshortcuts": key || null,
      data: { focus }, on: { click: press },
    },
    text,
    key ? h("kbd", { text: key, "aria-hidden": "true" }) : null,
  );
}

/**
 * A control below its label.
 * @param {string} label
 * @param {HTMLElement} control gets an id
 * @param {string} note below it
 * @returns {HTMLElement}
 */
export function field(label, control, note = "") {
  control.id ||= uniqueId("field");
  const hint = note ? h("p", { class: "note", id: `${control.id}-note`, text: note }) : null;
  if (hint) control.setAttribute("aria-describedby", hint.id);
  return h("div", { class: "field" }, h("label", { for: control.id, text: label }), control, hint);
}

/**
 * A choice of one of many.
 * @param {Array<[string, string]>} options value and text
 * @param {string} value
 * @param {function(string): void} change
 * @param {string} focus its name for `fill`
 * @returns {HTMLSelectElement}
 */
export function select(options, value, change, focus) {
  const node = h(
    "select",
    { data: { focus }, on: { change: () => change(node.value) } },
    options.map(([name, text]) => h("option", { value: name, text, selected: name === value })),
  );
  return node;
}

/**
 * A field for a whole number. It says each valid number at once, so that a press of a button right after typing has it.
 * @param {number} value
 * @param {[number, number]} bounds
 * @param {function(number): void} change
 * @param {string} focus its name for `fill`
 * @returns {HTMLInputElement}
 */
export function wholeNumber(value, [low, high], change, focus) {
  let last = value;
  const typed = () => {
    if (!Number.isInteger(input.valueAsNumber) || input.valueAsNumber < low || input.valueAsNumber > high) return;
    last = input.valueAsNumber;
    change(last);
  };
  const input = h("input", {
    type: "number", min: low, max: high, step: 1, value, data: { focus },
    on: { input: typed, change: () => { input.value = last; } },
  });
  return input;
}

/** A check box beside its label. @param {string} text @param {boolean} checked @param {function(boolean): void} change @param {string} focus */
export function check(text, checked, change, focus = text) {
  const box = h("input", { type: "checkbox", checked, data: { focus }, on: { change: () => change(box.checked) } });
  return h("label", { class: "check" }, box, h("span", { text }));
}

/** A sentence that says what to do where nothing is yet. @param {string} text @param {...Node} actions */
export const empty = (text, ...actions) => h("div", { class: "empty" }, h("p", { text }), ...actions);

/** A remark in a frame; `warn` for what needs an action. @param {string} text @param {string} kind @param {...Node} actions */
export const banner = (text, kind = "", ...actions) =>
  h(
    "div",
    { class: `banner ${kind}`.trim(), role: kind === "warn" ? "alert" : "status" },
    h("p", { text }),
    ...actions,
  );

/** A titled part of a panel. @param {string} title @param {...(Node|null)} children */
export const part = (title, ...children) => h("section", { class: "part" }, h("h3", { text: title }), ...children);

/** A part that folds and remembers whether it is open. @param {string} title @param {boolean} open @param {...Node} children */
export const fold = (title, open, ...children) =>
  h(
    "details",
    { class: "part", open, data: { fold: title } },
    h("summary", { data: { focus: `fold ${title}` } }, h("h3", { text: title })),
    ...children,
  );

/** A row of controls. @param {...(Node|null)} children */
export const row = (...children) => h("div", { class: "row" }, ...children);

/** Small text below what it explains. @param {string} text */
export const note = (text) => h("p", { class: "note", text });

/**
 * A table with a head.
 * @param {Array<string>} head
 * @param {Array<Array<Node|string>>} rows
 * @param {string} caption for screen readers
 * @returns {HTMLElement} in a box that scrolls sideways
 */
export function table(head, rows, caption) {
  const cells = (row) => row.map((cell, place) => h(place ? "td" : "th", place ? {} : { scope: "row" }, cell));
  return h(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption, data: { focus: `table ${caption}` } },
    h(
      "table",
      {},
      h("caption", { class: "unseen", text: caption }),
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))),
    ),
  );
}
