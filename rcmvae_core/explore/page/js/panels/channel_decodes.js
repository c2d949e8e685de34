// What the decoder draws for a channel: samples, and a walk along each axis.
import { button, note, row, table } from "../widgets/controls.js";
import { countOf, decodedItem } from "../widgets/cells.js";
import { fill, h } from "../widgets/dom.js";
import { number } from "../widgets/numbers.js";
import { failure } from "../widgets/panel.js";

const STEPS = 9, REACH = 3, FEATURES = 30;

// A row of a table takes the space of four pictures.
const samplesOf = ({ inputs }) => (inputs.kind === "table" ? 6 : 16);

/**
 * Sheets of one channel, drawn once for each channel and model.
 * @param {object} context
 * @returns {{show: function(number): HTMLElement}}
 */
export function decodesPart({ state, api }) {
  const samples = h("div"), walk = h("div");
  let drawn = "", seed = 0;

  function show(channel) {
    const { model, session } = state.values, name = `${model}/${channel}`;
    if (drawn !== name) {
      drawn = name;
      draw(
        samples,
        name,
        `models/${model}/samples`,
        { channel, count: samplesOf(session), seed },
        8,
        (i) => `Sample ${i + 1} of channel ${channel}`,
      );
      draw(
        walk,
        name,
        `models/${model}/traversal`,
        { channel, steps: STEPS, reach: REACH },
        STEPS,
        (i) => `Axis ${Math.floor(i / STEPS) + 1}, step ${(i % STEPS) + 1}`,
      );
    }
    const more = () => {
      seed += 1;
      draw(
        samples,
        name,
        `models/${model}/samples`,
        { channel, count: samplesOf(session), seed },
        8,
        (i) => `Sample ${i + 1} of channel ${channel}`,
      );
    };
    return h("div", {},
      h("h4", { text: "Samples" }), samples, row(button("Other samples", more, { kind: "quiet" })),
      h("h4", { text: "Walk along each axis" }), walk, note(
        `${session.dim === 1 ? "One row for its one axis" : `One row for each of its ${session.dim} axes`}, from −${REACH} to ${REACH} standard deviations.`
      ));
  }

  async function draw(root, name, path, parameters, columns, words) {
    if (!root.firstChild) fill(root, note("The decoder is at work."));
    try {
      const decoded = await api.decoded(path, parameters);
      if (drawn !== name) return;
      const { inputs } = state.values.session;
      const cells = Array.from(
        { length: Math.min(countOf(decoded), 400) },
        (_, i) => decodedItem(decoded, i, inputs, words(i)),
      );
      if (inputs.kind === "table" && columns === STEPS) return fill(root, walks(decoded.values, inputs.features));
      fill(root, h("div", { class: `decodes ${inputs.kind}`, style: { "--columns": columns } }, cells));
    } catch (error) {
      if (drawn === name) fill(root, failure(error));
    }
  }

  return { show };
}

/** A walk through a table: a column for each step, a line for each feature. */
function walks(values, features) {
  const steps = Array.from({ length: STEPS }, (_, i) => number(-REACH + (2 * REACH * i) / (STEPS - 1)));
  return Array.from({ length: values.length / STEPS }, (_, axis) => {
    const rows = features.slice(0, FEATURES).map(
      (name, j) => [name, ...steps.map((_, i) => number(values[axis * STEPS + i][j]))]
    );
    return table([`Axis ${axis + 1}`, ...steps], rows, `Walk along axis ${axis + 1}`);
  });
}
