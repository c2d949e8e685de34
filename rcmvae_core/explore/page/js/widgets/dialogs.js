// Dialogs that say what will happen before it does.
import { h } from "./dom.js";
import { button, field, uniqueId } from "./controls.js";

/**
 * Asks for a confirmation.
 * @param {{title: string, sentences: string[], action: string, danger?: boolean}} what
 * @returns {Promise<boolean>}
 */
export async function confirm({ title, sentences, action, danger = false }) {
  return (await open(title, sentences, null, { action, danger })) !== null;
}

/**
 * Asks for a name.
 * @param {{title: string, sentences?: string[], label: string, value?: string, action: string, check?: function(string): string}} what
 *   check: returns what is wrong with the name, or an empty string
 * @returns {Promise<string|null>} null where it was cancelled
 */
export function ask({ title, sentences = [], label, value = "", action, check = () => "" }) {
  const input = h(
    "input",
    { type: "text", value, required: true, autocomplete: "off", on: { input: () => input.setCustomValidity("") } },
  );
  const valid = () => {
    input.setCustomValidity(input.value.trim() ? check(input.value.trim()) : "Type a name.");
    return input.reportValidity();
  };
  return open(title, sentences, { label, input, valid, read: () => input.value.trim() }, { action });
}

/**
 * Asks for one of many.
 * @param {{title: string, sentences?: string[], label: string, options: Array<[string, string]>, action: string, danger?: boolean}} what
 * @returns {Promise<string|null>} the value; null where it was cancelled
 */
export function choose({ title, sentences = [], label, options, action, danger = false }) {
  const input = h("select", {}, options.map(([value, text]) => h("option", { value, text })));
  return open(title, sentences, { label, input, valid: () => true, read: () => input.value }, { action, danger });
}

/**
 * Shows an element until it is closed.
 * @param {string} title
 * @param {...Node} children
 * @returns {HTMLDialogElement}
 */
export function show(title, ...children) {
  const id = uniqueId("dialog");
  const box = h(
    "dialog", { class: "dialog", "aria-labelledby": id, on: { close: () => box.remove() } },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", { id, text: title }),
      button("Close", () => box.close(), { kind: "quiet" }),
    ),
    ...children,
  );
  document.body.append(box);
  box.showModal();
  return box;
}

function open(title, sentences, question, { action, danger = false }) {
  return new Promise((resolve) => {
    let answer = null;
    const id = uniqueId("dialog");
    const accept = (event) => {
      event.preventDefault();
      if (question && !question.valid()) return;
      answer = question ? question.read() : true;
      box.close();
    };
    const box = h(
      "dialog", {
        class: "dialog", "aria-labelledby": id,
        on: {
          close: () => { box.remove(); resolve(answer); },
          // Keys of the page do nothing while a dialog is open.
          keydown: (event) => event.stopPropagation(),
        },
      },
      h("form", { method: "dialog", noValidate: true, on: { submit: accept } },
        h("h2", { id, text: title }),
        sentences.map((text) => h("p", { text })),
        question ? field(question.label, question.input) : null,
        h("div", { class: "row end" },
          button("Cancel", () => box.close()),
          h("button", { type: "submit", class: danger ? "danger" : "primary", text: action }))),
    );
    document.body.append(box);
    box.showModal();
    (question?.input ?? box.querySelector("button")).focus();
    question?.input.select?.();
  });
}
