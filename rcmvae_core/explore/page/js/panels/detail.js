/** One input: what it is, what the model makes of it, and the history of its labels. */

import { button, empty, fold, row, table } from "../widgets/controls.js";
import { featureTable } from "../widgets/cells.js";
import { fill, h, soon } from "../widgets/dom.js";
import { failure, mounting, newest, whyNotLabel } from "../widgets/panel.js";
import { moment } from "../widgets/numbers.js";
import { className, nameOf } from "../widgets/swatch.js";
import { predictionPart, scoresPart, uncertaintyPart } from "./detail_prediction.js";
import { neighboursPart, picturesPart } from "./detail_pictures.js";
import { classChoice } from "./class_choice.js";
import { how } from "./label_log.js";

export const id = "detail";
export const title = "Input";
export const key = "i";

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, api } = context;
  const last = newest(), pictures = picturesPart(context), neighbours = neighboursPart(context);
  let shown = null;

  async function load() {
    const { focused: index, model, revision } = state.values;
    if (index < 0) return fill(
      root,
      empty("No input is open. Click a point on a map, or step from one to the next with n and p."),
    );
    if (shown?.index !== index) fill(root, h("p", { class: "note", text: `Loading input ${index}.` }));
    try {
      const both = [api.get(`inputs/${index}`), api.get(`models/${model}/inputs/${index}`, { labels: revision })];
      const replies = await last(Promise.all(both));
      if (!replies) return;
      shown = { index, input: replies[0], seen: replies[1] };
      show();
    } catch (error) {
      if (error.status === 404 && state.values.revision !== revision) return;
      shown = null;
      fill(root, failure(error));
    }
  }

  function show() {
    const { index, input, seen } = shown, { inputs } = state.values.session;
    fill(
      root,
      head(input, context),
      actionsRow(input, seen, context),
      pictures.show(index, seen),
      inputs.kind === "table" && input.features?.length
        ? fold("Largest features", true, featureTable(input.features))
        : null,
      predictionPart(seen, state.values.classes),
      seen.p.length ? uncertaintyPart(seen, state.values.session.seeds.length) : null,
      scoresPart(seen, state.values.session),
      neighbours.show(seen),
      historyPart(input, state.values.classes),
    );
  }

  until(state.subscribe(["focused", "model", "revision"], soon(load)));
  until(state.subscribe(["classes"], soon(() => { if (shown && shown.index === state.values.focused) show(); })));
  load();
});

function head({ index, name, split, target, label }, { state }) {
  const { classes, labels, session } = state.values, now = labels[index] ?? label;
  return h("div", { class: "input-head" },
    h("h3", { text: name ? `Input ${index}: ${name}` : `Input ${index}` }),
    h("dl", { class: "facts" },
      fact("Label", className(now, classes)),
      fact("Part of the data", split ?? "none"),
      session.has_targets && target !== null && target !== undefined && target >= 0
        ? fact("The data set says", targetName(target, session, classes))
        : null));
}

const fact = (term, value) => h("div", {}, h("dt", { text: term }), h("dd", {}, value));

function targetName(target, session, classes) {
  const categories = session.columns.find((each) => each.name === "target")?.categories;
  return categories?.[target] !== undefined ? String(categories[target]) : nameOf(target, classes);
}

function actionsRow({ index }, { prediction }, { state, actions }) {
  const { classes, labels, session } = state.values, why = whyNotLabel(session);
  const give = (number) => actions.label({ indices: [index], class: number, how: "click" });
  return row(
    classChoice(state, "Give this input a class", give),
    prediction >= 0 && labels[index] !== prediction
      ? button(
        `Label as ${nameOf(prediction, classes)}`,
        () => give(prediction),
        { kind: "primary", why, focus: "label as predicted" },
      )
      : null,
    button(
      "Clear",
      () => actions.clear([index]),
      { why: why ?? (labels[index] < 0 ? "It has no label." : null), label: "Clear the label of this input" },
    ),
    button("Select", () => actions.select([index]), { kind: "quiet", label: "Select this input on the maps" }),
  );
}

function historyPart({ history }, classes) {
  if (!history?.length) return fold("History of its labels", false, empty("This input never had a label."));
  const rows = history.map(
    (each) => [
      moment(each.time),
      (each.class ?? -1) < 0 ? "cleared" : className(each.class, classes),
      each.annotator,
      how(each),
    ]
  );
  return fold("History of its labels", false, table(["When", "Class", "Who", "How"], rows, "History of its labels"));
}
