/** All models so far, what changed between two of them, and the way back. */

import { button, empty, field, note, part, row, select } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { count, counted, percent } from "../widgets/numbers.js";
import { failure, mounting, newest } from "../widgets/panel.js";
import { className, nameOf } from "../widgets/swatch.js";
import { accuracyWords } from "./model_words.js";

export const id = "models";
export const title = "Models";
export const key = "m";

const MOVES = 12;

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, api, actions } = context;
  const parts = { list: h("div"), change: h("div") };
  root.append(parts.list, parts.change);
  const last = newest();
  let other = null;

  function showList() {
    const { models, model } = state.values;
    fill(parts.list,
      models.length > 1 ? slider(models, model, actions) : null,
      h("ol", { class: "models", "aria-label": "Models" }, models.map((each) => entry(each, model, actions))),
      models.length > 1
        ? null
        : empty("There is one model. Label some inputs and train on; the next model is then compared with this one."));
  }

  async function loadChange() {
    const { models, model, revision } = state.values;
    if (models.length < 2) return fill(parts.change);
    const from = models.some((each) => each.number === other && other !== model)
      ? other
      : models.find((each) => each.number === model)?.parent ?? models.find((each) => each.number !== model).number;
    try {
      const change = await last(Promise.all([
        api.get(`models/${from}/compare/${model}`, { labels: revision }), ...[from, model].map(
          (each) => api.get(`models/${each}/summary`, { labels: revision })
        ),
      ]));
      if (change) showChange(from, ...change);
    } catch (error) {
      if (error.status !== 404) fill(parts.change, failure(error));
    }
  }

  function showChange(from, change, before, after) {
    const { models, model } = state.values;
    const options = models.filter((each) => each.number !== model).map(
      (each) => [String(each.number), `model ${each.number}`]
    );
    fill(parts.change, part(`What changed to model ${model}`,
      field(
        "Compared with",
        select(options, String(from), (value) => { other = Number(value); loadChange(); }, "compared with"),
      ),
      h("p", { text: accuracyWords(change.accuracy, change.held_out_of) }),
      before.target && after.target
        ? h(
          "p",
          {
            text: `On the data set’s own labels: ${percent(before.target.accuracy)} → ${percent(after.target.accuracy)} of ${counted(after.target.of, "input")}.`,
          },
        )
        : null,
      h(
        "p",
        {
          text: `${counted(change.changed.length, "input")} changed the predicted class, ${counted(change.channel_changed, "input")} the channel${models.find((each) => each.number === model)?.parent === from ? "" : " (channels of models that do not continue each other are not the same)"}.`,
        },
      ),
      change.changed.length ? moves(change, context) : null));
  }

  const all = soon(() => { showList(); loadChange(); });
  until(state.subscribe(["models", "model", "revision"], all));
  showList();
  loadChange();
  actions.refreshModels().catch(() => undefined);
});

function slider(models, model, actions) {
  const words = (place) => `model ${models[place].number}`;
  const at = Math.max(0, models.findIndex((each) => each.number === model));
  const input = h("input", {
    type: "range", min: 0, max: models.length - 1, step: 1, value: at, "aria-valuetext": words(at), data: { focus: "model slider" },
    on: { change: () => actions.openModel(models[Number(input.value)].number) },
  });
  return field("Model on the maps", input, "Drag to go through the models.");
}

function entry({ number, name, label_revision: revision, epochs, accuracy, parent }, model, actions) {
  const here = number === model;
  return h("li", { class: here ? "here" : "", "aria-current": here ? "true" : null },
    h("div", {},
      h("strong", { text: `Model ${number}` }), h(
        "span",
        { class: "note", text: ` ${name}${parent === null || parent === undefined ? "" : `, from model ${parent}`}` },
      ),
      h(
        "p",
        {
          class: "note",
          text: `${accuracy?.of && accuracy.held_out !== null ? `${percent(accuracy.held_out)} of ${count(accuracy.of)} held-out labels` : "no held-out label"}; ${counted(epochs ?? 0, "epoch")}; labels of revision ${revision ?? 0}`,
        },
      )),
    here
      ? h("span", { class: "tag", text: "shown" })
      : button(
        "Use this one",
        () => actions.openModel(number),
        { focus: `use ${number}`, label: `Use model ${number}` },
      ));
}

/** How often a class became another one; a click selects these inputs. */
function moves({ changed, from, to }, { state, actions }) {
  const groups = new Map();
  changed.forEach((index, place) => {
    const name = `${from[place]}>${to[place]}`;
    if (!groups.has(name)) groups.set(name, { from: from[place], to: to[place], indices: [] });
    groups.get(name).indices.push(index);
  });
  const sorted = [...groups.values()].sort((a, b) => b.indices.length - a.indices.length), { classes } = state.values;
  return h("div", { class: "part" },
    row(
      button(
        `Select all ${count(changed.length)} on the maps`,
        () => actions.select(changed),
        { focus: "select changed" },
      )
    ),
    h("ul", { class: "moves", "aria-label": "Changes of the predicted class" }, sorted.slice(0, MOVES).map((move) => h("li", {},
      h("button", {
        type: "button",
        class: "move",
        data: { focus: `move ${move.from} ${move.to}` },
        "aria-label": `Select ${counted(move.indices.length, "input")} that changed from ${nameOf(move.from, classes)} to ${nameOf(move.to, classes)}`,
        on: { click: () => actions.select(move.indices) },
      },
        className(move.from, classes), " → ", className(move.to, classes), h(
          "span",
          { class: "move-count", text: count(move.indices.length) },
        ))))),
    sorted.length > MOVES ? note(`and ${counted(sorted.length - MOVES, "rarer change")}.`) : null);
}
