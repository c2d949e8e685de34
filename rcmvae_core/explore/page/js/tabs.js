/** The tabs of the side: one panel is open at a time, and each is mounted when it is first opened. */

/**
 * Fills the tab list and opens panels as `state.panel` says.
 * @param {Array<{id: string, title: string, key?: string, mount: Function, unmount?: Function}>} panels
 * @param {Object} context
 */
export function showTabs(panels, context) {
  const { state, actions } = context;
  const list = document.getElementById("panel-tabs");
  const host = document.getElementById("panel");
  const tabs = panels.map((panel) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${panel.id}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${panel.id}`);
    tab.textContent = panel.title;
    if (panel.key) tab.title = `Key ${panel.key}`;
    tab.addEventListener("click", () => actions.showPanel(panel.id));
    list.append(tab);
    const element = document.createElement("div");
    element.id = `panel-${panel.id}`;
    element.className = "panel-body";
    element.setAttribute("role", "tabpanel");
    element.setAttribute("aria-labelledby", tab.id);
    element.tabIndex = 0;
    element.hidden = true;
    host.append(element);
    return { panel, tab, element, mounted: false };
  });

  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const open = tabs.findIndex((each) => each.panel.id === state.values.panel);
    const next = tabs[(open + step + tabs.length) % tabs.length];
    actions.showPanel(next.panel.id);
    next.tab.focus();
    event.preventDefault();
    event.stopPropagation();
  });

  function open() {
    for (const each of tabs) {
      const chosen = each.panel.id === state.values.panel;
      each.tab.setAttribute("aria-selected", String(chosen));
      each.tab.tabIndex = chosen ? 0 : -1;
      each.element.hidden = !chosen;
      if (chosen && !each.mounted) {
        each.mounted = true;
        each.panel.mount(each.element, context);
      } else if (!chosen && each.mounted && each.panel.unmount) {
        each.mounted = false;
        each.panel.unmount(each.element);
        each.element.replaceChildren();
      }
    }
  }

  state.subscribe(["panel"], open);
  if (tabs.length && !state.values.panel) state.set({ panel: tabs[0].panel.id });
  open();
}
