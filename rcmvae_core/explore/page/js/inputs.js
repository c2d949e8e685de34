/** Fetches what inputs look like: many at once, kept while the page is open. */

import { itemsOf } from "./items.js";

const WAIT = 20, MOST = 64, KEPT = 2000;

/**
 * Creates the store of inputs.
 * @param {Object} context
 * @returns {function(number): Promise<Object>} gives the item of an input, as items.js draws it
 */
export function createInputs({ api, state }) {
  const kept = new Map();
  let waiting = new Map();
  let timer = 0;

  async function send() {
    const batch = waiting;
    waiting = new Map();
    timer = 0;
    const indices = [...batch.keys()];
    try {
      const items = await fetchItems(indices);
      indices.forEach((index, place) => batch.get(index).resolve(items[place]));
    } catch (error) {
      for (const [index, { reject }] of batch) {
        kept.delete(index);
        reject(error);
      }
    }
  }

  async function fetchItems(indices) {
    const { kind } = state.values.session.inputs;
    if (kind === "image") {
      const columns = Math.min(16, indices.length);
      return itemsOf(await api.decoded("inputs/pictures", { indices: indices.join(","), columns }), indices.length);
    }
    if (kind === "table") return Promise.all(indices.map(fetchRow));
    return itemsOf(await api.get("inputs/values", { indices: indices.join(",") }), indices.length);
  }

  async function fetchRow(index) {
    const { features } = await api.get(`inputs/${index}`);
    return { cells: features.map(({ name, value }) => [name, value]) };
  }

  return (index) => {
    if (!kept.has(index)) {
      const item = new Promise((resolve, reject) => waiting.set(index, { resolve, reject }));
      kept.set(index, item);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
      if (waiting.size >= MOST) {
        clearTimeout(timer);
        send();
      } else timer ||= setTimeout(send, WAIT);
    }
    return kept.get(index);
  };
}
