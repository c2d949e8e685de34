/** What the mouse, the pen and fingers do on a plot. */

import { modeOf } from "./selection.js";
import { nearest, within } from "./spatial_index.js";
import { DIMMED } from "./raster.js";
import { moved, zoomed } from "./viewport.js";

const REACH = 7;
const CLICK = 4;

/**
 * Makes a plot answer to the pointer.
 * @param {import("./scatter.js").Scatter} plot
 * @param {Object} context
 * @param {{onPoint: Function, onEmpty: Function, onLeave: Function, onActive: Function}} hooks what the tooltip shows
 */
export function bindPointer(plot, context, hooks) {
  const { state, actions } = context;
  const { stage } = plot;
  const fingers = new Map();
  let drag = null;

  function down(event) {
    if (event.button > 0 || !plot.view) return;
    hooks.onActive(plot);
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const { tool } = state.values;
    const { clientX: x, clientY: y } = event;
    drag = { x, y, start: [x, y], tool, isDrag: false, path: [plot.placeOf(event)] };
  }

  function move(event) {
    if (!plot.view) return;
    if (fingers.size === 2) pinch(event);
    else if (drag) dragTo(event);
    else hover(event);
  }

  function dragTo(event) {
    const far = Math.hypot(event.clientX - drag.start[0], event.clientY - drag.start[1]);
    if (!drag.isDrag && far < CLICK) return;
    drag.isDrag = true;
    if (drag.tool === "pan") {
      const { ratio } = plot.size;
      plot.look(moved(plot.view, (event.clientX - drag.x) * ratio, (event.clientY - drag.y) * ratio));
      [drag.x, drag.y] = [event.clientX, event.clientY];
    } else if (drag.tool === "decode") {
      hooks.onEmpty(plot, plot.placeOf(event), event);
    } else {
      drag.path = drag.tool === "lasso" ? [...drag.path, plot.placeOf(event)] : corners(drag.path[0], plot.placeOf(event));
      plot.path = drag.path;
      requestAnimationFrame(() => plot.drawOver());
    }
  }

  function pinch(event) {
    const [before, other] = [fingers.get(event.pointerId), [...fingers].find(([id]) => id !== event.pointerId)[1]];
    const now = [event.clientX, event.clientY];
    const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
    const box = stage.getBoundingClientRect();
    const { ratio } = plot.size;
    const middle = (a, b, k) => ((a[k] + b[k]) / 2 - (k ? box.top : box.left)) * ratio;
    const [x, y] = [middle(now, other, 0), middle(now, other, 1)];
    const shifted = moved(plot.view, x - middle(before, other, 0), y - middle(before, other, 1));
    plot.look(zoomed(shifted, apart(now, other) / apart(before, other), x, y));
    fingers.set(event.pointerId, now);
    drag = null;
  }

  function up(event) {
    fingers.delete(event.pointerId);
    if (!drag) return;
    const { isDrag, tool, path } = drag;
    drag = null;
    if (!isDrag) click(event);
    else if (tool === "lasso" || tool === "rectangle") choose(path, event);
  }

  function choose(path, event) {
    plot.path = null;
    plot.drawOver();
    const grid = plot.index();
    if (!grid) return;
    const inside = within(grid, path);
    const { layer } = plot.style;
    const chosen = inside.filter((index) => layer[index] !== DIMMED);
    actions.select(chosen, modeOf(event), { quiet: true });
    const left = inside.length - chosen.length;
    const more = left ? `; ${left.toLocaleString("en")} dimmed ones are left out` : "";
    actions.announce(`${state.values.selected.length.toLocaleString("en")} inputs selected${more}`);
  }

  function click(event) {
    const index = pointAt(plot, event);
    if (index < 0) return;
    if (event.shiftKey) actions.select([index], "add");
    else if (event.altKey) actions.select([index], "subtract");
    else actions.focus(index);
  }

  function hover(event) {
    const index = state.values.tool === "decode" ? -1 : pointAt(plot, event);
    if (index !== state.values.hovered) actions.hover(index);
    if (index >= 0) hooks.onPoint(plot, index, event);
    else hooks.onEmpty(plot, plot.placeOf(event), event);
  }

  function wheel(event) {
    // A small plot lets the page scroll until it has been clicked, or the list of panels could not be scrolled.
    const isOwn = plot.figure.classList.contains("is-large") || event.ctrlKey || stage.contains(document.activeElement);
    if (!isOwn || !plot.view) return;
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    const { ratio } = plot.size;
    const step = event.deltaY * (event.deltaMode === 1 ? 20 : 1) * (event.ctrlKey ? 3 : 1);
    const factor = Math.exp(-Math.max(-200, Math.min(200, step)) / 400);
    plot.look(zoomed(plot.view, factor, (event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio));
  }

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    drag = plot.path = null;
  });
  stage.addEventListener("pointerleave", () => {
    if (drag) return;
    actions.hover(-1);
    hooks.onLeave(plot);
  });
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("dblclick", () => plot.fit());
}

/** Returns the point under an event, or -1; dimmed points are found only where no other is. */
export function pointAt(plot, event) {
  const grid = plot.index();
  if (!grid) return -1;
  const { ratio } = plot.size;
  const [x, y] = plot.placeOf(event);
  const reach = { x: (REACH * ratio) / Math.abs(plot.view.sx), y: (REACH * ratio) / Math.abs(plot.view.sy) };
  const { layer } = plot.style;
  const clear = nearest(grid, x, y, reach, (index) => layer[index] !== DIMMED);
  return clear >= 0 ? clear : nearest(grid, x, y, reach);
}

const corners = ([x0, y0], [x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
