// Builds elements; everything from data becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Builds an HTML element.
 * @param {string} name of the tag
 * @param {object} properties `class`, `text`, `on` (listeners), `data`, `style` (an object); others are properties of the
 *   element where it has them and attributes where not; null and false leave them out
 * @param {...(Node|string|null|Array)} children strings become text
 * @returns {HTMLElement}
 */
export function h(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) set(node, key, value);
  node.append(...flat(children));
  return node;
}

/**
 * Builds an SVG element.
 * @param {string} name of the tag
 * @param {object} attributes of it; `text` is its text
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function s(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") node.textContent = value;
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...flat(children));
  return node;
}

function set(node, key, value) {
  if (value === null || value === undefined) return;
  if (key === "class") node.className = value;
  else if (key === "text") node.textContent = value;
  else if (key === "on") for (const [type, call] of Object.entries(value)) node.addEventListener(type, call);
  else if (key === "data") Object.assign(node.dataset, value);
  else if (key === "style") for (const [name, one] of Object.entries(value)) node.style.setProperty(name, one);
  else if (key.includes("-") || key === "role" || key === "for" || key === "list") {
    if (value !== false) node.setAttribute(key, value);
  } else node[key] = value;
}

const flat = (children) => children.flat(Infinity).filter(
  (child) => child !== null && child !== undefined && child !== false
);

/**
 * Replaces the children of an element and keeps the focus, the caret and what is unfolded.
 * Elements are recognised by `data-focus` (or their id), so give one to whatever can have the focus.
 * @param {HTMLElement} root
 * @param {...(Node|string|null|Array)} children
 */
export function fill(root, ...children) {
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  const name = active && nameOf(active);
  const caret = active && "selectionStart" in active && active.type !== "number"
    ? [active.selectionStart, active.selectionEnd]
    : null;
  const typed = active && /^(text|search|number)$/.test(active.type) ? active.value : null;
  const folds = new Map([...root.querySelectorAll("details[data-fold]")].map((each) => [each.dataset.fold, each.open]));
  root.replaceChildren(...flat(children));
  for (
    const each of root.querySelectorAll("details[data-fold]")
  ) if (folds.has(each.dataset.fold)) each.open = folds.get(each.dataset.fold);
  if (!name) return;
  const next = [...root.querySelectorAll("[data-focus], [id]")].find((each) => nameOf(each) === name);
  if (!next) return focusInstead(root);
  if (typed !== null) next.value = typed;
  next.focus({ preventScroll: true });
  if (caret && caret[0] !== null && typed !== null) next.setSelectionRange(...caret);
}

/**
 * Shows a sentence of the server: what stands between backticks is code.
 * @param {string} text
 * @returns {Array<Node|string>}
 */
export const sentence = (text) => text.split("`").map((part, i) => (i % 2 ? h("code", { text: part }) : part));

const nameOf = (node) => node.dataset.focus ?? node.id;

// What had the focus is gone; the panel itself takes it, so that the next Tab continues there.
function focusInstead(root) {
  if (!root.hasAttribute("tabindex")) root.tabIndex = -1;
  root.focus({ preventScroll: true });
}

/**
 * Makes the children of an element those of a list, and keeps the elements (and so the focus) whose keys remain.
 * @param {HTMLElement} root
 * @param {Array} items
 * @param {{key: function(*): string, create: function(*): HTMLElement, update?: function(HTMLElement, *): void}} how
 */
export function sync(root, items, { key, create, update = () => {} }) {
  const old = new Map([...root.children].map((node) => [node.dataset.key, node]));
  let place = root.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const node = old.get(name) ?? create(item);
    old.delete(name);
    node.dataset.key = name;
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else root.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
}

/** Calls a function once, after the events of this moment. @param {function(): void} call @returns {function(): void} */
export function soon(call) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    queueMicrotask(() => {
      waits = false;
      call();
    });
  };
}

