/** The large plot and the small multiples: made when they come into sight, sorted by usage, empty ones folded. */

import { bindHover } from "./hover.js";
import { titleOf } from "./positions.js";
import { createDecodeGrids } from "./decode_grid.js";
import { bindArrows, bindPlotKeys } from "./plot_keys.js";
import { bindPointer } from "./pointer.js";
import { Scatter } from "./scatter.js";
import { swatch } from "./palette.js";

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Creates all plots of the page. @param {Object} context @param {function(Object): void} askToDraw */
export function createPanels(context, askToDraw) {
  const { state, api, actions } = context;
  const large = document.getElementById("large");
  const small = document.getElementById("small-multiples");
  const empty = document.getElementById("empty-multiples");
  const plots = new Map();
  let positions = null, style = null, channels = [], activePlot = null;

  const grids = createDecodeGrids(context);
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const plot = [...plots.values()].find((each) => each.figure === target);
      plot.isVisible = isIntersecting;
      if (isIntersecting) {
        plot.changed();
        grids.request(plot);
      }
    }
  }, { rootMargin: "100px" });

  const onActive = (plot) => { activePlot = plot; };
  const hooks = { ...bindHover(context), onActive };
  const active = () => activePlot ?? plots.get(state.values.large);
  bindPlotKeys(context, active, hooks);

  function plotOf(which) {
    if (plots.has(which)) return plots.get(which);
    const plot = new Scatter(which, context, askToDraw);
    plot.enlarge.addEventListener("click", () => actions.enlarge(state.values.large === which ? "map" : which));
    plot.title.addEventListener("dblclick", () => actions.enlarge(which));
    plot.onShown = (counts) => {
      label(plot);
      if (which === state.values.large) state.set({ shown: { count: counts.shown, of: counts.all } });
      grids.request(plot);
    };
    bindPointer(plot, context, hooks);
    bindArrows(plot, context, hooks);
    plots.set(which, plot);
    watch.observe(plot.figure);
    if (positions) feed(plot);
    if (style) plot.setStyle(style);
    return plot;
  }

  function feed(plot) {
    const { words, map, planes, channel, members, extents, isMoving } = positions;
    const equal = state.values.session.dim > 1;
    const isMap = plot.which === "map";
    plot.channelOf = channel;
    plot.setPoints({
      points: isMap ? map : planes, members: isMap ? null : members[plot.which], isMoving, equal,
      extent: isMap ? extents.map : extents.plane, axes: isMap ? words.map.axes : words.channels.axes[plot.which],
      invertible: isMap ? words.map.invertible : words.channels.invertible,
      reason: whyNot(isMap ? words.map.reason : words.channels.reasons?.[plot.which], words.name),
    });
  }

  function whyNot(reason, projection) {
    return reason ? `${titleOf(state, projection)} draws no map here: ${reason}.` : null;
  }

  function label(plot) {
    const name = plot.which === "map" ? "Map of all inputs" : `Channel ${plot.which}`;
    const selected = state.values.selected.length;
    const more = selected ? `, ${selected.toLocaleString("en")} selected on all maps` : "";
    const keys = "Arrow keys pan, + and - zoom, n and p step.";
    plot.stage.setAttribute("aria-label", `${name}: ${plot.shown.textContent}${more}. ${keys}`);
  }

  function title(plot) {
    plot.badges.replaceChildren();
    if (plot.which === "map") {
      plot.title.textContent = "All inputs";
      return;
    }
    const words = channels.find((each) => each.channel === plot.which);
    plot.title.textContent = `Channel ${plot.which}`;
    if (!words) return;
    plot.badges.append(percent(words.usage));
    for (const id of words.classes) {
      const badge = document.createElement("span");
      badge.className = "badge";
      const name = document.createElement("span");
      name.textContent = name.title = actions.className(id);
      badge.append(swatch(id), name);
      plot.badges.append(badge);
    }
  }

  /** Puts every plot where it belongs. */
  function arrange() {
    const order = [...channels].sort((a, b) => b.usage - a.usage || a.channel - b.channel);
    const used = order.filter((each) => each.count > 0).map((each) => each.channel);
    const folded = order.filter((each) => each.count === 0).map((each) => each.channel);
    const single = state.values.session.channels === 1;
    const chosen = plotOf(state.values.large);
    if (chosen.figure.parentElement !== large) large.replaceChildren(chosen.figure);
    const rest = ["map", ...used].filter((which) => which !== state.values.large && !(single && which !== "map"));
    place(small, rest);
    const details = document.getElementById("empty-channels");
    details.hidden = folded.length === 0;
    details.firstElementChild.textContent = folded.length === 1 ? "1 empty channel" : `${folded.length} empty channels`;
    place(empty, folded.filter((which) => which !== state.values.large));
    document.getElementById("channels").hidden = rest.length + folded.length === 0;
    const note = document.getElementById("channels-note");
    note.textContent = `${used.length} of ${channels.length} hold inputs, sorted by their share`;
    for (const plot of plots.values()) {
      const isLarge = plot === chosen;
      plot.figure.classList.toggle("is-large", isLarge);
      plot.enlarge.textContent = isLarge ? "Back to the map" : "Enlarge";
      plot.enlarge.hidden = isLarge && plot.which === "map";
      plot.enlarge.setAttribute("aria-label", `${plot.enlarge.textContent}: ${plot.title.textContent}`);
      title(plot);
    }
    activePlot = chosen;
  }

  function place(parent, wanted) {
    const figures = wanted.map((which) => plotOf(which).figure);
    if (figures.length !== parent.children.length || figures.some((figure, at) => parent.children[at] !== figure)) {
      parent.replaceChildren(...figures);
    }
  }

  async function fetchChannels() {
    channels = await api.get(`models/${state.values.model}/channels`, { labels: state.values.revision });
  }

  return {
    plots, active, arrange,
    async describe(next) {
      await fetchChannels();
      positions = positions ? { ...positions, channel: next.channel, members: next.members } : null;
      arrange();
    },
    setPositions(next) {
      positions = next;
      for (const plot of plots.values()) feed(plot);
    },
    setStyle(next) {
      style = next;
      for (const plot of plots.values()) plot.setStyle(style);
    },
    async retitle() {
      await fetchChannels();
      for (const plot of plots.values()) title(plot);
    },
    requestDecodes() {
      for (const plot of plots.values()) grids.request(plot);
    },
    drawOver() {
      for (const plot of plots.values()) if (plot.isVisible) plot.drawOver();
    },
  };
}
