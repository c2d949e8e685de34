/** The tooltip: the input under the pointer, or what the decoder makes of an empty place. */

import { latest } from "./frames.js";
import { createInputs } from "./inputs.js";
import { itemElement, itemsOf } from "./items.js";
import { nearest } from "./spatial_index.js";

const SIZE = 112, GAP = 16;

/** Creates what plots call as the pointer moves. @param {Object} context */
export function bindHover(context) {
  const { state, api, actions } = context;
  const tooltip = document.getElementById("tooltip");
  const input = createInputs(context);
  let turn = 0;
  let shown = null;

  function show(content, { clientX, clientY }) {
    tooltip.replaceChildren(...content);
    tooltip.hidden = false;
    put({ clientX, clientY });
  }

  function put({ clientX, clientY }) {
    const { offsetWidth: width, offsetHeight: height } = tooltip;
    const left = clientX + GAP + width > innerWidth ? clientX - GAP - width : clientX + GAP;
    const top = Math.min(clientY + GAP, innerHeight - height - 4);
    tooltip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  async function onPoint(plot, index, event) {
    const own = ++turn;
    if (shown === index) {
      put(event);
      return;
    }
    try {
      const [item, predictions] = await Promise.all([input(index), actions.column("prediction").catch(() => null)]);
      if (own !== turn) return;
      shown = index;
      const { session, labels } = state.values;
      const lines = [`Input ${index}`, `label: ${actions.className(labels[index])}`];
      if (predictions) lines.push(`prediction: ${actions.className(predictions.array[index])}`);
      show([itemElement(item, session.inputs.kind, SIZE), ...lines.map(line)], event);
    } catch {
      onLeave();
    }
  }

  const decode = latest(async (plot, [x, y], event, own) => {
    const { model, projection, session } = state.values;
    const channel = channelAt(plot, x, y);
    if (channel < 0) return;
    performance.mark("rcmvae-decode-asked");
    const reply = await api.decoded(`models/${model}/decode`, { channel, projection, x, y }).catch(() => null);
    if (!reply || own < turn - 40 || tooltip.dataset.left) return;
    performance.measure("rcmvae-decode", "rcmvae-decode-asked");
    shown = null;
    const words = plot.which === "map" && session.channels > 1 ? `decoded by channel ${channel}, the nearest input's` : `decoded by channel ${channel}`;
    show([itemElement(itemsOf(reply, 1)[0], session.inputs.kind, SIZE), line(`${x.toPrecision(3)}, ${y.toPrecision(3)}`), line(words)], event);
  });

  function onEmpty(plot, place, event) {
    const own = ++turn;
    delete tooltip.dataset.left;
    if (!plot.invertible) {
      if (state.values.tool === "decode") show([line("This projection has no way back: nothing can be decoded here.")], event);
      else onLeave();
      return;
    }
    if (!tooltip.hidden) put(event);
    decode(plot, place, { clientX: event.clientX, clientY: event.clientY }, own).catch(() => undefined);
  }

  function onLeave() {
    turn++;
    shown = null;
    tooltip.hidden = true;
    tooltip.dataset.left = "true";
  }

  return {
    onPoint(plot, index, event) {
      tooltip.dataset.left = "true";
      return onPoint(plot, index, event);
    },
    onEmpty,
    onLeave,
  };
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
