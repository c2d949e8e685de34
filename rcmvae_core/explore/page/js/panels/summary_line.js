// One sentence that follows each label: how many are labelled, and how many held-out ones are right.
import { fill, h, soon } from "../widgets/dom.js";
import { count, counted, percent } from "../widgets/numbers.js";
import { failure, newest } from "../widgets/panel.js";

/**
 * Keeps a sentence about the shown model and the current labels.
 * @param {HTMLElement} root
 * @param {object} context
 * @returns {function(): void} ends it
 */
export function summaryLine(root, { state, api }) {
  const last = newest();

  async function load() {
    const { model, revision } = state.values;
    try {
      const summary = await last(api.get(`models/${model}/summary`, { labels: revision }));
      if (summary) fill(root, h("p", { class: "summary", "aria-live": "off" }, sentences(summary)));
    } catch (error) {
      // A newer revision is on its way where the server no longer keeps this one.
      if (error.status !== 404 && state.values.connection === "open") fill(root, failure(error));
    }
  }

  load();
  return state.subscribe(["revision", "model"], soon(load));
}

function sentences({ labelled, held_out: held, target }) {
  const right = held?.of
    ? [
      "Accuracy ",
      h("strong", { text: percent(held.accuracy) }),
      ` on held-out labels (${count(held.correct)} of ${count(held.of)})`,
    ]
    : ["No held-out input is labelled, so accuracy is unknown"];
  return [
    h("strong", { text: counted(labelled, "item") }),
    " labelled. ",
    right,
    target ? `; ${percent(target.accuracy)} on the data set's own labels.` : ".",
  ];
}
