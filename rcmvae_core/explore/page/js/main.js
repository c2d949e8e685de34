/**
 * Starts the page.
 *
 * A panel of the side is a module `panels/NAME.js`, listed in panel_list.js, that exports
 *
 *     export const id = "queue";          // also the id of its tab
 *     export const title = "Queue";       // the tab's text
 *     export const key = "q";             // opens it; "" for none
 *     export const place = "sidebar";     // optional: always in sight on the left, instead of a tab on the right
 *     export function mount(element, context) {}
 *     export function unmount(element) {} // optional: called when another tab opens; without it the panel stays mounted
 *
 * `context` is {state, api, actions, bindKeys, swatch}:
 *   state     state.js: values, set, subscribe (its head lists all values)
 *   api       api.js: get, post, write (labels and classes, kept until the server has them), column, decoded, url
 *   actions   actions.js: column, select, focus, label, clear, undo, redo, changeClasses, openModel, colourBy,
 *             enlarge, showPanel, announce, complain, className
 *   bindKeys  keys.js: keys of the whole page, active from mount on; check `state.values.panel` where that matters.
 *             Taken: v l r d f n p x a + - arrows Escape ? (maps), Ctrl+z Ctrl+Shift+z (undo, redo)
 *   swatch    palette.js: swatch(classId) is a small picture of a class's colour and shape
 * items.js and inputs.js draw inputs and decoded items: `itemElement(item, kind, size)`, `itemsOf(reply, count)`.
 */

import { createActions } from "./actions.js";
import { complain } from "./announce.js";
import { createApi, persist } from "./api.js";
import { showConnection } from "./connection.js";
import { showKeyList } from "./key_list.js";
import { bindKeys, startKeys } from "./keys.js";
import { showLegend } from "./legend.js";
import { showMaps } from "./maps.js";
import { readPalette, swatch } from "./palette.js";
import { loadPanels } from "./panel_list.js";
import { showScheme } from "./scheme.js";
import { firstProjection } from "./positions.js";
import { shareSelection } from "./shared_selection.js";
import { createState, emptyValues } from "./state.js";
import { showStatus } from "./status_line.js";
import { showTabs } from "./tabs.js";
import { showToolbar } from "./toolbar.js";
import { showViewControls } from "./view_controls.js";
import { foldable } from "./widgets/bottom_sheet.js";

async function start() {
  const state = createState(emptyValues());
  const connection = showConnection(state);
  const api = createApi(connection.hooks);
  const actions = createActions(state, api);
  const context = { state, api, actions, bindKeys, swatch };
  startKeys();
  showScheme();
  showKeyList();

  document.getElementById("facts").textContent = "Loading…";
  state.set(await persist(() => fetchStart(api)));
  connection.listen(context);
  showStatus(context);
  shareSelection(context);
  showViewControls(context);
  const [maps] = await Promise.all([showMaps(context), showLegend(context)]);
  showToolbar(context, maps.active);
  bindKeys(
    { "Ctrl+z": actions.undo, "Ctrl+Shift+z": actions.redo, "Ctrl+y": actions.redo },
    { "Ctrl+z": "undo the last labels", "Ctrl+Shift+z": "redo them" },
  );

  const panels = await loadPanels(complain);
  const aside = panels.filter((panel) => panel.place === "sidebar");
  for (const panel of aside) mountInSidebar(panel, context);
  const tabs = panels.filter((panel) => panel.place !== "sidebar");
  showTabs(tabs, context);
  foldable(document.getElementById("side"));
  for (const panel of tabs.filter((each) => each.key)) {
    bindKeys({ [panel.key]: () => actions.showPanel(panel.id) }, { [panel.key]: `open ${panel.title}` });
  }
}

async function fetchStart(api) {
  const [session] = await Promise.all([api.get("session"), readPalette()]);
  const { model, label_revision: revision, models, classes, inputs, projections } = session;
  const [labels, projection] = await Promise.all([
    api.column(`models/${model}/columns/label`, { labels: revision }), firstProjection(api, model, projections),
  ]);
  return {
    session, model, revision, models, classes, labels: labels.array,
    selection: new Uint8Array(inputs.count), projection,
  };
}

function mountInSidebar(panel, context) {
  const section = document.createElement("section");
  section.id = `panel-${panel.id}`;
  const heading = document.createElement("h2");
  heading.textContent = panel.title;
  const body = document.createElement("div");
  section.append(heading, body);
  document.getElementById("sidebar-panels").append(section);
  panel.mount(body, context);
}

start().catch((error) => {
  document.getElementById("facts").textContent = `The page could not start: ${error.message}`;
  complain(error);
});
