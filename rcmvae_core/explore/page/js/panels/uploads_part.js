// Pictures from outside: dropped or chosen, predicted, and placed on the maps.
import { bar } from "../widgets/bars.js";
import { button, note, part } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { number } from "../widgets/numbers.js";
import { failure } from "../widgets/panel.js";
import { shareOf } from "./detail_prediction.js";
import { className, colourOf } from "../widgets/swatch.js";

const CLASSES = 3;
const kept = new WeakMap();

/**
 * A zone for pictures, and what the model says of them.
 * @param {HTMLElement} root
 * @param {object} context
 * @param {function(Function): void} until
 */
export function uploadsPart(root, context, until) {
  const { state, api } = context;
  if (state.values.session.inputs.kind !== "image") return fill(
    root,
    part("Your own pictures", note("Only a run of pictures takes pictures from outside.")),
  );
  const uploads = kept.get(state) ?? [];
  kept.set(state, uploads);
  const list = h("ul", { class: "uploads", "aria-label": "Your pictures" });
  const chooser = h(
    "input",
    {
      type: "file",
      accept: "image/*",
      multiple: true,
      "aria-label": "Choose pictures",
      data: { focus: "pictures" },
      on: { change: () => { send([...chooser.files]); chooser.value = ""; } },
    },
  );
  const zone = h(
    "div",
    { class: "drop-zone", on: { dragover: over, dragleave: away, drop: dropped } },
    h("p", { text: "Drop pictures here, or choose files." }),
    chooser,
  );

  function over(event) {
    event.preventDefault();
    zone.classList.add("over");
  }
  function away() {
    zone.classList.remove("over");
  }
  function dropped(event) {
    event.preventDefault();
    away();
    send([...event.dataTransfer.files]);
  }

  async function send(files) {
    for (const file of files) {
      const { model, projection } = state.values;
      try {
        uploads.unshift(
          { ...(await api.post("uploads", file, { parameters: { name: file.name, projection, model } })), model }
        );
      } catch (error) {
        uploads.unshift({ name: file.name, error });
      }
      place(state, uploads);
      show();
    }
  }

  function show() {
    fill(list, uploads.map((upload, i) => h("li", {}, upload.error ? [
      h("strong", { text: upload.name }), failure(upload.error),
    ] : result(upload, context),
      button(
        "Remove",
        () => { uploads.splice(i, 1); place(state, uploads); show(); },
        { kind: "quiet", label: `Remove ${upload.name}`, focus: `remove ${i}` },
      ))));
  }

  fill(root, part("Your own pictures", zone, list));
  until(state.subscribe(["classes"], soon(show)));
  show();
}

// The maps draw a marker for each.
function place(state, uploads) {
  state.set(
    {
      marks: uploads.filter((each) => each.position?.map || each.position?.plane).map(
        ({ id, name, position }) => ({ id, title: name, ...position })
      ),
    }
  );
}

function result({ id, name, prediction, p, scores, ood, position, can_label: can, why_not: why }, { state, api }) {
  const { classes } = state.values, order = p.map((_, i) => i).sort((a, b) => p[b] - p[a]).slice(0, CLASSES);
  return [
    h("img", { class: "picture", src: api.url(`uploads/${id}/picture`), alt: `Your picture ${name}` }),
    h("div", {},
      h("strong", { text: name }),
      h("p", {}, "Prediction ", className(prediction, classes)),
      h(
        "div",
        { class: "bars" },
        order.map((each) => bar(className(each, classes), p[each], { colour: colourOf(each) })),
      ),
      h(
        "p",
        {
          class: ood ? "warn" : "",
          text: ood
            ? "It counts as out-of-distribution, so the prediction means little."
            : "It looks like the training data.",
        },
      ),
      note(
        scores.filter((each) => each.decides).map(
          (each) => `Its score ${each.name} is ${number(each.value)}, higher than ${shareOf(each.quantile)} training data.`
        ).join(" ")
      ),
      position ? note(`Marked on the maps; its channel is ${position.channel}.`) : null,
      can ? null : note(`It cannot be labelled: ${why}`)),
  ];
}
