// What the decoder draws: samples of a channel or of a class, and a walk along each axis of a channel.
import { button, empty, note, part, row, select, table } from "../widgets/controls.js";
import { countOf, decodedItem } from "../widgets/cells.js";
import { fill, h } from "../widgets/dom.js";
import { cellText, number } from "../widgets/numbers.js";
import { activeClasses, failure, newest } from "../widgets/panel.js";

const STEPS = 9, REACH = 3, FEATURES = 30, ACROSS = 8, MOST = 400;

// A row of a table takes the space of four pictures.
const samplesOf = ({ inputs }) => (inputs.kind === "table" ? 6 : 2 * ACROSS);

/**
 * Sheets of one channel, drawn once for each channel and model.
 * @param {object} context
 * @returns {{show: function(number): HTMLElement}}
 */
export function decodesPart(context) {
  const { state } = context, { session } = state.values;
  const samples = sheet(context), walk = sheet(context);
  let drawn = "", seed = 0;

  function drawSamples(channel) {
    const path = `models/${state.values.model}/samples`;
    samples.draw(path, { channel, count: samplesOf(session), seed }, ACROSS, (i) => `Sample ${i + 1} of channel ${channel}`);
  }

  function drawWalk(channel) {
    const path = `models/${state.values.model}/traversal`, words = (i) => `Axis ${Math.floor(i / STEPS) + 1}, step ${(i % STEPS) + 1}`;
    walk.draw(path, { channel, steps: STEPS, reach: REACH }, STEPS, words, session.inputs.kind === "table" ? walks : null);
  }

  function show(channel) {
    const name = `${state.values.model}/${channel}`;
    if (drawn !== name) {
      drawn = name;
      drawSamples(channel);
      drawWalk(channel);
    }
    const again = () => {
      seed += 1;
      drawSamples(channel);
    };
    const axes = session.dim === 1 ? "One row for its one axis" : `One row for each of its ${session.dim} axes`;
    return h("div", { class: "part" },
      h("h4", { text: "Samples" }), samples.root, row(button("Other samples", again, { kind: "quiet" })),
      h("h4", { text: "Walk along each axis" }), walk.root,
      session.inputs.kind === "image" ? note(`${axes}, from −${REACH} to ${REACH} standard deviations.`) : null);
  }

  return { show };
}

/**
 * Samples of a class, from the channels that stand for it.
 * @param {object} context
 * @returns {{show: function(): HTMLElement}}
 */
export function classSamplesPart(context) {
  const { state } = context, samples = sheet(context);
  let chosen = "";

  function draw() {
    const { model, session } = state.values;
    if (chosen === "") return fill(samples.root);
    const words = (i) => `Sample ${i + 1} of the class`;
    samples.draw(`models/${model}/samples`, { class: chosen, count: samplesOf(session), seed: 0 }, ACROSS, words);
  }

  function show() {
    const classes = activeClasses(state.values.classes);
    if (!classes.length) return part("Samples of a class", empty("No class exists yet. Add the first one beside the maps."));
    const options = [["", "Choose a class"], ...classes.map(({ id, name }) => [String(id), name])];
    const box = select(options, chosen, (value) => {
      chosen = value;
      draw();
    }, "class of samples");
    box.setAttribute("aria-label", "Class of which samples are drawn");
    return part("Samples of a class", box, samples.root);
  }

  return { show };
}

/** A place for decoded items; only the newest request is drawn. */
function sheet({ state, api }) {
  const root = h("div"), last = newest();

  async function draw(path, parameters, columns, words, values = null) {
    if (!root.firstChild) fill(root, note("The decoder is at work."));
    try {
      const decoded = await last(api.decoded(path, parameters));
      if (!decoded) return;
      const { inputs } = state.values.session;
      if (values) return fill(root, values(decoded.cells));
      const cells = Array.from({ length: Math.min(countOf(decoded), MOST) }, (_, i) => decodedItem(decoded, i, inputs, words(i)));
      fill(root, h("div", { class: `decodes ${inputs.kind}`, style: { "--columns": columns } }, cells));
    } catch (error) {
      fill(root, failure(error));
    }
  }

  return { root, draw };
}

/** A walk through a table: a column for each step, a line for each column of the data. */
function walks({ columns, rows }) {
  const steps = Array.from({ length: STEPS }, (_, i) => number(-REACH + (2 * REACH * i) / (STEPS - 1)));
  return Array.from({ length: rows.length / STEPS }, (_, axis) => {
    const cells = (j) => steps.map((_, i) => cellText(rows[axis * STEPS + i][j]));
    const lines = columns.slice(0, FEATURES).map((name, j) => [name, ...cells(j)]);
    return table([`Axis ${axis + 1}`, ...steps], lines, `Walk along axis ${axis + 1}`);
  });
}
