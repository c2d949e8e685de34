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
 * The nearest neighbours in latent space, which open on a click; drawn again only where something about them changed.
 * @param {object} context
 * @returns {{show: function({neighbours: Array<{index: number, distance: number}>}): HTMLElement|null}}
 */
export function neighboursPart(context) {
  const { state, actions } = context;
  let drawn = "", box = null;

  function show({ neighbours }) {
    if (!neighbours?.length) return null;
    const { labels, classes } = state.values;
    const words = ({ index, distance }) => `${nameOf(labels[index], classes)}, ${number(distance)}`;
    const entries = neighbours.map((each) => ({ index: each.index, text: words(each) }));
    const name = JSON.stringify(entries);
    if (drawn === name) return box;
    drawn = name;
    box = part(
      "Nearest neighbours",
      note("The nearest inputs in the latent space, with their label and distance."),
      thumbnails({ ...context, open: actions.focus }, entries, "Nearest neighbours"),
    );
    return box;
  }

  return { show };
}
