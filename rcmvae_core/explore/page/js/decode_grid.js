/** A grid of decodes under the points of a plane. */

import { settled } from "./frames.js";
import { drawItem, itemsOf } from "./items.js";
import { toData } from "./viewport.js";

const CELL = { large: 40, small: 30 };
const MOST = 20;
const WAIT = 200;

/**
 * Creates what fills the plots' grids.
 * @param {Object} context
 * @returns {{request: function(Object): void}} requests the grid of a plot, once its view no longer moves
 */
export function createDecodeGrids({ state, api }) {
  const waiting = new WeakMap();

  function request(plot) {
    if (!waiting.has(plot)) waiting.set(plot, settled(() => fetchGrid(plot), WAIT));
    waiting.get(plot)();
  }

  async function fetchGrid(plot) {
    const { showDecodes, model, projection, session } = state.values;
    if (!plot.isVisible || !plot.view || !plot.size || plot.isMoving) return;
    const isPossible = plot.invertible && (plot.which !== "map" || session.channels === 1) && session.inputs.kind !== "table";
    if (!showDecodes || !isPossible) {
      if (plot.decodes) {
        plot.decodes = null;
        plot.changed();
      }
      return;
    }
    const words = boundsOf(plot);
    const key = JSON.stringify([model, projection, words]);
    if (plot.decodes?.key === key) return;
    const channel = plot.which === "map" ? 0 : plot.which;
    const reply = await api.decoded(`models/${model}/decode/grid`, { channel, projection, ...words }).catch(() => null);
    if (!reply || !state.values.showDecodes) return;
    plot.decodes = { key, picture: pictureOf(reply, words, plot.size.ratio), ...words };
    plot.changed();
  }

  return { request };
}

function boundsOf({ view, size, figure }) {
  const cell = (figure.classList.contains("is-large") ? CELL.large : CELL.small) * size.ratio;
  const [x0, y0] = toData(view, 0, size.height);
  const [x1, y1] = toData(view, size.width, 0);
  const columns = Math.max(2, Math.min(MOST, Math.floor(size.width / cell)));
  const rows = Math.max(2, Math.min(MOST, Math.floor(size.height / cell)));
  // The places of a grid are the middles of its cells; the picture reaches half a cell beyond them.
  const round = (value) => Number(value.toPrecision(5));
  return { x0: round(x0), x1: round(x1), y0: round(y0), y1: round(y1), columns, rows };
}

function pictureOf(reply, { columns, rows }, ratio) {
  if (reply.bitmap) return reply.bitmap;
  const [width, height] = [48 * ratio, 32 * ratio];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns * width, rows * height];
  const pen = canvas.getContext("2d");
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--muted");
  itemsOf(reply, columns * rows).forEach((item, place) => {
    drawItem(pen, item, [(place % columns) * width + 2, Math.floor(place / columns) * height + 2, width - 4, height - 4], colour);
  });
  return canvas;
}
