// A histogram of a score over training data and all inputs, with a threshold that moves.
import { h, s } from "./dom.js";
import { uniqueId } from "./controls.js";
import { number } from "./numbers.js";

const WIDTH = 320, HEIGHT = 96, FLOOR = 78;

/**
 * Draws a histogram whose threshold a slider and a number field set.
 * @param {string} title of the score
 * @param {{edges: number[], training: number[], inputs: number[]}} bins
 * @param {number} threshold
 * @param {{move: function(number): void, focus: string}} how move: called while the threshold moves
 * @returns {HTMLElement}
 */
export function histogram(title, { edges, training, inputs }, threshold, { move, focus }) {
  const low = edges[0], high = edges.at(-1), width = high - low || 1;
  const x = (value) => ((value - low) / width) * WIDTH;
  const line = s("line", { class: "threshold", y1: 0, y2: FLOOR });
  const drawing = s(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "histogram", role: "img",
      "aria-label": `Histogram of ${title} from ${number(low)} to ${number(high)}: all inputs as filled bars, training data as a line`,
    },
    s("path", { class: "bars", d: bars(edges, inputs, x) }),
    s("path", { class: "outline", d: steps(edges, training, x) }),
    s("path", { class: "chart-axis", d: `M0 ${FLOOR}H${WIDTH}` }),
    line,
    s("text", { x: 0, y: HEIGHT - 4, text: number(low) }),
    s("text", { x: WIDTH, y: HEIGHT - 4, "text-anchor": "end", text: number(high) }),
  );
  const id = uniqueId("threshold");
  const slider = h("input", {
    type: "range", id, min: low, max: high, step: width / 500, value: threshold, data: { focus: `${focus} slider` },
    on: { input: () => set(Number(slider.value), typed) },
  });
  const typed = h("input", {
    type: "number", step: "any", value: short(threshold), "aria-label": `Threshold of ${title} as a number`, data: { focus: `${focus} number` },
    on: { change: () => Number.isFinite(typed.valueAsNumber) && set(typed.valueAsNumber, slider) },
  });
  function set(value, other) {
    other.value = other === typed ? short(value) : value;
    show(value);
    move(value);
  }
  function show(value) {
    const place = Math.min(WIDTH - 1, Math.max(1, x(value))).toFixed(1);
    line.setAttribute("x1", place);
    line.setAttribute("x2", place);
    slider.setAttribute("aria-valuetext", number(value));
  }
  show(threshold);
  return h(
    "div",
    { class: "histogram-box" },
    drawing,
    h("div", { class: "row" }, h("label", { for: id, text: "Threshold" }), slider, typed),
  );
}

const short = (value) => Number(value.toPrecision(4));

// Both are shares of their own total, so that few training data are seen beside many inputs.
function heights(counts) {
  const total = counts.reduce((sum, each) => sum + each, 0) || 1;
  const top = Math.max(...counts, 1) / total;
  return counts.map((each) => FLOOR - (0.94 * FLOOR * (each / total)) / top);
}

function bars(edges, counts, x) {
  return heights(counts)
    .map((y, i) => `M${x(edges[i]).toFixed(1)} ${FLOOR}V${y.toFixed(1)}H${x(edges[i + 1]).toFixed(1)}V${FLOOR}Z`)
    .join("");
}

function steps(edges, counts, x) {
  return `M0 ${FLOOR}` + heights(counts).map(
    (y, i) => `V${y.toFixed(1)}H${x(edges[i + 1]).toFixed(1)}`
  ).join("") + `V${FLOOR}`;
}
