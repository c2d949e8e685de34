/** The legend of a numeric column: a bar of its colours and two ends, outside of which inputs are dimmed. */

import { extremes, ramp } from "./colours.js";
import { settled } from "./frames.js";
import { palette } from "./palette.js";

const STEPS = 200;

/**
 * Shows the scale.
 * @param {HTMLElement} host @param {ArrayLike<number>} values
 * @param {{title: string, unit: string}} words @param {number[]} ends of the colours @param {Object} state
 */
export function showScale(host, values, words, ends, state) {
  const title = words.unit ? `${words.title} (${words.unit})` : words.title;
  const heading = document.createElement("h3");
  heading.textContent = title;
  if (ends[0] === ends[1]) {
    const constant = document.createElement("p");
    constant.className = "note";
    constant.textContent = values.some(Number.isFinite) ? `Every value is ${shortened(ends[0])}.` : "No input has a value.";
    host.replaceChildren(heading, constant);
    return;
  }
  const bar = document.createElement("canvas");
  bar.className = "bar";
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Colours from ${shortened(ends[0])} to ${shortened(ends[1])}`);
  drawBar(bar);
  const numbers = document.createElement("p");
  numbers.className = "bar-ends";
  numbers.append(...[`≤ ${shortened(ends[0])}`, `≥ ${shortened(ends[1])}`].map(span));
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = "The colours end at the 1 % and 99 % quantiles.";

  const [low, high] = extremes(values);
  const at = (place) => low + (place / STEPS) * (high - low);
  const sliders = [["From", 0], ["To", STEPS]].map(([text, start]) => slider(text, start));
  const output = document.createElement("p");
  output.className = "note";
  const apply = settled(() => {
    const [from, to] = places();
    state.set({ range: from === 0 && to === STEPS ? null : [at(from), at(to)] });
  }, 30);
  const places = () => sliders.map(({ input }) => Number(input.value)).sort((a, b) => a - b);
  const say = () => {
    const [from, to] = places();
    output.textContent = `Bright from ${shortened(at(from))} to ${shortened(at(to))}; inputs outside are dimmed.`;
  };
  for (const { input } of sliders) {
    input.addEventListener("input", () => {
      say();
      apply();
    });
  }
  const { range } = state.values;
  if (range) {
    sliders.forEach(({ input }, place) => { input.value = String(Math.round(((range[place] - low) / (high - low)) * STEPS)); });
  }
  say();
  host.replaceChildren(heading, bar, numbers, note, ...sliders.map((each) => each.element), output);
}

function drawBar(bar) {
  [bar.width, bar.height] = [256, 1];
  const image = new ImageData(256, 1);
  new Uint32Array(image.data.buffer).set(ramp(palette().sequential));
  bar.getContext("2d").putImageData(image, 0, 0);
}

function slider(text, start) {
  const element = document.createElement("label");
  element.className = "slider";
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: "0", max: String(STEPS), value: String(start) });
  element.append(text, input);
  return { element, input };
}

const shortened = (value) => String(Number(value.toPrecision(3)));

function span(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}
