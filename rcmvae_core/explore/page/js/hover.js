/** The tooltip: the input under the pointer, or what the decoder makes of an empty place. */

import { latest } from "./frames.js";
import { createInputs } from "./inputs.js";
import { itemElement, itemsOf } from "./items.js";
import { number } from "./widgets/numbers.js";
import { nearest } from "./spatial_index.js";

const SIZE = 112, GAP = 16;

/**
 * Creates what plots call as the pointer moves.
 * @param {Object} context
 * @returns {{onPoint: Function, onEmpty: Function, onLeave: Function}}
 */
export function bindHover(context) {
  const { state, api, actions } = context;
  const input = createInputs(context);
  const tooltip = document.getElementById("tooltip");
  // What the pointer is at: an input, "empty" or null. A reply that comes after the pointer has moved is not shown.
  let target = null;
  let shown = null;

  function show(what, content, event) {
    shown = what;
    tooltip.replaceChildren(...content);
    tooltip.hidden = false;
    put(tooltip, event);
  }

  async function onPoint(plot, index, event) {
    target = index;
    if (shown === index) {
      put(tooltip, event);
      return;
    }
    try {
      const [item, predictions] = await Promise.all([input(index), actions.column("prediction").catch(() => null)]);
      if (target !== index) return;
      const { session, labels } = state.values;
      const lines = [`Input ${index}`, `label: ${actions.className(labels[index])}`];
      if (predictions) lines.push(`prediction: ${actions.className(predictions.array[index])}`);
      show(index, [itemElement(item, session.inputs.kind, SIZE), ...lines.map(line)], event);
    } catch {
      onLeave();
    }
  }

  const decode = latest(async (plot, [x, y], event) => {
    const { model, projection, session } = state.values;
    const channel = channelAt(plot, x, y);
    if (channel < 0) return;
    const start = performance.now();
    const reply = await api.decoded(`models/${model}/decode`, { channel, projection, x, y }).catch(() => null);
    if (!reply || target !== "empty") return;
    performance.measure("rcmvae-decode", { start });
    const isNear = plot.which === "map" && session.channels > 1;
    const words = `decoded by channel ${channel}${isNear ? ", the nearest input's" : ""}`;
    const lines = [`${number(x)}, ${number(y)}`, words];
    show("empty", [itemElement(itemsOf(reply, 1)[0], session.inputs.kind, SIZE), ...lines.map(line)], event);
  });

  function onEmpty(plot, place, { clientX, clientY }) {
    target = "empty";
    const event = { clientX, clientY };
    if (plot.invertible) {
      if (shown === "empty") put(tooltip, event);
      decode(plot, place, event);
    } else if (state.values.tool === "decode") {
      show("empty", [line("This projection has no way back: nothing can be decoded here.")], event);
    } else onLeave();
  }

  function onLeave() {
    target = shown = null;
    tooltip.hidden = true;
  }

  return { onPoint, onEmpty, onLeave };
}

function put(tooltip, { clientX, clientY }) {
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const left = clientX + GAP + width > innerWidth ? clientX - GAP - width : clientX + GAP;
  const top = Math.min(clientY + GAP, innerHeight - height - 4);
  tooltip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
}

/** Returns the channel that decodes at a place: a panel's own, on the map that of the nearest input. */
function channelAt(plot, x, y) {
  if (plot.which !== "map") return plot.which;
  const grid = plot.index();
  if (!grid) return -1;
  const [x0, x1, y0, y1] = plot.extent;
  for (let share = 1 / 64; share <= 2; share *= 2) {
    const index = nearest(grid, x, y, { x: (x1 - x0) * share, y: (y1 - y0) * share });
    if (index >= 0) return plot.channelOf[index];
  }
  return -1;
}

function line(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
