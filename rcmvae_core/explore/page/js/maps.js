/** The centre of the page: the map of all inputs, a panel for each channel, and how they follow the state. */

import { styleOf, quantileRange, withSelection } from "./colours.js";
import { createFrames } from "./frames.js";
import { animate, between } from "./movement.js";
import { palette } from "./palette.js";
import { createPanels } from "./panels.js";
import { fetchPositions } from "./positions.js";

/**
 * Shows the maps.
 * @param {Object} context
 * @returns {Object} active (the plot that keys act on), plots, changed
 */
export async function showMaps(context) {
  const { state, actions } = context;
  const panels = createPanels(context, createFrames());
  let positions = null;
  let base = null;
  let stop = () => undefined;

  async function place() {
    const { model, projection } = state.values;
    let next;
    try {
      next = await fetchPositions(context, model, projection);
    } catch (error) {
      // What cannot be drawn is not chosen any longer; the map stays as it is.
      if (positions && error.name !== "LostError") state.set({ projection: positions.words.name });
      throw error;
    }
    if (model !== state.values.model || projection !== state.values.projection) return;
    stop();
    const before = positions;
    positions = next;
    await panels.describe(next);
    state.set({ drawn: next.words });
    if (!before || before.map.length !== next.map.length) panels.setPositions(next);
    else stop = move(before, next, panels);
  }

  async function paint() {
    const { colourBy, model, revision } = state.values;
    const column = await actions.column(colourBy);
    const { values } = state;
    if (colourBy !== values.colourBy || model !== values.model || revision !== values.revision) return;
    const { type } = values.session.columns.find((each) => each.name === colourBy);
    const ends = type === "number" ? quantileRange(column.array) : null;
    const limits = { dimmed: values.dimmed, range: values.range, mask: values.filter?.mask ?? null };
    base = styleOf(column.array, { type, ends }, palette(), limits);
    select();
  }

  function select() {
    if (base) panels.setStyle(withSelection(base, state.values.selection, state.values.selected.length > 0));
  }

  // The server keeps the columns of a few revisions only: who asks for another is behind, and asks again for the newest.
  const behind = (error) => (error.status === 404 ? actions.refreshLabels() : Promise.reject(error));
  const report = (work) => () => work().catch(behind).catch(actions.complain);
  state.subscribe(["model", "projection"], report(place));
  state.subscribe(["colourBy", "model", "revision", "dimmed", "range", "filter"], report(paint));
  state.subscribe(["model", "revision"], report(() => panels.retitle()));
  state.subscribe(["selection"], select);
  state.subscribe(["hovered", "focused", "marks", "candidates"], () => panels.drawOver());
  state.subscribe(["large"], () => panels.arrange());
  state.subscribe(["showDecodes"], () => panels.requestDecodes());
  state.subscribe(["connection"], () => {
    if (state.values.connection === "open") report(positions ? paint : place)();
  });
  document.addEventListener("scheme", report(paint));
  await Promise.all([report(place)(), report(paint)()]);
  return panels;
}

/** Moves all points to their new places; returns what ends it. */
function move(before, next, panels) {
  const from = { map: before.shown?.map ?? before.map, planes: before.shown?.planes ?? before.planes };
  const shown = { map: from.map.slice(), planes: from.planes.slice() };
  next.shown = shown;
  const extent = (a, b, t) => a.map((value, place) => value + t * (b[place] - value));
  return animate((t) => {
    if (t === 1) {
      next.shown = null;
      panels.setPositions(next);
      return;
    }
    between(from.map, next.map, t, shown.map);
    between(from.planes, next.planes, t, shown.planes);
    const extents = Object.fromEntries(["map", "plane"].map((what) => {
      return [what, extent(before.extents[what], next.extents[what], t)];
    }));
    panels.setPositions({ ...next, ...shown, extents, isMoving: true });
  });
}
