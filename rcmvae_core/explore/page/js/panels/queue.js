/** The queue: which inputs to label next and why, one at a time or as a sheet. */

import { button, empty, field, fold, note, row, select, wholeNumber } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { count, counted } from "../widgets/numbers.js";
import { failure, mounting } from "../widgets/panel.js";
import { schemaFields } from "../widgets/schema_form.js";
import { queueCard } from "./queue_card.js";
import { queueList } from "./queue_list.js";
import { queueSheet } from "./queue_sheet.js";
import { skippedFold } from "./queue_skips.js";
import { provide } from "./target.js";

export const id = "queue";
export const title = "Queue";
export const key = "q";

const lists = new WeakMap();

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, actions, bindKeys } = context;
  const list = lists.get(state) ?? queueList(context);
  lists.set(state, list);
  const parts = { form: h("div"), news: h("div"), work: h("div"), below: h("div") };
  root.append(parts.form, parts.news, parts.work, parts.below);
  let view = null, shownBatch = null, shownView = "";

  const what = () => (
    list.current() && state.values.panel === id
      ? `entry ${list.place() + 1} of the queue (input ${list.current().index})`
      : null
  );
  provide(state, { what, label: list.label, request: () => ({ indices: [list.current().index], how: "suggestion" }) });
  until(() => provide(state, null));

  async function ask() {
    await list.ask();
    view?.focus();
  }

  function showForm() {
    const look = (name) => {
      list.form.view = name;
      showForm();
      list.go(list.place());
      view?.focus();
    };
    fill(parts.form, queueForm(context, list, { ask, look, again: showForm }));
  }

  function showWork() {
    const batch = list.batch();
    fill(
      parts.news, list.error() ? failure(list.error()) : null, batch ? staleBanner(list, ask) : null,
      batch ? progress(list) : null,
    );
    if (batch !== shownBatch || list.form.view !== shownView) {
      [shownBatch, shownView] = [batch, list.form.view];
      showForm();
      view = batch?.entries.length
        ? (list.form.view === "sheet" ? queueSheet : queueCard)(parts.work, context, list, ask)
        : nothing(parts.work, batch);
    }
    view?.show();
    // What the next label belongs to is said beside the classes.
    state.set({ target: what() });
  }

  until(list.hear(showWork));
  until(state.subscribe(["revision", "model"], soon(list.check)));
  until(state.subscribe(["labels", "classes"], soon(showWork)));
  until(bindKeys({ s: () => list.skip("skip"), u: () => list.skip("cannot_tell") }));
  until(() => state.set({ candidates: new Int32Array(0), target: null }));
  showForm();
  showWork();
  fill(parts.below, skippedFold(context, until));
  if (list.batch()) list.check();
});

function nothing(root, batch) {
  const text = batch
    ? "Every input is labelled or skipped, so there is nothing to ask."
    : "Ask for a list: the acquisition chooses the inputs whose labels help most, and says why.";
  fill(root, empty(text));
  return null;
}

function queueForm({ state }, list, { ask, look, again }) {
  const { acquisitions } = state.values.session, { form } = list;
  if (!acquisitions.length) return empty("No acquisition is installed.");
  const chosen = acquisitions.find((each) => each.name === form.acquisition) ?? acquisitions[0];
  const number = wholeNumber(form.count, [1, 500], (value) => { form.count = value; }, "batch size");
  const fields = schemaFields(chosen.parameters, form.parameters, chosen.name);
  return h("div", { class: "queue-form" },
    h("div", { class: "fields" },
      field(
        "Acquisition",
        select(
          acquisitions.map(({ name, title: text }) => [name, text || name]),
          chosen.name,
          (name) => { form.acquisition = name; again(); },
          "acquisition",
        ),
      ),
      field("How many", number)),
    note(chosen.description),
    fields.length ? fold("Parameters", false, h("div", { class: "fields" }, fields)) : null,
    row(
      button(list.batch() ? "Ask for a new list" : "Ask", ask, { kind: "primary", focus: "ask" }),
      h("div", { class: "switch", role: "group", "aria-label": "How the list is shown" },
        [["one", "One at a time"], ["sheet", "As a sheet"]].map(([name, text]) =>
          button(text, () => look(name), { pressed: form.view === name, kind: "quiet" })))));
}

function staleBanner(list, ask) {
  const why = list.whyStale();
  if (!why) return null;
  // Labels from this list itself are no surprise.
  const kind = why.endsWith("you labelled from it.") ? "banner" : "banner warn";
  return h("div", { class: kind, role: "status" }, h("p", { text: why }), button("Renew", ask));
}

function progress(list) {
  const { labelled, skipped, unclear, all } = list.counts();
  const done = labelled + skipped + unclear;
  return h("div", { class: "progress" },
    h("progress", { max: all || 1, value: done, "aria-label": "Progress of the list" }),
    h(
      "p",
      {
        class: "note",
        text: `${count(done)} of ${count(all)} done: ${count(labelled)} labelled, ${count(skipped)} skipped, ${count(unclear)} unclear. ${counted(list.batch().left, "more input")} could be asked.`,
      },
    ));
}
