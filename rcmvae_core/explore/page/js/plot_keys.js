/** The maps from the keyboard: look around, step through inputs, select, decode under a cursor. */

import { DIMMED } from "./raster.js";
import { moved, toData, toPixel, zoomed } from "./viewport.js";

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 40, FINE = 6;

/**
 * Registers the keys of the maps.
 * @param {Object} context
 * @param {function(): import("./scatter.js").Scatter} active the plot that keys act on
 * @param {Object} hooks as for the pointer
 */
export function bindPlotKeys(context, active, hooks) {
  const { state, actions, bindKeys } = context;

  const zoom = (factor) => () => {
    const plot = active();
    plot.look(zoomed(plot.view, factor, plot.size.width / 2, plot.size.height / 2));
  };

  function step(direction) {
    const { selected, focused } = state.values;
    const plot = active();
    const members = selected.length ? selected : inView(plot);
    if (!members.length) return;
    let place = members.indexOf(focused);
    if (place < 0) place = direction > 0 ? -1 : 0;
    place = (place + direction + members.length) % members.length;
    const index = members[place];
    actions.focus(index);
    actions.announce(`Input ${index}, ${place + 1} of ${members.length}, ${actions.className(state.values.labels[index])}`);
  }

  function toggle() {
    const { focused, selection } = state.values;
    if (focused >= 0) actions.select([focused], selection[focused] ? "subtract" : "add");
  }

  function escape() {
    const plot = active();
    if (plot?.cursor) {
      plot.cursor = null;
      plot.drawOver();
      hooks.onLeave(plot);
    } else actions.clearSelection();
  }

  const tool = (name) => () => state.set({ tool: name });
  bindKeys(
    {
      v: tool("pan"), l: tool("lasso"), r: tool("rectangle"), d: tool("decode"), f: () => active().fit(),
      "+": zoom(1.3), "=": zoom(1.3), "-": zoom(1 / 1.3), n: () => step(1), p: () => step(-1), x: toggle,
      a: () => actions.select(inView(active())), Escape: escape,
    },
    {
      v: "tool: pan", l: "tool: lasso (Shift adds, Alt takes away)", r: "tool: rectangle",
      d: "tool: decode where you point", f: "show everything (as a double click)", "+": "zoom in", "-": "zoom out",
      n: "next input in view or in the selection", p: "the one before", x: "select the open input, or leave it out",
      a: "select all that is in view", Escape: "clear the selection",
    },
  );
}

/** Makes the arrow keys move a plot that has the focus, or its cursor while the tool is "decode". */
export function bindArrows(plot, context, hooks) {
  plot.stage.addEventListener("focus", () => hooks.onActive(plot));
  plot.stage.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || !plot.view) return;
    event.preventDefault();
    event.stopPropagation();
    const step = (event.shiftKey ? FINE : STEP) * plot.size.ratio;
    if (context.state.values.tool === "decode") moveCursor(plot, arrow, FINE * plot.size.ratio, hooks);
    else plot.look(moved(plot.view, arrow[0] * step, arrow[1] * step));
  });
}

function moveCursor(plot, [dx, dy], step, hooks) {
  const [x, y] = plot.cursor ? toPixel(plot.view, ...plot.cursor) : [plot.size.width / 2, plot.size.height / 2];
  const [px, py] = [x - dx * step, y - dy * step];
  plot.cursor = toData(plot.view, px, py);
  plot.drawOver();
  const box = plot.stage.getBoundingClientRect();
  const { ratio } = plot.size;
  hooks.onEmpty(plot, plot.cursor, { clientX: box.left + px / ratio, clientY: box.top + py / ratio });
}

/** Returns the inputs that a plot shows undimmed and in view. @returns {Int32Array} */
export function inView(plot) {
  const { points, members, view, size, style } = plot;
  const count = members ? members.length : points.length / 2;
  const seen = new Int32Array(count);
  let place = 0;
  for (let at = 0; at < count; at++) {
    const index = members ? members[at] : at;
    const [x, y] = [points[2 * index] * view.sx + view.ox, points[2 * index + 1] * view.sy + view.oy];
    if (style.layer[index] !== DIMMED && x >= 0 && y >= 0 && x < size.width && y < size.height) seen[place++] = index;
  }
  return seen.slice(0, place);
}
