/** What the page can do, for the maps and for every panel. */

import { announce, complain } from "./announce.js";
import { maskOf, combine, indicesOf } from "./selection.js";

/**
 * Creates the actions.
 * @param {{values: Object, set: Function}} state
 * @param {Object} api
 * @returns {Object} column, select, clearSelection, focus, hover, colourBy, enlarge, showPanel, openModel, label, clear,
 *   undo, redo, changeClasses, refreshLabels, refreshModels, announce, complain, className
 */
export function createActions(state, api) {
  const { values } = state;

  /** Fetches a column by name at the model and revision that are shown. */
  async function column(name, model = values.model) {
    const description = values.session.columns.find((each) => each.name === name);
    if (name === "label") return { array: values.labels, shape: [values.labels.length] };
    const labels = description?.scope === "labels" ? values.revision : null;
    return api.column(`models/${model}/columns/${name}`, { labels, v: values.session.instance });
  }

  /**
   * Selects inputs.
   * @param {ArrayLike<number>} indices
   * @param {"replace"|"add"|"subtract"} mode
   * @param {{quiet?: boolean}} options quiet: nothing is announced
   */
  function select(indices, mode = "replace", { quiet = false } = {}) {
    const count = values.session.inputs.count;
    const selection = combine(values.selection, maskOf(indices, count), mode);
    const selected = indicesOf(selection);
    state.set({ selection, selected });
    if (!quiet) announce(`${selected.length.toLocaleString("en")} inputs selected`);
  }

  /** Opens one input in the detail panel. */
  function focus(index) {
    state.set({ focused: index });
  }

  function showPanel(id) {
    state.set({ panel: id });
  }

  async function written(work) {
    try {
      const receipt = await work;
      if (receipt.classes) state.set({ classes: receipt.classes });
      await refreshLabels();
      return receipt;
    } catch (error) {
      complain(error);
      return null;
    }
  }

  const annotator = () => ({ annotator: values.session.annotator });

  /**
   * Labels inputs with a class.
   * @param {{indices?: ArrayLike<number>, core?: {channel: number, model: number, share: number}, class: number,
   *   how: "click"|"lasso"|"suggestion", score?: string}} words
   * @returns {Promise<Object|null>} the receipt; null if it was refused (the page has said so)
   */
  async function label({ indices, core, class: number, how, score = null }) {
    const what = core ? { core } : { indices: Array.from(indices) };
    const receipt = await written(api.write("labels", { ...what, class: number, how, score, ...annotator() }));
    if (receipt) announce(`${receipt.inputs} inputs are labelled ${className(number)}`);
    return receipt;
  }

  async function clear(indices, how = "click") {
    const receipt = await written(api.write("labels/clear", { indices: Array.from(indices), how, ...annotator() }));
    if (receipt) announce(`The label of ${receipt.inputs} inputs is cleared`);
    return receipt;
  }

  const undo = () => written(api.write("labels/undo", annotator()));
  const redo = () => written(api.write("labels/redo", annotator()));

  /** Adds or changes a class: `changeClasses("classes", {name})`, `changeClasses("classes/3/merge", {into: 1})`. */
  const changeClasses = (path, body) => written(api.write(path, { ...body, ...annotator() }));

  let refreshing = Promise.resolve();

  /** Brings labels and classes to the store's newest revision. */
  function refreshLabels() {
    refreshing = refreshing.catch(() => undefined).then(async () => {
      const news = await api.get("labels/changes", { since: values.revision });
      if (news.revision === values.revision) return;
      const labels = values.labels.slice();
      news.indices.forEach((index, place) => { labels[index] = news.classes_of[place]; });
      state.set({ labels, classes: news.classes, revision: news.revision });
    });
    return refreshing;
  }

  async function refreshModels() {
    state.set({ models: await api.get("models") });
  }

  /** Shows another model; the server's current model follows, so that other tabs do, too. */
  async function openModel(number) {
    try {
      if (!values.session.read_only) await api.post("models/current", { number });
      await followModel(number);
    } catch (error) {
      complain(error);
    }
  }

  /** Shows the model that the server calls current. */
  async function followModel(number) {
    if (!values.models.some((each) => each.number === number)) await refreshModels();
    state.set({ model: number });
    announce(`Model ${number} is shown`);
  }

  const className = (id) => values.classes.find((each) => each.id === id)?.name ?? "no label";

  return {
    column, select, clearSelection: () => select([]), focus, hover: (index) => state.set({ hovered: index }),
    colourBy: (name) => state.set({ colourBy: name, dimmed: new Set(), range: null }),
    enlarge: (what) => state.set({ large: what }), showPanel, openModel, followModel,
    label, clear, undo, redo, changeClasses, refreshLabels, refreshModels, announce, complain, className,
  };
}
