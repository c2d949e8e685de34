// The name of the annotator, which is kept on this computer and sent with each write.
import { field } from "../widgets/controls.js";
import { h } from "../widgets/dom.js";

const KEY = "rcmvae-annotator";

/**
 * A field for the annotator's name.
 * @param {{state: object}} context
 * @returns {HTMLElement}
 */
export function annotatorField({ state }) {
  const keep = (name) => state.set({ session: { ...state.values.session, annotator: name || undefined } });
  const stored = read();
  if (stored) keep(stored);
  const input = h("input", {
    type: "text", value: stored ?? state.values.session.annotator ?? "", autocomplete: "off", maxLength: 100, data: { focus: "annotator" },
    on: { change: () => { const name = input.value.trim(); store(name); keep(name); } },
  });
  return field("Your name", input, "It is stored with each label you give.");
}

// Storage is refused in some frames; the name then lasts as long as the page.
function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    return;
  }
}
