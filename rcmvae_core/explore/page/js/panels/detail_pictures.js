// The input beside its reconstructions, and its nearest neighbours.
import { decodedItem, drawInputs, thumbnails } from "../widgets/cells.js";
import { fill, h } from "../widgets/dom.js";
import { note, part } from "../widgets/controls.js";
import { number, percent } from "../widgets/numbers.js";
import { nameOf } from "../widgets/swatch.js";

const CHANNELS = 6;

/**
 * Pictures of one input, drawn once for each input and model.
 * @param {object} context
 * @returns {{show: function(number, object): HTMLElement}}
 */
export function picturesPart({ state, api, actions }) {
  const row = h("div", { class: "reconstructions" });
  let drawn = "";

  function show(index, { q }) {
    const { model, session } = state.values, channels = q.slice(0, CHANNELS);
    const name = `${model}/${index}`;
    const box = part(
      "Input and reconstructions",
      row,
      session.channels > 1
        ? note("Selected is decoded from the most likely channel, weighted from all of them by q(c|x).")
        : null,
    );
    if (drawn === name) return box;
    drawn = name;
    const own = h("div", { class: "figure-picture" });
    row.className = `reconstructions ${session.inputs.kind}`;
    fill(row, figure(own, "input"));
    drawInputs(api, session.inputs, [[index, own]]).catch(actions.complain);
    api.decoded(
      `models/${model}/inputs/${index}/reconstructions`,
      { channels: channels.map((each) => each.channel).join(",") },
    )
      .then((decoded) => { if (drawn === name) row.append(...figures(decoded, channels, session)); })
      .catch((error) => { if (drawn === name) row.append(note(error.message)); });
    return box;
  }

  return { show };
}

function figures(decoded, channels, { inputs, channels: all }) {
  // With one channel all three are the same.
  const titles = all > 1
    ? ["selected", "weighted", ...channels.map(({ channel, q }) => `channel ${channel}, ${percent(q)}`)]
    : ["reconstruction"];
  return titles.map(
    (title, place) => figure(h("div", { class: "figure-picture" }, decodedItem(decoded, place, inputs, title)), title)
  );
}

const figure = (picture, title) => h("figure", {}, picture, h("figcaption", { text: title }));

/**
 * The nearest neighbours in latent space, which open on a click.
 * @param {{neighbours: Array<{index: number, distance: number}>}} seen
 * @param {object} context
 * @returns {HTMLElement|null}
 */
export function neighboursPart({ neighbours }, context) {
  if (!neighbours?.length) return null;
  const { labels, classes } = context.state.values;
  const entries = neighbours.map(
    ({ index, distance }) => (
      { index, text: `${labels[index] >= 0 ? nameOf(labels[index], classes) : "no label"}, ${number(distance)}` }
    )
  );
  return part(
    "Nearest neighbours",
    note("The nearest inputs in the latent space, with their label and distance."),
    thumbnails({ ...context, open: context.actions.focus }, entries, "Nearest neighbours"),
  );
}
