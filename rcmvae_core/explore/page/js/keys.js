/** Keys of the whole page. A key belongs to the part that binds it first; nothing happens while somebody types. */

const listeners = [];

/**
 * Registers keys.
 * @param {Object<string, function(KeyboardEvent): void>} handlers by `event.key`, "Ctrl+z" or "Shift+Enter"
 * @param {Object<string, string>} [words] what a key does, for the list of keys; without words it is not listed
 * @returns {function(): void} takes the keys away again
 */
export function bindKeys(handlers, words = {}) {
  const entry = { handlers, words };
  listeners.push(entry);
  return () => listeners.splice(listeners.indexOf(entry), 1);
}

/** Returns all keys with words, in the order in which they were registered. */
export function listKeys() {
  return listeners.flatMap((entry) => Object.entries(entry.words));
}

/** Returns the name under which an event's key is registered. @param {KeyboardEvent} event */
export function nameOf(event) {
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  const shift = event.shiftKey && (event.key.length > 1 || control) ? "Shift+" : "";
  return control + shift + (control ? event.key.toLowerCase() : event.key);
}

function isTyping(target) {
  if (!(target instanceof Element)) return false;
  const field = target.closest("input, textarea, select, [contenteditable]");
  return Boolean(field) && !["checkbox", "radio", "button"].includes(field.type) || Boolean(target.closest("dialog"));
}

/** Begins to listen. */
export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event.target)) return;
    const name = nameOf(event);
    const entry = listeners.findLast((each) => each.handlers[name]);
    if (!entry) return;
    event.preventDefault();
    entry.handlers[name](event);
  });
}
